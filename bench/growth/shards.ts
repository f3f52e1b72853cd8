import { type System, startSystem } from '../../test/support/system.ts';
import { zipf } from '../load/choosers.ts';
import { type Spread, spreadOf } from '../report/spread.ts';
import type { Extent, Findings } from '../section.ts';
import { withDeafQueue } from '../ways/deaf-queue.ts';
import { putsOf, W1 } from '../ways/puts.ts';
import { makeDirty, type WriteRates, writeRates } from './writing.ts';

type Row = WriteRates & { readonly shards: number; readonly drained: Spread };

/** What shards cost on a server that has all of them; on a cluster they are what is spread over its nodes. */
export async function shards(extent: Extent): Promise<Findings> {
  const counts = extent.quick ? [1, 64] : [1, 4, 16, 64, 256];
  const system = await startSystem({ settings: { windowSeconds: 900 } });
  try {
    const rows: Row[] = [];
    for (const count of counts) {
      rows.push(await measure(system, count, extent));
      extent.log(`${count} shards`);
    }
    const table = {
      id: 'growth-shards',
      title: 'As shards become more, on one server; Zipf 0.99, 10,000 keys',
      columns: [
        { id: 'shards', title: 'shards', unit: 'count' },
        { id: 'speed', title: 'puts, of bare EVALSHA', unit: 'times' },
        { id: 'puts', title: 'puts/s', unit: 'perSecond' },
        { id: 'bare', title: 'bare/s', unit: 'perSecond' },
        { id: 'drained', title: 'sweep, items/s', unit: 'perSecond' },
      ],
      rows: rows.map((row) => ({
        shards: row.shards,
        speed: row.library.speed,
        puts: row.library.rate,
        bare: row.bare.rate,
        drained: row.drained,
      })),
    } as const;
    const series = (name: string, value: (row: Row) => number) => ({
      name,
      points: rows.map((row) => ({ x: row.shards, y: value(row) })),
    });
    const plot = {
      id: 'growth-shards',
      title: 'Speed as shards become more',
      x: { title: 'shards', scale: 'log' },
      y: { title: 'per second', scale: 'log' },
      series: [
        series('bare EVALSHA', ({ bare }) => bare.rate.median),
        series('puts', ({ library }) => library.rate.median),
        series('items swept', ({ drained }) => drained.median),
      ],
    } as const;
    return { tables: [table], plots: [plot] };
  } finally {
    await system.stop();
  }
}

async function measure(system: System, count: number, extent: Extent): Promise<Row> {
  // Keys of another number of shards would be found where nobody looks for them.
  await system.redis.flushall();
  const settings = { shards: count };
  const puts = putsOf({ ...W1, choose: zipf(), count: extent.quick ? 200 : 5000 });
  const rates = await writeRates(system, (url) => withDeafQueue(system, settings, url), puts, extent);
  const cache = await withDeafQueue(system, settings);
  const drained: number[] = [];
  for (let repeat = 0; repeat < extent.repeats; repeat += 1) {
    await makeDirty(cache, puts);
    const startedAt = performance.now();
    const { flushed } = await cache.flush();
    drained.push((1000 * flushed) / (performance.now() - startedAt));
  }
  return { shards: count, ...rates, drained: spreadOf(drained) };
}
