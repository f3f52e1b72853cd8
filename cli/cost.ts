/** `npm run cost`: what a deployment costs at idle, and what writes cost. */
import { explanation } from './cost/explain.ts';
import { readFlags, USAGE } from './cost/flags.ts';
import { reportOf, resultOf } from './cost/report.ts';
import { UsageError } from './errors.ts';

function output(args: readonly string[]): string {
  const { workload, json, explain, help } = readFlags(args);
  if (help) return USAGE;
  if (explain) return explanation();
  return json ? `${JSON.stringify(resultOf(workload), null, 2)}\n` : reportOf(workload);
}

try {
  process.stdout.write(output(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\nnpm run cost -- --help lists the options.`);
  process.exitCode = 1;
}
