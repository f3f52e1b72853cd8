import type { Command } from 'commander';
import { needPackages } from '../../local/needed-packages.ts';
import type { Does } from '../context.ts';
import { UsageError } from '../errors.ts';
import { withGenerated } from '../generated.ts';

/** What the package leaves out: 42 MB that only the demo reads. */
const NEEDED = [
  { name: 'vega-datasets', purpose: 'flight records' },
  { name: 'hyparquet', purpose: 'their format' },
];

/** The demo. */
export function demoCommand(program: Command, does: Does): void {
  const command = program
    .command('demo')
    .summary('run the demo on this machine')
    .description(
      'Run the demo on this machine: one flight step by step, then real flight records, checked against the table.',
    )
    // Its options are its own, and so is its help.
    .helpOption(false)
    .allowUnknownOption()
    .argument('[options...]', 'those of the demo; --help lists them');
  does(command, async (context, { args }) => {
    if (context.options.json)
      throw new UsageError('--json: the demo prints text only; its exit code says whether all was right');
    needPackages(NEEDED);
    const { demo } = await withGenerated(() => import('../demo/main.ts'));
    return demo(args, 'write-behind demo');
  });
}
