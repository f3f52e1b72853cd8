import type { Command } from 'commander';
import { NotStoredError } from '../../client/errors.ts';
import type { Does } from '../context.ts';
import { CommandError, ExitCode } from '../errors.ts';
import * as values from '../values.ts';

interface WaitOptions {
  readonly version?: number;
  readonly timeout: number;
}

/** Waiting until the database has what was written. */
export function waitCommand(program: Command, does: Does): void {
  const command = program
    .command('wait')
    .summary('wait until the database has an item as it is now')
    .description(
      'Wait until the database has an item at the version that is cached now, or at --version, or newer, for tests and for whoever reads the table. ' +
        'Ends with exit code 1 when the time is over, where the item is parked, or where there has never been one.',
    )
    .argument('<key>', 'collection/id', values.key)
    .option('--version <n>', 'at this version or a newer one', values.wholeNumber(1))
    .option('--timeout <seconds>', 'how long to wait', values.number(0, 86_400), 30);
  does(command, async (context, self) => {
    const { version, timeout } = self.opts<WaitOptions>();
    const key = self.processedArgs[0] as string;
    const { interrupted: signal } = context.terminal;
    try {
      const stored = await context.api.untilStored(key, {
        timeoutMs: timeout * 1000,
        signal,
        ...(version !== undefined && { version }),
      });
      if (stored === 0)
        throw new CommandError(`There is no item ${JSON.stringify(key)}, and none waits to be stored.`, 'no-such-item');
      context.print({ key, stored: true, version: stored }, () => [`${key} is stored at version ${stored}`]);
      return ExitCode.done;
    } catch (error) {
      if (!(error instanceof NotStoredError)) throw error;
      context.print({ key, stored: false, version: error.storedVersion }, () => [error.message]);
      return ExitCode.failed;
    }
  });
}
