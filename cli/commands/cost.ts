import type { Command } from 'commander';
import type { Does } from '../context.ts';
import { explanation } from '../cost/explain.ts';
import { readFlags, USAGE } from '../cost/flags.ts';
import { overviewOf, overviewText } from '../cost/overview.ts';
import { capacityReportOf, reportOf, resultOf } from '../cost/report.ts';
import { isLoaded } from '../cost/workload.ts';
import { ExitCode } from '../errors.ts';

/** What a deployment costs at idle, what writes cost, and which quotas a load comes up against. */
export function costCommand(program: Command, does: Does): void {
  const command = program
    .command('cost')
    .summary('reckon what a deployment costs')
    .description(
      'Reckon what a deployment costs at idle, what a million writes cost at each level, and which quotas a load comes up against. It does ' +
        'not call the API.',
    )
    // Its options are its own, and so is its help.
    .helpOption(false)
    .allowUnknownOption()
    .argument('[options...]', 'those of the calculator; --help lists them');
  does(command, async (context, { args }) => {
    const { workload, capacity, overview, explain, help } = readFlags(args);
    if (help) context.terminal.out(USAGE);
    else if (explain) context.terminal.out(explanation());
    else if (overview) print(overviewOf(workload, overview.keys), () => overviewText(workload, overview.keys));
    else
      print(resultOf(workload), () =>
        capacity && isLoaded(workload) ? capacityReportOf(workload) : reportOf(workload),
      );
    return ExitCode.done;

    function print(result: unknown, text: () => string): void {
      context.print(result, () => text().trimEnd());
    }
  });
}
