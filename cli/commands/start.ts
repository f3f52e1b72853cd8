import type { Command } from 'commander';
import type { Does } from '../context.ts';
import { UsageError } from '../errors.ts';
import { withGenerated } from '../generated.ts';

/** The whole product on this machine. */
export function startCommand(program: Command, does: Does): void {
  const command = program
    .command('start')
    .summary('run the whole product on this machine')
    .description(
      'Run the whole product on this machine, with embedded servers where none are given, until Ctrl-C: the API, its console, the flush and ' +
        'the sweep.',
    )
    // Its options are its own, and so is its help.
    .helpOption(false)
    .allowUnknownOption()
    .argument('[options...]', 'its own; --help lists them');
  does(command, async (context, { args }) => {
    if (context.options.json) throw new UsageError('--json: what is started prints text only');
    const { run } = await withGenerated(() => import('../../local/start.ts'));
    return run(args, 'write-behind start');
  });
}
