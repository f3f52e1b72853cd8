/** `npm run cost`: what a deployment costs at idle, what writes cost, and which quotas a load comes up against. */
import { explanation } from './cost/explain.ts';
import { readFlags, USAGE } from './cost/flags.ts';
import { overviewOf, overviewText } from './cost/overview.ts';
import { capacityReportOf, reportOf, resultOf } from './cost/report.ts';
import { isLoaded } from './cost/workload.ts';
import { UsageError } from './errors.ts';

function output(args: readonly string[]): string {
  const { workload, capacity, overview, json, explain, help } = readFlags(args);
  if (help) return USAGE;
  if (explain) return explanation();
  if (json) return `${JSON.stringify(overview ? overviewOf(workload, overview.keys) : resultOf(workload), null, 2)}\n`;
  if (overview) return overviewText(workload, overview.keys);
  return capacity && isLoaded(workload) ? capacityReportOf(workload) : reportOf(workload);
}

try {
  process.stdout.write(output(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\nnpm run cost -- --help lists the options.`);
  process.exitCode = 1;
}
