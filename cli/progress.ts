import { Presets, SingleBar } from 'cli-progress';
import { formatCount } from './format.ts';

/** Shows how far a long task is. */
export interface Progress {
  /** Adds to what is done. */
  add(done: number): void;
  /** The task has become longer or shorter. */
  setTotal(total: number): void;
  stop(): void;
}

/** Where progress is shown. */
export interface ProgressScreen {
  /** The terminal to draw a bar on; `undefined` where there is none. */
  readonly terminal: NodeJS.WriteStream | undefined;
  /** Takes a line. */
  line(text: string): void;
}

const LINES = 5;

/**
 * A bar on a terminal, a line now and then elsewhere.
 *
 * @param unit what is counted, in the plural
 */
export function startProgress(screen: ProgressScreen, total: number, unit = 'records'): Progress {
  return screen.terminal ? bar(screen.terminal, total, unit) : lines(screen, total, unit);
}

function bar(stream: NodeJS.WriteStream, total: number, unit: string): Progress {
  const single = new SingleBar(
    {
      stream,
      format: `  {bar} {percentage} %  {value} of {total} ${unit}  {duration_formatted}`,
      formatValue: (value, _options, type) => (type === 'duration' ? String(value) : formatCount(value)),
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  single.start(total, 0);
  return {
    add: (done) => single.increment(done),
    setTotal: (changed) => single.setTotal(changed),
    stop: () => single.stop(),
  };
}

function lines(screen: ProgressScreen, total: number, unit: string): Progress {
  const startedAt = performance.now();
  let all = total;
  let done = 0;
  let shown = 0;
  return {
    add: (more) => {
      done += more;
      const due = Math.floor((done / all) * LINES);
      if (due === shown) return;
      shown = due;
      const seconds = (performance.now() - startedAt) / 1000;
      screen.line(`  ${formatCount(done)} of ${formatCount(all)} ${unit} after ${seconds.toFixed(1)} s`);
    },
    setTotal: (changed) => {
      all = changed;
    },
    stop: () => undefined,
  };
}
