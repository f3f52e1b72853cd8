import { setTimeout as wait } from 'node:timers/promises';
import type { Operation } from '../../lib/model/operation.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { atRate, whenAnswered } from '../load/arrivals.ts';
import { Latencies } from '../load/latencies.ts';
import { keyOf } from '../load/workload.ts';
import type { Flusher } from '../ways/flusher.ts';
import type { ItemWrite } from '../ways/item-writes.ts';
import { type AcknowledgedWrite, floorOf } from './floor.ts';
import { type Lags, lagsOf } from './lags.ts';
import type { Load } from './loads.ts';

const LANES = 64;
const BATCH = 100;
const POLL_MS = 50;
const DRAIN_LIMIT_MS = 120_000;

/** What a load came to. */
export interface Coalesced extends Lags {
  readonly writes: number;
  /** Keys that were written. */
  readonly keys: number;
  /** Requests that wrote an item, those too that the table refused because it had something newer. */
  readonly itemWrites: number;
  /** The fewest that could have done; see {@link floorOf}. */
  readonly floor: number;
  /** Writes acknowledged per second. */
  readonly rate: number;
  /** Of the operations, from when they were due. */
  readonly latencies: Latencies;
}

/**
 * Puts a load on the library at `cache` level in a collection of its own, and waits until the flusher has stored all of it.
 *
 * @throws if an operation fails, or something acknowledged is not stored within two minutes
 */
export async function coalesce(
  cache: WriteBehind,
  flusher: Flusher,
  load: Load,
  collection: string,
): Promise<Coalesced> {
  await seed(cache, load, collection);
  while ((await cache.stats()).dirtyItems > 0) await wait(POLL_MS);
  await flusher.itemWrites();
  const writes: AcknowledgedWrite[] = [];
  const startedAt = Date.now();
  const latencies = await run(cache, load, collection, writes);
  const seconds = (Date.now() - startedAt) / 1000;
  const itemWrites = await untilStored(flusher, writes);
  return {
    writes: writes.length,
    keys: new Set(writes.map(({ key }) => key)).size,
    itemWrites: itemWrites.length,
    floor: floorOf(writes, cache.config.windowSeconds * 1000),
    rate: writes.length / seconds,
    latencies,
    ...lagsOf(writes, itemWrites),
  };
}

/** Puts what the load reads and changes. */
async function seed(cache: WriteBehind, { seeded = 0 }: Load, collection: string): Promise<void> {
  for (let start = 0; start < seeded; start += BATCH) {
    const operations = Array.from({ length: Math.min(BATCH, seeded - start) }, (_, index): Operation => {
      return { op: 'put', key: keyOf(collection, start + index), value: { updates: 0 }, durability: 'cache' };
    });
    await cache.batch(operations);
  }
}

async function run(
  cache: WriteBehind,
  load: Load,
  collection: string,
  writes: AcknowledgedWrite[],
): Promise<Latencies> {
  const operations = load.generate(collection);
  const arrivals = load.perSecond === undefined ? whenAnswered : atRate(load.perSecond);
  const latencies = new Latencies();
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < load.operations) {
      started += 1;
      const dueAt = await arrivals();
      const operation = operations.next().value;
      const [outcome] = await cache.batch([operation.op === 'get' ? operation : { ...operation, durability: 'cache' }]);
      if (outcome?.kind === 'failed') throw outcome.error;
      latencies.add(performance.now() - dueAt);
      if (outcome?.kind === 'written') {
        const { key, version } = outcome.acknowledgement;
        writes.push({ key, version, at: Date.now() });
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return latencies;
}

async function untilStored(flusher: Flusher, writes: readonly AcknowledgedWrite[]): Promise<ItemWrite[]> {
  const missing = new Map<string, number>();
  for (const { key, version } of writes) missing.set(key, Math.max(version, missing.get(key) ?? 0));
  const itemWrites: ItemWrite[] = [];
  const giveUpAt = Date.now() + DRAIN_LIMIT_MS;
  for (;;) {
    for (const write of await flusher.itemWrites()) {
      itemWrites.push(write);
      if (write.stored && write.version >= (missing.get(write.key) ?? Infinity)) missing.delete(write.key);
    }
    if (missing.size === 0) return itemWrites;
    if (Date.now() > giveUpAt) throw new Error(`${missing.size} acknowledged items were not stored in two minutes.`);
    await wait(POLL_MS);
  }
}
