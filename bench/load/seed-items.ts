import { setTimeout as wait } from 'node:timers/promises';
import type { WriteBehindClient } from '../../client/client.ts';
import { ApiError } from '../../client/errors.ts';
import type { BatchOperation } from '../../client/index.ts';
import { seededRandom } from './random.ts';
import { keyOf, payloadOf, type WorkloadOptions } from './workload.ts';

const BATCH = 100;
/** Answers that mean "not now". */
const NOT_NOW: ReadonlySet<number> = new Set([429, 503]);
const PAUSE_MS = 1000;
/** Requests that may be refused one after the other, for example because there is no room for dirty items. */
const TRIES = 60;

/**
 * Puts the items that a load reads and updates, in batches at `cache` level.
 *
 * @param onItems hears how many more there are
 * @throws {ApiError} the first problem that waiting does not solve
 */
export async function seedItems(
  api: WriteBehindClient,
  options: Pick<WorkloadOptions, 'collection' | 'keys' | 'valueBytes' | 'seed'>,
  onItems: (items: number) => void,
): Promise<void> {
  const random = seededRandom(options.seed);
  for (let start = 0; start < options.keys; start += BATCH) {
    const operations = Array.from({ length: Math.min(BATCH, options.keys - start) }, (_, index): BatchOperation => {
      const value = { payload: payloadOf(options.valueBytes, random), updates: 0 };
      return { op: 'put', key: keyOf(options.collection, start + index), value };
    });
    await putAll(api, operations);
    onItems(operations.length);
  }
}

/** Each key is in it once, so that what was refused for now can be sent alone. */
async function putAll(api: WriteBehindClient, operations: readonly BatchOperation[]): Promise<void> {
  let pending = operations;
  for (let tries = 1; pending.length > 0; tries += 1) {
    const results = await api.batch(pending, { durability: 'cache' });
    const problems = results.flatMap((result) => ('problem' in result ? [result.problem] : []));
    const hopeless = problems.find(({ status }) => !NOT_NOW.has(status)) ?? (tries === TRIES ? problems[0] : undefined);
    if (hopeless) throw new ApiError(hopeless, undefined);
    pending = pending.filter((_, index) => 'problem' in results[index]!);
    if (pending.length > 0) await wait(PAUSE_MS);
  }
}
