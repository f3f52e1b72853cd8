import { type System, startSystem } from '../../test/support/system.ts';
import { incrementsLoad, type Load, putsLoad, traceLoad, ycsbLoad } from '../coalescing/loads.ts';
import { type Coalesced, coalesce } from '../coalescing/run.ts';
import { traceShapes } from '../coalescing/trace-shapes.ts';
import { uniform, zipf } from '../load/choosers.ts';
import { keyOf } from '../load/workload.ts';
import { type Spread, spreadOf } from '../report/spread.ts';
import type { Table } from '../report/table.ts';
import type { Target } from '../report/target.ts';
import type { Extent, Findings, Section } from '../section.ts';
import { type Flusher, startFlusher } from '../ways/flusher.ts';

const DEFAULT_WINDOW_SECONDS = 5;
const MANY = 200_000;
const COUNTERS = 100;
const MS = 1000;

/** How many item writes a load becomes, beside the fewest that can do. */
export const coalescing: Section = {
  name: 'coalescing',
  title: 'Coalescing',
  async run(extent) {
    const byDefault = { ...zipfLoad(extent), id: 'zipf-default' };
    const { quick, windowSeconds } = extent;
    const loads = loadsOf(extent);
    if (quick) return findingsOf(windowSeconds, await withWindow(windowSeconds, [...loads, byDefault], extent));
    return findingsOf(windowSeconds, [
      ...(await withWindow(windowSeconds, loads, extent)),
      ...(await withWindow(DEFAULT_WINDOW_SECONDS, [byDefault], extent)),
    ]);
  },
};

interface Result {
  readonly load: Load;
  readonly windowSeconds: number;
  readonly runs: readonly Coalesced[];
}

async function withWindow(windowSeconds: number, loads: readonly Load[], extent: Extent): Promise<Result[]> {
  const system = await startSystem({ settings: { windowSeconds, maxDirtyItems: 1_000_000 } });
  try {
    const flusher = await startFlusher(system.config);
    const runs = await runAll(system, flusher, loads, extent);
    await flusher.stop();
    return [...runs].map(([load, own]) => ({ load, windowSeconds, runs: own }));
  } finally {
    await system.stop();
  }
}

function zipfLoad({ quick }: Extent): Load {
  const name = 'puts, Zipf 0.99, 10,000 keys, as fast as they go';
  return putsLoad('zipf', name, 10_000, zipf(), { operations: quick ? 500 : MANY });
}

function loadsOf(extent: Extent): Load[] {
  const { quick } = extent;
  const many = { operations: quick ? 500 : MANY };
  const paced = { operations: quick ? 500 : 10_000, perSecond: 2000 };
  const targets = [
    zipfLoad(extent),
    incrementsLoad(COUNTERS, many),
    putsLoad('steady', 'puts, Zipf 0.99, 1,000 keys, 2,000/s', 1000, zipf(), paced),
  ];
  if (quick) return targets;
  return [
    ...targets,
    putsLoad('uniform', 'puts, uniform, 1,000 keys, 2,000/s', 1000, uniform, paced),
    putsLoad('hot', 'puts, one key, 2,000/s', 1, uniform, paced),
    ycsbLoad('A', 1000, paced),
    ycsbLoad('F', 1000, paced),
    ...traceShapes.map((shape) => traceLoad(shape, paced)),
  ];
}

async function runAll(
  system: System,
  flusher: Flusher,
  loads: readonly Load[],
  extent: Extent,
): Promise<Map<Load, Coalesced[]>> {
  const results = new Map(loads.map((load) => [load, [] as Coalesced[]]));
  for (let repeat = 0; repeat < extent.repeats; repeat += 1) {
    for (const [load, own] of results) {
      const collection = `${load.id}-${repeat}`;
      const result = await coalesce(system.cache, flusher, load, collection);
      if (load.id === 'increments') await checkExact(system, collection, result.writes);
      own.push(result);
      extent.log(`${load.name}: ${result.itemWrites} item writes for ${result.writes} writes`);
    }
  }
  return results;
}

/** No increment may be lost, and none count twice. */
async function checkExact(system: System, collection: string, increments: number): Promise<void> {
  const keys = Array.from({ length: COUNTERS }, (_, index) => keyOf(collection, index));
  const items = await Promise.all(keys.map((key) => system.stored(key)));
  const sum = items.reduce((total, item) => total + Number(item?.n ?? 0), 0);
  if (sum !== increments) throw new Error(`${increments} increments made ${sum}.`);
}

