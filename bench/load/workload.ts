import type { ChooseItem } from './choosers.ts';
import { latest } from './choosers.ts';
import { type Random, seededRandom } from './random.ts';

/** What one operation does. `readModifyWrite` reads an item and then updates it. */
export type OperationKind = 'read' | 'update' | 'insert' | 'readModifyWrite';

/** Workloads of YCSB; C only reads, and E scans, which this API does not. */
export type WorkloadName = 'A' | 'B' | 'D' | 'F';

/** Share of each kind of operation, in order; together 1. Workload D reads what was inserted last. */
export const workloads: Readonly<Record<WorkloadName, Readonly<Partial<Record<OperationKind, number>>>>> = {
  A: { read: 0.5, update: 0.5 },
  B: { read: 0.95, update: 0.05 },
  D: { read: 0.95, insert: 0.05 },
  F: { read: 0.5, readModifyWrite: 0.5 },
};

/** One operation of a load. */
export interface LoadOperation {
  readonly kind: OperationKind;
  /** `collection/id` */
  readonly key: string;
  /** New payload; empty for a read. */
  readonly payload: string;
}

/** What a load consists of. */
export interface WorkloadOptions {
  readonly workload: WorkloadName;
  /** Collection of the items. */
  readonly collection: string;
  /** Items that there are at the start, 1 or more. */
  readonly keys: number;
  /** Which items are read and updated; D has its own way. */
  readonly choose: ChooseItem;
  /** Size of the payload of an item. */
  readonly valueBytes: number;
  /** The same seed makes the same operations; a whole number. */
  readonly seed: number;
}

/** Key of an item by its number. */
export function keyOf(collection: string, item: number): string {
  return `${collection}/${String(item).padStart(8, '0')}`;
}

/** Text of so many bytes that differs from one call to the next. */
export function payloadOf(bytes: number, random: Random): string {
  return random().toString(36).slice(2).padEnd(bytes, 'x').slice(0, bytes);
}

/** The operations of a load, without end: the same ones for the same options, however fast they are carried out. */
export function* operationsOf(options: WorkloadOptions): Generator<LoadOperation, never> {
  const { workload, collection, valueBytes } = options;
  const random = seededRandom(options.seed);
  const mix = Object.entries(workloads[workload]) as [OperationKind, number][];
  const choose = workload === 'D' ? latest() : options.choose;
  let items = options.keys;
  for (;;) {
    const kind = drawKind(mix, random);
    const item = kind === 'insert' ? items++ : choose(items, random);
    yield { kind, key: keyOf(collection, item), payload: kind === 'read' ? '' : payloadOf(valueBytes, random) };
  }
}

function drawKind(mix: readonly [OperationKind, number][], random: Random): OperationKind {
  let left = random();
  for (const [kind, share] of mix) {
    left -= share;
    if (left < 0) return kind;
  }
  // Shares are no exact binary fractions.
  return mix.at(-1)![0];
}
