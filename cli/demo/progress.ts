import { Presets, SingleBar } from 'cli-progress';
import { formatCount, type Screen } from './screen.ts';

/** Shows how far a long task is. */
export interface Progress {
  /** Adds to what is done. */
  add(done: number): void;
  stop(): void;
}

const LINES = 5;

/** A bar on a terminal, a line now and then elsewhere. */
export function startProgress(screen: Screen, total: number): Progress {
  return process.stdout.isTTY ? bar(total) : lines(screen, total);
}

function bar(total: number): Progress {
  const format = '  {bar} {percentage} %  {value} of {total} records  {duration_formatted}';
  const single = new SingleBar(
    {
      format,
      formatValue: (value, _options, type) => (type === 'duration' ? String(value) : formatCount(value)),
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  single.start(total, 0);
  return { add: (done) => single.increment(done), stop: () => single.stop() };
}

function lines(screen: Screen, total: number): Progress {
  const startedAt = performance.now();
  let done = 0;
  let shown = 0;
  return {
    add: (more) => {
      done += more;
      const due = Math.floor((done / total) * LINES);
      if (due === shown) return;
      shown = due;
      const seconds = (performance.now() - startedAt) / 1000;
      screen.line(`  ${formatCount(done)} of ${formatCount(total)} records after ${seconds.toFixed(1)} s`);
    },
    stop: () => undefined,
  };
}
