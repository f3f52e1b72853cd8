import { type Command, Option } from 'commander';
import { atRate, whenAnswered } from '../../bench/load/arrivals.ts';
import { uniform, zipf } from '../../bench/load/choosers.ts';
import { startCoalescing } from '../../bench/load/coalescing.ts';
import { runLoad } from '../../bench/load/run.ts';
import { seedItems } from '../../bench/load/seed-items.ts';
import { operationsOf, workloads } from '../../bench/load/workload.ts';
import type { Context, Does } from '../context.ts';
import { ExitCode, UsageError } from '../errors.ts';
import * as values from '../values.ts';
import { durabilityOption } from './items.ts';
import type { LoadOptions } from './load-options.ts';
import { startLoadProgress } from './load-progress.ts';
import { type LoadReport, loadText, reportOf } from './load-report.ts';

const DEFAULT_SECONDS = 10;
const CLOSED_LANES = 8;
const OPEN_LANES = 64;

/** Putting load on an API. */
export function loadCommand(program: Command, does: Does): void {
  const command = program
    .command('load')
    .summary('put load on the API, and measure')
    .description(
      'Put load on the API as YCSB does, and report latencies, throughput, errors and how writes coalesced. Without --rate each lane sends ' +
        'when it was answered; with it operations are due at a constant rate, and their latency counts from then. What fails is counted, ' +
        'not repeated, unless --retries says so.',
    )
    .addOption(
      new Option(
        '--workload <name>',
        'A: half reads, half updates; B: 95 % reads; D: 95 % reads of what was inserted last; F: half read-modify-writes',
      )
        .choices(Object.keys(workloads))
        .default('A'),
    )
    .addOption(
      new Option('--distribution <name>', 'which items are chosen; D always has its own way')
        .choices(['zipf', 'uniform'])
        .default('zipf'),
    )
    .option('--keys <n>', 'how many items', values.wholeNumber(1, 99_999_999), 1000)
    .option('--value-bytes <n>', 'payload of an item', values.wholeNumber(1, 350_000), 100)
    .option('--collection <name>', 'collection of the items, which are overwritten', collectionName, 'load')
    .option('--rate <n>', 'operations a second, whatever the API does', values.number(0.01, 1_000_000))
    .option(
      '--lanes <n>',
      `operations under way at once (default: ${CLOSED_LANES}; ${OPEN_LANES} with --rate)`,
      values.wholeNumber(1, 10_000),
    )
    .option(
      '--duration <seconds>',
      `end after so long (default: ${DEFAULT_SECONDS}, unless --operations is given)`,
      values.number(0.1, 86_400),
    )
    .option('--operations <n>', 'end after so many', values.wholeNumber(1))
    .addOption(durabilityOption())
    .option('--seed <n>', 'the same seed makes the same operations', values.wholeNumber(0), 1)
    .option(
      '--drain <seconds>',
      'how long to wait for everything to be stored, before and after',
      values.number(0, 3600),
      60,
    )
    .option('--no-prepare', 'do not put the items first: they are there');
  does(command, async (context) => {
    const report = await load(context, optionsOf(command));
    context.print(report, () => loadText(report));
    return Object.keys(report.errors).length > 0 ? ExitCode.failed : ExitCode.done;
  });
}

function optionsOf(command: Command): LoadOptions {
  const options = command.opts<LoadOptions>();
  const limited = options.duration !== undefined || options.operations !== undefined;
  return limited ? options : { ...options, duration: DEFAULT_SECONDS };
}

function collectionName(text: string): string {
  if (text.includes('/')) throw new UsageError(`--collection: must not have a slash, got ${JSON.stringify(text)}`);
  values.key(`${text}/1`);
  return text;
}

async function load(context: Context, options: LoadOptions): Promise<LoadReport> {
  const { keys, rate, durability, duration, operations, drain } = options;
  const lanes = options.lanes ?? (rate === undefined ? CLOSED_LANES : OPEN_LANES);
  const drainMs = drain * 1000;
  const { interrupted: signal } = context.terminal;
  if (options.prepare) {
    const progress = context.progress(keys, 'items put');
    const count = await startCoalescing(context.api, drainMs);
    await seedItems(context.api, options, progress.add).finally(progress.stop);
    // What was put must not count as stored by the load.
    await count(signal);
  }
  const counted = await startCoalescing(context.api, drainMs);
  const progress = startLoadProgress(context.terminal, { operations, seconds: duration });
  const result = await runLoad(context.apiWith({ retries: 0 }), {
    operations: operationsOf({ ...options, choose: options.distribution === 'uniform' ? uniform : zipf() }),
    lanes,
    arrivals: rate === undefined ? whenAnswered : atRate(rate),
    signal,
    onOperation: progress.operation,
    ...(durability !== undefined && { durability }),
    ...(operations !== undefined && { maxOperations: operations }),
    ...(duration !== undefined && { maxSeconds: duration }),
  }).finally(progress.stop);
  context.terminal.line('Waiting until everything is stored.');
  return reportOf(options, lanes, result, await counted(signal));
}