function findingsOf(windowSeconds: number, results: readonly Result[]): Findings {
  const runsOf = (id: string) => results.find(({ load }) => load.id === id)!.runs;
  return { tables: [tableOf(results)], targets: targetsOf(windowSeconds, runsOf) };
}

const across = (results: readonly Coalesced[], value: (result: Coalesced) => number): Spread =>
  spreadOf(results.map(value));
const ofFloor = ({ itemWrites, floor }: Coalesced): number => itemWrites / floor;
const perItemWrite = ({ writes, itemWrites }: Coalesced): number => writes / itemWrites;

function tableOf(results: readonly Result[]): Table {
  return {
    id: 'coalescing',
    title: 'Item writes',
    columns: [
      { id: 'name', title: '', unit: 'text' },
      { id: 'window', title: 'window', unit: 'seconds' },
      { id: 'ofFloor', title: 'of the floor', unit: 'times' },
      { id: 'perItemWrite', title: 'writes per item write', unit: 'ratio' },
      { id: 'writes', title: 'writes', unit: 'count' },
      { id: 'keys', title: 'keys', unit: 'count' },
      { id: 'itemWrites', title: 'item writes', unit: 'count' },
      { id: 'floor', title: 'floor', unit: 'count' },
      { id: 'rate', title: 'writes/s', unit: 'perSecond' },
      { id: 'lagP50', title: 'lag p50', unit: 'ms' },
      { id: 'lagP99', title: 'lag p99', unit: 'ms' },
      { id: 'drain', title: 'drained after', unit: 'ms' },
    ],
    rows: results.map(({ load: { name }, windowSeconds, runs: own }) => ({
      name,
      window: windowSeconds,
      ofFloor: across(own, ofFloor),
      perItemWrite: across(own, perItemWrite),
      writes: across(own, ({ writes }) => writes).median,
      keys: across(own, ({ keys }) => keys).median,
      itemWrites: across(own, ({ itemWrites }) => itemWrites),
      floor: across(own, ({ floor }) => floor),
      rate: across(own, ({ rate }) => rate),
      lagP50: across(own, ({ lags }) => lags.percentile(0.5)!),
      lagP99: across(own, ({ lags }) => lags.percentile(0.99)!),
      drain: across(own, ({ drainMs }) => drainMs),
    })),
  };
}

/** What another write-behind makes of the same puts. */
const PEER_ITEM_WRITES = 15_571;

function targetsOf(windowSeconds: number, of: (id: string) => readonly Coalesced[]): Target[] {
  const floor = { unit: 'times', wanted: { atMost: 1.05 } } as const;
  const itemWritesTarget = (id: string, what: string): Target => ({
    id: `${id}-item-writes`,
    what,
    unit: 'count',
    wanted: { atMost: PEER_ITEM_WRITES },
    measured: across(of(id), ({ itemWrites }) => itemWrites).median,
    ifMissed: 'the puts take more than a window, and most keys are written in each: no fewer can do, see the floor',
  });
  const lateSignals = 'a write that comes between the claim and the end of its window opens the next one early';
  return [
    {
      id: 'zipf-of-floor',
      what: '200,000 puts, Zipf 0.99, 10,000 keys: item writes, of the floor',
      ...floor,
      measured: across(of('zipf'), ofFloor).median,
      ifMissed: lateSignals,
    },
    itemWritesTarget('zipf', `the same, window ${windowSeconds} s: item writes`),
    itemWritesTarget('zipf-default', `the same, window ${DEFAULT_WINDOW_SECONDS} s, the default: item writes`),
    {
      id: 'zipf-drain',
      what: `the same, window ${windowSeconds} s: stored after the last put`,
      unit: 'ms',
      wanted: { atMost: (windowSeconds + 1) * MS },
      measured: across(of('zipf'), ({ drainMs }) => drainMs).median,
      ifMissed: 'all keys are dirty at the end; the table, the queue and the flush share two cores',
    },
    {
      id: 'increments-of-floor',
      what: `200,000 increments of ${COUNTERS} counters, none lost, none twice: item writes, of the floor`,
      ...floor,
      measured: across(of('increments'), ofFloor).median,
      ifMissed: lateSignals,
    },
    {
      id: 'steady-ratio',
      what: 'puts, 2,000/s on 1,000 keys, Zipf 0.99: writes per item write',
      unit: 'ratio',
      wanted: { atLeast: 4 },
      measured: across(of('steady'), perItemWrite).median,
      ifMissed: 'within a second most keys are written only once',
    },
  ];
}
