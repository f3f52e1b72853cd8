import { startSystem } from '../../test/support/system.ts';
import { uniform } from '../load/choosers.ts';
import type { Extent, Findings } from '../section.ts';
import { withDeafQueue } from '../ways/deaf-queue.ts';
import { putsOf } from '../ways/puts.ts';
import { type WriteRates, writeRates } from './writing.ts';

const KEYS = 100;
const MEGABYTE = 1e6;

/** What large values cost. */
export async function valueSize(extent: Extent): Promise<Findings> {
  const sizes = extent.quick ? [100, 10_000] : [100, 1000, 10_000, 30_000, 100_000, 300_000];
  const system = await startSystem({ settings: { windowSeconds: 900 } });
  try {
    const rows: (WriteRates & { bytes: number })[] = [];
    for (const bytes of sizes) {
      const count = Math.min(5000, Math.max(KEYS, Math.floor(extent.quick ? 0 : 2e7 / bytes)));
      const puts = putsOf({ collection: `of-${bytes}`, keys: KEYS, valueBytes: bytes, choose: uniform, count });
      rows.push({ bytes, ...(await writeRates(system, (url) => withDeafQueue(system, {}, url), puts, extent)) });
      extent.log(`values of ${bytes} B`);
    }
    const table = {
      id: 'growth-value-size',
      title: 'As values grow, 100 keys',
      columns: [
        { id: 'bytes', title: 'bytes', unit: 'bytes' },
        { id: 'speed', title: 'puts, of bare EVALSHA', unit: 'times' },
        { id: 'puts', title: 'puts/s', unit: 'perSecond' },
        { id: 'bare', title: 'bare/s', unit: 'perSecond' },
        { id: 'megabytes', title: 'puts, MB/s', unit: 'megabytes' },
        { id: 'p99', title: 'p99', unit: 'ms' },
      ],
      rows: rows.map(({ bytes, bare, library }) => ({
        bytes,
        speed: library.speed,
        puts: library.rate,
        bare: bare.rate,
        megabytes: (library.rate.median * bytes) / MEGABYTE,
        p99: library.p99,
      })),
    } as const;
    const plot = {
      id: 'growth-value-size',
      title: 'Speed as values grow',
      x: { title: 'bytes of a value', scale: 'log' },
      y: { title: 'per second', scale: 'log' },
      series: [
        { name: 'bare EVALSHA', points: rows.map(({ bytes, bare }) => ({ x: bytes, y: bare.rate.median })) },
        { name: 'puts', points: rows.map(({ bytes, library }) => ({ x: bytes, y: library.rate.median })) },
      ],
    } as const;
    return { tables: [table], plots: [plot] };
  } finally {
    await system.stop();
  }
}
