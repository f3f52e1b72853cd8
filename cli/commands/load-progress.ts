import { formatCount } from '../format.ts';
import { startProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';

/** Shows how a load goes on. */
export interface LoadProgress {
  /** Hears of each operation that ended. */
  readonly operation: (failed: boolean) => void;
  readonly stop: () => void;
}

const EVERY_MS = 1000;

/** A bar on a terminal, of operations or else of seconds; a line each second elsewhere. */
export function startLoadProgress(
  terminal: Terminal,
  limit: { readonly operations?: number | undefined; readonly seconds?: number | undefined },
): LoadProgress {
  const startedAt = performance.now();
  const { operations } = limit;
  const bar =
    terminal.terminal &&
    startProgress(terminal, operations ?? Math.ceil(limit.seconds ?? 0), operations ? 'operations' : 'seconds');
  let [done, failures, before] = [0, 0, 0];
  const timer = setInterval(() => {
    if (bar) {
      bar.add(operations === undefined ? 1 : done - before);
    } else {
      const seconds = (performance.now() - startedAt) / 1000;
      const failed = failures > 0 ? `, ${formatCount(failures)} failed` : '';
      terminal.line(
        `  ${seconds.toFixed(0)} s  ${formatCount(done)} operations, ${formatCount(done - before)} in the last second${failed}`,
      );
    }
    before = done;
  }, EVERY_MS);
  return {
    operation: (failed) => {
      done += 1;
      failures += failed ? 1 : 0;
    },
    stop: () => {
      clearInterval(timer);
      if (operations !== undefined) bar?.add(done - before);
      bar?.stop();
    },
  };
}
