import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Health, Stats } from '../../lib/insight/types.ts';
import type { Context, Does } from '../context.ts';
import { ExitCode } from '../errors.ts';
import * as values from '../values.ts';
import { statsText, WATCH_HEADING, watchText } from './stats-text.ts';

interface StatsOptions {
  readonly watch?: boolean;
  readonly every: number;
  readonly times?: number;
}

/** How the cache is. */
export function insightCommands(program: Command, does: Does): void {
  const stats = program
    .command('stats')
    .summary('show what the cache did and what is waiting')
    .description('Show what the cache did and what is waiting, over all instances.')
    .option('--watch', 'show it again and again, a line each time, until Ctrl-C')
    .option('--every <seconds>', 'how often, with --watch', values.number(0.1, 3600), 2)
    .option('--times <n>', 'end after so many lines, with --watch', values.wholeNumber(1));
  does(stats, async (context, command) => {
    const options = command.opts<StatsOptions>();
    if (options.watch) return watch(context, options);
    const now = await context.api.stats();
    context.print(now, () => statsText(now));
    return ExitCode.done;
  });

  const health = program
    .command('health')
    .summary('show the state of every dependency')
    .description('Show the state of every dependency. The exit code is 1 unless all is ok.');
  does(health, async (context) => {
    const now = await context.api.health();
    context.print(now, () => healthText(now));
    return now.status === 'ok' ? ExitCode.done : ExitCode.failed;
  });
}

async function watch(context: Context, { every, times = Infinity }: StatsOptions): Promise<ExitCode> {
  const { interrupted: signal } = context.terminal;
  if (!context.options.json) context.terminal.out(`${WATCH_HEADING}\n`);
  let before: Stats | undefined;
  for (let time = 1; !signal.aborted; time += 1) {
    const now = await context.api.stats();
    const line = watchText(now, before, new Date());
    context.print(now, () => line);
    before = now;
    if (time >= times) break;
    // An aborted wait is the end that was asked for.
    await wait(every * 1000, undefined, { signal }).catch(() => undefined);
  }
  return ExitCode.done;
}

function healthText({ status, checks }: Health): string[] {
  const rows = Object.entries(checks).map(([name, { status, detail = '' }]) =>
    `  ${name.padEnd(9)} ${status.padEnd(9)} ${detail}`.trimEnd(),
  );
  return [status, ...rows];
}
