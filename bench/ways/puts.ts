import { randomUUID } from 'node:crypto';
import type { ChooseItem } from '../load/choosers.ts';
import { zipf } from '../load/choosers.ts';
import { seededRandom } from '../load/random.ts';
import { keyOf, payloadOf } from '../load/workload.ts';

/** A put, before it has a level. */
export interface Put {
  /** `collection/id` */
  readonly key: string;
  readonly value: { readonly payload: string };
}

/** What puts are made of. */
export interface PutOptions {
  readonly collection: string;
  readonly keys: number;
  readonly valueBytes: number;
  readonly choose: ChooseItem;
  /** How many. */
  readonly count: number;
}

/** W1: Zipf 0.99 on 10,000 keys, 200 B. */
export const W1 = { collection: 'w1', keys: 10_000, valueBytes: 200, choose: zipf() } as const;

/** Puts, made beforehand: drawing them costs as much as sending them. The same ones each time. */
export function putsOf({ collection, keys, valueBytes, choose, count }: PutOptions): Put[] {
  const random = seededRandom(1);
  return Array.from({ length: count }, () => ({
    key: keyOf(collection, choose(keys, random)),
    value: { payload: payloadOf(valueBytes, random) },
  }));
}

/** Gives them one after the other, from the first again after the last. */
export function inCircle<T>(items: readonly T[]): () => T {
  let next = 0;
  return () => items[next++ % items.length]!;
}

/** The same puts, each under a key that was never written. */
export function newKeys(puts: readonly Put[]): () => Put {
  const next = inCircle(puts);
  const run = randomUUID();
  let count = 0;
  return () => ({ ...next(), key: keyOf(`new-${run}`, count++) });
}
