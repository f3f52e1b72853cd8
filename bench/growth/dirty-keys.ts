import { type System, startSystem } from '../../test/support/system.ts';
import { uniform } from '../load/choosers.ts';
import { keyOf, payloadOf } from '../load/workload.ts';
import type { Plot } from '../report/plot.ts';
import { type Spread, spreadOf } from '../report/spread.ts';
import type { Table } from '../report/table.ts';
import type { Extent, Findings } from '../section.ts';
import { withDeafQueue } from '../ways/deaf-queue.ts';
import { putsOf } from '../ways/puts.ts';
import { makeDirty, type WriteRates, writeRates } from './writing.ts';

const VALUE_BYTES = 200;
const COLLECTION = 'dirty';
/** On a slow server the last sizes are left out. */
const LONGEST_GROWTH_SECONDS = 60;
/** Made at once. */
const STEP = 10_000;

interface Row extends WriteRates {
  readonly keys: number;
  readonly bytes: number;
  readonly drained: Spread;
}

/** What many dirty items cost: a put, a sweep, memory. */
export async function dirtyKeys(extent: Extent): Promise<Findings> {
  const sizes = extent.quick ? [100, 200] : [1000, 10_000, 100_000, 300_000, 1_000_000];
  const settings = { windowSeconds: 900, maxDirtyItems: 8 * sizes.at(-1)! };
  const system = await startSystem({ settings });
  try {
    const before = await memory(system);
    const rows: Row[] = [];
    let dirty = 0;
    let perSecond = Infinity;
    for (const keys of sizes) {
      if ((keys - dirty) / perSecond > LONGEST_GROWTH_SECONDS) {
        extent.log(`${keys} dirty items would take too long to make`);
        break;
      }
      const startedAt = performance.now();
      await grow(system, dirty, keys);
      perSecond = (1000 * (keys - dirty)) / (performance.now() - startedAt);
      dirty = keys;
      const bytes = ((await memory(system)) - before) / keys;
      rows.push({ keys, bytes, ...(await measure(system, keys, extent)) });
      extent.log(`${keys} dirty items`);
    }
    return { tables: [tableOf(rows)], plots: [plotOf(rows)] };
  } finally {
    await system.stop();
  }
}

async function grow(system: System, from: number, to: number): Promise<void> {
  const cache = await withDeafQueue(system);
  for (let start = from; start < to; start += STEP) {
    const value = { payload: payloadOf(VALUE_BYTES, Math.random) };
    const keys = Array.from({ length: Math.min(STEP, to - start) }, (_, index) => keyOf(COLLECTION, start + index));
    await makeDirty(
      cache,
      keys.map((key) => ({ key, value })),
    );
  }
}

async function measure(system: System, keys: number, extent: Extent): Promise<WriteRates & { drained: Spread }> {
  const choose = uniform;
  const puts = putsOf({ collection: COLLECTION, keys, valueBytes: VALUE_BYTES, choose, count: Math.min(keys, 5000) });
  const rates = await writeRates(system, (url) => withDeafQueue(system, {}, url), puts, extent);
  const cache = await withDeafQueue(system);
  const drained: number[] = [];
  const limit = extent.quick ? 50 : 250;
  for (let repeat = 0; repeat < extent.repeats; repeat += 1) {
    const startedAt = performance.now();
    const { flushed } = await cache.flush({ limit });
    drained.push((1000 * flushed) / (performance.now() - startedAt));
  }
  return { ...rates, drained: spreadOf(drained) };
}

/** Bytes that Valkey has allocated; 0 where it does not say. */
async function memory({ redis }: System): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1] ?? 0);
}

function tableOf(rows: readonly Row[]): Table {
  return {
    id: 'growth-dirty-keys',
    title: 'As items become dirty, 200 B each, 64 shards',
    columns: [
      { id: 'keys', title: 'dirty items', unit: 'count' },
      { id: 'speed', title: 'puts, of bare EVALSHA', unit: 'times' },
      { id: 'puts', title: 'puts/s', unit: 'perSecond' },
      { id: 'bare', title: 'bare/s', unit: 'perSecond' },
      { id: 'drained', title: 'sweep, items/s', unit: 'perSecond' },
      { id: 'bytes', title: 'Valkey, bytes per item', unit: 'bytes' },
    ],
    rows: rows.map(({ keys, bytes, drained, bare, library }) => ({
      keys,
      speed: library.speed,
      puts: library.rate,
      bare: bare.rate,
      drained,
      bytes: Math.round(bytes),
    })),
  };
}

function plotOf(rows: readonly Row[]): Plot {
  const series = (name: string, value: (row: Row) => number) => ({
    name,
    points: rows.map((row) => ({ x: row.keys, y: value(row) })),
  });
  return {
    id: 'growth-dirty-keys',
    title: 'Speed as items become dirty',
    x: { title: 'dirty items', scale: 'log' },
    y: { title: 'per second', scale: 'log' },
    series: [
      series('bare EVALSHA', ({ bare }) => bare.rate.median),
      series('puts', ({ library }) => library.rate.median),
      series('items swept', ({ drained }) => drained.median),
    ],
  };
}
