import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import type { FlushOptions } from '../../client/types.ts';
import type { DrainReport } from '../../lib/insight/types.ts';
import type { Context, Does } from '../context.ts';
import { ExitCode, UsageError } from '../errors.ts';
import { formatCount } from '../format.ts';
import type { Progress } from '../progress.ts';
import * as values from '../values.ts';

/** Items of one request, so that there is progress to see. */
const ITEMS = 1000;
/** Requests in a row that store nothing while items remain: others hold them, or the database is away. */
const IDLE_REQUESTS = 5;
const IDLE_WAIT_MS = 500;

/** What all requests together did. */
interface Flushed extends DrainReport {
  readonly requests: number;
}

/** Storing everything dirty. */
export function flushCommand(program: Command, does: Does): void {
  const command = program
    .command('flush')
    .summary('store what is dirty now')
    .description(
      'Store everything dirty now, or what is dirty of some items, going on until nothing remains. Ends with exit code 1 where items fail or ' +
        'cannot be stored. While somebody writes there is always something that remains.',
    )
    .argument('[key...]', 'only these items, 100 at most: collection/id', values.keys)
    .option('--collection <name>', 'only the items of this collection');
  does(command, async (context, self) => {
    const keys = self.processedArgs[0] as readonly string[] | undefined;
    const { collection } = self.opts<{ readonly collection?: string }>();
    if (keys?.length && collection !== undefined) throw new UsageError('flush: takes keys or --collection, not both');
    const flushed = await flushAll(context, {
      ...(keys?.length && { keys }),
      ...(collection !== undefined && { collection }),
    });
    context.print(flushed, () => [
      `${formatCount(flushed.flushed)} items stored with ${formatCount(flushed.databaseCalls)} database calls, ` +
        `${formatCount(flushed.failed)} failures, ${formatCount(flushed.remaining)} items remain`,
      ...flushed.failures.map(({ key, reason }) => `  ${key}: ${reason}`),
    ]);
    return flushed.remaining > 0 || flushed.failed > 0 ? ExitCode.failed : ExitCode.done;
  });
}

async function flushAll(context: Context, selected: FlushOptions): Promise<Flushed> {
  const { api, terminal } = context;
  const { interrupted: signal } = terminal;
  let progress: Progress | undefined;
  // An item that fails again and again counts once.
  const failures = new Map<string, string>();
  let [flushed, databaseCalls, requests, idle] = [0, 0, 0, 0];
  try {
    for (;;) {
      const report = await api.flush({ ...selected, limit: ITEMS });
      requests += 1;
      flushed += report.flushed;
      databaseCalls += report.databaseCalls;
      for (const { key, reason } of report.failures) failures.set(key, reason);
      if (report.remaining > 0) progress ??= context.progress(flushed + report.remaining, 'items');
      // Others store, too, and others write.
      progress?.setTotal(flushed + report.remaining);
      progress?.add(report.flushed);
      idle = report.flushed === 0 ? idle + 1 : 0;
      const { remaining } = report;
      if (remaining === 0 || idle === IDLE_REQUESTS || signal.aborted) {
        const listed = [...failures].map(([key, reason]) => ({ key, reason }));
        return { flushed, failed: failures.size, failures: listed, databaseCalls, remaining, requests };
      }
      if (idle > 0) await wait(IDLE_WAIT_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    progress?.stop();
  }
}
