import type { WorkloadName } from '../peer/workloads.ts';
import { spreadOf } from '../report/spread.ts';
import type { Target } from '../report/target.ts';
import type { PeerName } from './programs.ts';
import type { PeerRun } from './run.ts';

/** The runs of one workload, one for each turn. */
export type RunsOfPeers = Readonly<Record<PeerName, readonly PeerRun[]>>;

const SHARED_CORES =
  'the queue, the flush and the table work on the same cores; an item that is stored costs several times as much as a put';

/** What write-behind is to reach beside the others. Ratios are those of the same turn, and of them the median. */
export function peerTargets(results: Readonly<Record<WorkloadName, RunsOfPeers>>): Target[] {
  const { W1, W3, W4 } = results;
  const ratio = (runs: RunsOfPeers, other: PeerName, of: (run: PeerRun) => number) =>
    spreadOf(runs['write-behind'].map((run, turn) => of(run) / of(runs[other][turn]!))).median;
  return [
    {
      id: 'rate-redisson',
      what: 'W1: writes/s, of those of Redisson',
      unit: 'times',
      wanted: { atLeast: 3 },
      measured: ratio(W1, 'Redisson', ({ rate }) => rate),
      ifMissed: SHARED_CORES,
    },
    {
      id: 'rate-hazelcast',
      what: 'W1: writes/s, of those of Hazelcast within the process',
      unit: 'times',
      wanted: { atLeast: 0.8 },
      measured: ratio(W1, 'Hazelcast', ({ rate }) => rate),
      ifMissed: 'its writes cross no network, and are gone if the process ends before they are stored',
    },
    {
      id: 'p99-redisson',
      what: 'W1: 99th percentile, of that of Redisson',
      unit: 'times',
      wanted: { atMost: 1 },
      measured: ratio(W1, 'Redisson', ({ p99 }) => p99),
      ifMissed: SHARED_CORES,
    },
    {
      id: 'items-hazelcast',
      what: 'W1: item writes, of those of Hazelcast',
      unit: 'times',
      wanted: { atMost: 1 },
      measured: ratio(W1, 'Hazelcast', ({ dbItems }) => dbItems),
      ifMissed: 'the puts take more windows of one second than there, and each window stores what was put in it',
    },
    {
      id: 'drain-hazelcast',
      what: 'W1: until all is stored, of that of Hazelcast',
      unit: 'times',
      wanted: { atMost: 1 },
      measured: ratio(W1, 'Hazelcast', ({ drainMs }) => (drainMs < 0 ? Infinity : drainMs)),
      ifMissed: SHARED_CORES,
    },
    {
      id: 'wrong',
      what: 'counters and items of write-behind that are wrong in the table, in all runs',
      unit: 'count',
      wanted: { atMost: 0 },
      // Not the median: one is one too many.
      measured: [W1, W3, W4].flatMap((runs) => runs['write-behind']).reduce((sum, { wrong }) => sum + wrong, 0),
      ifMissed: 'a fault of write-behind',
    },
    {
      id: 'coalescing-hazelcast',
      what: 'W4: writes per item write, of those of Hazelcast',
      unit: 'times',
      wanted: { atLeast: 1 },
      measured: ratio(W4, 'Hazelcast', ({ ops, dbItems }) => ops / dbItems),
      ifMissed: 'flushes came earlier than the window',
    },
  ];
}
