import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import type { PauseOptions } from '../../lib/flush/flushing.ts';
import type { Context, Does } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { flushingText } from '../flushing-text.ts';
import * as values from '../values.ts';

const ASK_EVERY_MS = 1000;
/** An event source takes seconds to stop, rarely more. */
const ASK_TIMES = 60;

/** Holding what is to be flushed, and letting it go on. */
export function pauseCommands(program: Command, does: Does): void {
  const pause = program
    .command('pause')
    .summary('flush nothing, for a maintenance window')
    .description(
      'Flush nothing until resume: writes go on and wait, up to the bound. Ends when nothing more is handed to the flush; batches ' +
        'under way are flushed to their end. Harmless to repeat.',
    )
    .option('--reason <text>', 'why, for those who see it')
    .option('--actor <name>', 'who pauses (default: who signs)');
  does(pause, async (context, command) => {
    const report = await untilHeld(context, command.opts<PauseOptions>());
    context.print(report, () =>
      report.held ? flushingText(report) : `${flushingText(report)}; signals are still handed out: ask again`,
    );
    return report.held ? ExitCode.done : ExitCode.later;
  });

  const resume = program
    .command('resume')
    .summary('flush again')
    .description(
      'Flush again: what waited, and what is written from now on. Harmless to repeat; a repeat changes the rate. With --rate it takes up ' +
        'to 15 s where the pause has only begun.',
    )
    .option(
      '--rate <n>',
      'items a second of what waited, over all flushes (default: no limit)',
      values.number(1, 100_000),
    );
  does(resume, async (context, command) => {
    const { rate } = command.opts<{ readonly rate?: number }>();
    const state = await context.api.resume(rate === undefined ? {} : { itemsPerSecond: rate });
    context.print(state, () => `flushing ${flushingText(state)}`);
    return ExitCode.done;
  });
}

async function untilHeld({ api, terminal: { interrupted: signal } }: Context, who: PauseOptions) {
  for (let time = 1; ; time += 1) {
    const report = await api.pause(who);
    if (report.held || time === ASK_TIMES || signal.aborted) return report;
    await wait(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
