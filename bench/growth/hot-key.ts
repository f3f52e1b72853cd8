import { startSystem } from '../../test/support/system.ts';
import { putsLoad } from '../coalescing/loads.ts';
import { type Coalesced, coalesce } from '../coalescing/run.ts';
import { uniform } from '../load/choosers.ts';
import { spreadOf } from '../report/spread.ts';
import type { Extent, Findings } from '../section.ts';
import { startFlusher } from '../ways/flusher.ts';

/** Offered with no pause: as much as there is room for. */
const WITHOUT_PAUSE = Infinity;
/** Of a rate that no machine keeps, so many are made for each second. */
const MOST_PER_SECOND = 50_000;
/** Of the lowest rates more than a window's. */
const FEWEST = 5;

/** What one key takes, with its flush beside it. */
export async function hotKey(extent: Extent): Promise<Findings> {
  const seconds = extent.quick ? 0.3 : 1.5;
  const rates = extent.quick ? [1000] : [1, 20, 500, 2000, 8000, 50_000, WITHOUT_PAUSE];
  const system = await startSystem({ settings: { windowSeconds: extent.windowSeconds } });
  try {
    const flusher = await startFlusher(system.config);
    const rows: { offered: number; runs: Coalesced[] }[] = [];
    for (const offered of rates) {
      const pace = offered === WITHOUT_PAUSE ? {} : { perSecond: offered };
      const operations = Math.max(FEWEST, Math.round(seconds * Math.min(offered, MOST_PER_SECOND)));
      const load = putsLoad(`hot-${offered}`, 'one key', 1, uniform, { operations, ...pace });
      const runs: Coalesced[] = [];
      for (let repeat = 0; repeat < extent.repeats; repeat += 1) {
        runs.push(await coalesce(system.cache, flusher, load, `${load.id.toLowerCase()}-${repeat}`));
      }
      rows.push({ offered, runs });
      extent.log(`one key, ${offered} puts/s`);
    }
    await flusher.stop();
    return findingsOf(rows, extent);
  } finally {
    await system.stop();
  }
}

function findingsOf(
  rows: readonly { offered: number; runs: readonly Coalesced[] }[],
  { windowSeconds }: Extent,
): Findings {
  const measured = rows.map(({ offered, runs }) => {
    const across = (value: (run: Coalesced) => number) => spreadOf(runs.map(value));
    return {
      offered: offered === WITHOUT_PAUSE ? 'without pause' : offered,
      rate: across(({ rate }) => rate),
      p50: across(({ latencies }) => latencies.percentile(0.5)!),
      p99: across(({ latencies }) => latencies.percentile(0.99)!),
      itemWrites: across(({ itemWrites, writes, rate }) => (itemWrites * rate) / writes),
      lag: across(({ lags }) => lags.percentile(0.99)!),
    };
  });
  const table = {
    id: 'growth-hot-key',
    title: `As one key gets hotter, window ${windowSeconds} s; latency from when a put was due`,
    columns: [
      { id: 'offered', title: 'puts/s offered', unit: 'perSecond' },
      { id: 'rate', title: 'acknowledged', unit: 'perSecond' },
      { id: 'p50', title: 'p50', unit: 'ms' },
      { id: 'p99', title: 'p99', unit: 'ms' },
      { id: 'itemWrites', title: 'item writes/s', unit: 'ratio' },
      { id: 'lag', title: 'lag p99', unit: 'ms' },
    ],
    rows: measured,
  } as const;
  const byRate = measured.toSorted((a, b) => a.rate.median - b.rate.median);
  const plot = {
    id: 'growth-hot-key',
    title: 'Latency as one key gets hotter',
    x: { title: 'puts/s of one key, acknowledged', scale: 'log' },
    y: { title: 'ms', scale: 'log' },
    series: [
      { name: 'p50', points: byRate.map(({ rate, p50 }) => ({ x: rate.median, y: p50.median })) },
      { name: 'p99', points: byRate.map(({ rate, p99 }) => ({ x: rate.median, y: p99.median })) },
      { name: 'lag p99', points: byRate.map(({ rate, lag }) => ({ x: rate.median, y: lag.median })) },
    ],
  } as const;
  return { tables: [table], plots: [plot] };
}
