import type { Compared } from '../compare.ts';
import type { Target } from '../report/target.ts';

/** Names of the ways that the targets are about. */
export const LIBRARY = 'library';
export const WRITE_THROUGH = 'write-through: PutItem';

/** Redisson's write-behind on another machine of the same class, puts/s. */
const REDISSON = 16_400;

/** What the write path is to reach, by a comparison at `cache` level. */
export function writeTargets(compared: readonly Compared[], lanes: number): Target[] {
  const library = compared.find(({ name }) => name === LIBRARY)!;
  const through = compared.find(({ name }) => name === WRITE_THROUGH)!;
  const rate = {
    unit: 'perSecond',
    measured: library.rate.median,
    ifMissed: 'the share of the bare EVALSHA says how much of it is the machine',
  } as const;
  return [
    {
      id: 'write-of-bare',
      what: `puts at \`cache\` level, library, ${lanes} at once: puts/s, of the bare EVALSHA`,
      unit: 'times',
      wanted: { atLeast: 0.7 },
      measured: library.speed.median,
      ifMissed: 'checking a put and making its answer share one thread with the client of Valkey',
    },
    {
      id: 'write-redisson',
      what: 'the same: puts/s, three times Redisson',
      wanted: { atLeast: 3 * REDISSON },
      ...rate,
    },
    { id: 'write-rate', what: 'the same: puts/s', wanted: { atLeast: 78_000 }, ...rate },
    {
      id: 'write-p99',
      what: 'the same: 99th percentile',
      unit: 'ms',
      wanted: { atMost: 3.4 },
      measured: library.p99!.median,
      ifMissed: 'Valkey, its client and the servers beside it share two cores',
    },
    {
      id: 'write-of-write-through',
      what: 'the same: median latency, of that of write-through',
      unit: 'times',
      wanted: { atMost: 0.1 },
      measured: library.p50!.median / through.p50!.median,
      ifMissed: 'the table is on the same machine: write-through has no network to cross',
    },
  ];
}
