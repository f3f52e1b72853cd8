import type { Command } from 'commander';
import { MAX_SHARDS } from '../../lib/settings.ts';
import type { Does } from '../context.ts';
import { ExitCode } from '../errors.ts';
import { formatCount } from '../format.ts';
import { connectLibrary } from '../library.ts';
import * as values from '../values.ts';

interface Options {
  readonly shards: number;
  readonly envFile?: string;
}

/** Another number of shards. */
export function reshapeCommand(program: Command, does: Does): void {
  const command = program
    .command('reshape')
    .summary('move the items to another number of shards')
    .description(
      'Move the items to another number of shards while they are read and written; writes wait for part of a second. It does not call the ' +
        'API: it needs to reach Valkey, the queue and the database themselves, with the variables that warm needs and the right to store.',
    )
    .requiredOption(
      '--shards <n>',
      `how many from now on, 1 to ${formatCount(MAX_SHARDS)}; required`,
      values.wholeNumber(1, MAX_SHARDS),
    )
    .option('--env-file <file>', 'variables to use before those of the environment, as start --env FILE writes them');
  does(command, async (context, command) => {
    const { shards, envFile } = command.opts<Options>();
    const cache = await connectLibrary(envFile);
    try {
      const report = await cache.reshape({ shards });
      const { formerShards, closedMs } = report;
      context.print(report, () =>
        formerShards === shards
          ? `there are ${formatCount(shards)} shards already`
          : `moved from ${formatCount(formerShards)} to ${formatCount(shards)} shards; writes waited for ${Math.round(closedMs)} ms`,
      );
      return ExitCode.done;
    } finally {
      await cache.close();
    }
  });
}
