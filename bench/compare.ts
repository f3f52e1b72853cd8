import type { Latencies } from './load/latencies.ts';
import { type Spread, spreadOf } from './report/spread.ts';

/** What one run did. */
export interface Done {
  readonly items: number;
  /** Of each item, or of each batch of them. @default not measured */
  readonly latencies?: Latencies;
}

/** A way to do something, to be compared with others. */
export interface Way {
  readonly name: string;
  /** What has to be there before the clock starts. @default nothing */
  readonly prepare?: () => Promise<void>;
  readonly run: () => Promise<Done>;
  /** Whether part of the work is done by another process, so that this one's CPU time says nothing. @default false */
  readonly elsewhere?: boolean;
}

/** What became of a way. Ratios are those of runs of the same turn, and then their median: noise that lasts meets both. */
export interface Compared {
  readonly name: string;
  /** Items per second. */
  readonly rate: Spread;
  /** The rate divided by that of the first way. */
  readonly speed: Spread;
  /** CPU time of this process per item, µs; `null` where another process does part of the work. */
  readonly cpuMicros: Spread | null;
  /** CPU time divided by that of the first way. */
  readonly cpu: Spread | null;
  /** CPU time of Valkey per item, µs; `null` where that is not known. */
  readonly valkeyMicros: Spread | null;
  readonly p50: Spread | null;
  readonly p99: Spread | null;
  /** Requests of the last run. */
  readonly requests: number;
}

/** How to compare. */
export interface ComparisonOptions {
  /** Turns that count, after one to warm up. @default 5 */
  readonly repeats?: number;
  /** How many requests were sent so far. @default not counted */
  readonly requests?: () => number;
  /** CPU time of Valkey so far, µs; `null` from a server that does not say. @default not measured */
  readonly valkeyCpu?: () => Promise<number | null>;
}

interface Run {
  readonly rate: number;
  readonly cpuMicros: number;
  readonly valkeyMicros: number | null;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly requests: number;
}

/** Runs the ways in turns, so that whatever else the machine does meets all of them: once to warm up, then for the result. */
export async function compare(ways: readonly Way[], options: ComparisonOptions = {}): Promise<Compared[]> {
  const { repeats = 5 } = options;
  const runs = ways.map((): Run[] => []);
  for (let repeat = 0; repeat <= repeats; repeat += 1) {
    for (const [index, way] of ways.entries()) {
      const run = await timed(way, options);
      if (repeat > 0) runs[index]!.push(run);
    }
  }
  const base = runs[0]!;
  const cpuOf = (way: Way, values: readonly number[]) => (way.elsewhere ? null : spreadOf(values));
  return ways.map((way, index) => {
    const own = runs[index]!;
    return {
      name: way.name,
      rate: spreadOf(own.map(({ rate }) => rate)),
      speed: spreadOf(own.map(({ rate }, turn) => rate / base[turn]!.rate)),
      cpuMicros: cpuOf(
        way,
        own.map(({ cpuMicros }) => cpuMicros),
      ),
      cpu: cpuOf(
        way,
        own.map(({ cpuMicros }, turn) => cpuMicros / base[turn]!.cpuMicros),
      ),
      valkeyMicros: spreadOfKnown(own.map(({ valkeyMicros }) => valkeyMicros)),
      p50: spreadOfKnown(own.map(({ p50 }) => p50)),
      p99: spreadOfKnown(own.map(({ p99 }) => p99)),
      requests: own.at(-1)!.requests,
    };
  });
}

async function timed({ prepare, run }: Way, options: ComparisonOptions): Promise<Run> {
  const { requests = () => 0, valkeyCpu = async () => null } = options;
  await prepare?.();
  const before = requests();
  const valkeyBefore = await valkeyCpu();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const { items, latencies } = await run();
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    rate: items / seconds,
    cpuMicros: (user + system) / items,
    valkeyMicros: valkeyBefore === null ? null : ((await valkeyCpu())! - valkeyBefore) / items,
    p50: latencies?.percentile(0.5) ?? null,
    p99: latencies?.percentile(0.99) ?? null,
    requests: requests() - before,
  };
}

function spreadOfKnown(values: readonly (number | null)[]): Spread | null {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? spreadOf(known) : null;
}
