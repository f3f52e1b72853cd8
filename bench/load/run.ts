import type { WriteBehindClient } from '../../client/client.ts';
import { ApiError, ApiUnreachableError } from '../../client/errors.ts';
import type { Durability } from '../../lib/settings.ts';
import type { Arrivals } from './arrivals.ts';
import { Latencies } from './latencies.ts';
import type { LoadOperation, OperationKind } from './workload.ts';

/** What to do to an API, and for how long: until the first limit is reached. */
export interface LoadPlan {
  readonly operations: Iterator<LoadOperation, never>;
  /** Operations under way at once, 1 or more. */
  readonly lanes: number;
  readonly arrivals: Arrivals;
  /** Level of the writes. @default the collection's */
  readonly durability?: Durability;
  /** So many operations. @default no limit */
  readonly maxOperations?: number;
  /** For so long; what has begun is finished. @default no limit */
  readonly maxSeconds?: number;
  /** Ends it; what has begun is finished. @default never */
  readonly signal?: AbortSignal;
  /** Hears of each operation that ended. @default nobody */
  readonly onOperation?: (failed: boolean) => void;
}

/** What became of the operations of one kind. */
export interface KindResult {
  /** Of those that succeeded, from when they were due. */
  readonly latencies: Latencies;
  /** Those among them that found no item. */
  notFound: number;
  failed: number;
}

/** What a load did. */
export interface LoadResult {
  /** From the first operation to the last answer. */
  readonly seconds: number;
  /** Operations that ended, however. */
  readonly operations: number;
  readonly kinds: ReadonlyMap<OperationKind, KindResult>;
  /** Operations that failed by the problem's code; `unreachable` where no answer came. */
  readonly errors: ReadonlyMap<string, number>;
}

/**
 * Puts load on an API. What fails is counted and not repeated, unless `api` does.
 *
 * An update sets `payload` and adds 1 to `updates`, so that the sum over the items is the number of updates that took place.
 */
export async function runLoad(api: WriteBehindClient, plan: LoadPlan): Promise<LoadResult> {
  const { lanes, arrivals, maxOperations = Infinity, maxSeconds = Infinity, onOperation } = plan;
  const kinds = new Map<OperationKind, KindResult>();
  const errors = new Map<string, number>();
  const startedAt = performance.now();
  const ended = AbortSignal.any([
    ...(plan.signal ? [plan.signal] : []),
    ...(maxSeconds < Infinity ? [AbortSignal.timeout(maxSeconds * 1000)] : []),
  ]);
  let started = 0;
  const lane = async (): Promise<void> => {
    while (!ended.aborted && started < maxOperations) {
      started += 1;
      const dueAt = await arrivals(ended).catch(() => undefined);
      if (dueAt === undefined || ended.aborted) {
        started -= 1;
        return;
      }
      const operation = plan.operations.next().value;
      const result = resultOf(kinds, operation.kind);
      const code = await carryOut(api, operation, plan.durability, result);
      if (code === undefined) {
        result.latencies.add(performance.now() - dueAt);
      } else {
        result.failed += 1;
        errors.set(code, (errors.get(code) ?? 0) + 1);
      }
      onOperation?.(code !== undefined);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { seconds: (performance.now() - startedAt) / 1000, operations: started, kinds, errors };
}

/** @returns the code of the problem; `undefined` if there was none */
async function carryOut(
  api: WriteBehindClient,
  { kind, key, payload }: LoadOperation,
  durability: Durability | undefined,
  result: KindResult,
): Promise<string | undefined> {
  const options = durability === undefined ? {} : { durability };
  try {
    if (kind === 'read' || kind === 'readModifyWrite') {
      const item = await api.get(key);
      if (!item) result.notFound += 1;
    }
    if (kind === 'insert') await api.put(key, { payload, updates: 0 }, options);
    if (kind === 'update' || kind === 'readModifyWrite') {
      await api.patch(key, { set: { payload }, add: { updates: 1 } }, options);
    }
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error.code === 'unknown' ? `http-${error.status}` : error.code;
    if (error instanceof ApiUnreachableError) return 'unreachable';
    throw error;
  }
}

function resultOf(kinds: Map<OperationKind, KindResult>, kind: OperationKind): KindResult {
  const result = kinds.get(kind) ?? { latencies: new Latencies(), notFound: 0, failed: 0 };
  kinds.set(kind, result);
  return result;
}
