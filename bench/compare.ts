/** A way to do something, to be compared with others. */
export interface Way {
  readonly name: string;
  /** What has to be there before the clock starts. @default nothing */
  readonly prepare?: () => Promise<void>;
  readonly run: () => Promise<void>;
}

interface Run {
  readonly rate: number;
  readonly cpuMicros: number;
  readonly requests: number;
}

const REPEATS = 5;

/**
 * Runs the ways in turns, so that whatever else the machine does meets all of them, once to warm up and five times for the
 * result. Prints, for each, how much of the first way's CPU time an item takes of this process, and how many items are done
 * in its time; then medians, and lowest and highest in brackets.
 *
 * @param items that each way treats
 * @param requests how many requests were sent so far
 */
export async function compare(
  title: string,
  items: number,
  ways: readonly Way[],
  requests: () => number,
): Promise<void> {
  const runs = ways.map((): Run[] => []);
  for (let repeat = 0; repeat <= REPEATS; repeat += 1) {
    for (const [index, way] of ways.entries()) {
      const run = await timed(way, items, requests);
      if (repeat > 0) runs[index]!.push(run);
    }
  }
  const base = { rate: median(runs[0]!.map(({ rate }) => rate)), cpu: median(runs[0]!.map((run) => run.cpuMicros)) };
  console.log(`\n${title}, ${items} items\n${line('', 'CPU', 'speed', 'CPU µs/item', 'items/s', 'requests')}`);
  for (const [index, { name }] of ways.entries()) {
    const cpu = runs[index]!.map(({ cpuMicros }) => cpuMicros);
    const rate = runs[index]!.map((run) => run.rate);
    const sent = String(runs[index]!.at(-1)!.requests);
    console.log(line(name, times(cpu, base.cpu), times(rate, base.rate), withSpread(cpu), withSpread(rate), sent));
  }
}

async function timed({ prepare, run }: Way, items: number, requests: () => number): Promise<Run> {
  await prepare?.();
  const before = requests();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await run();
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { rate: items / seconds, cpuMicros: (user + system) / items, requests: requests() - before };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

const times = (values: readonly number[], base: number) => `×${(median(values) / base).toFixed(2)}`;

function withSpread(values: readonly number[]): string {
  return `${median(values).toFixed(0)} (${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)})`;
}

const line = (name: string, ...cells: readonly string[]) =>
  name.padEnd(40) + cells.map((cell, index) => cell.padStart([7, 7, 18, 20, 9][index]!)).join('');
