import type { Command } from 'commander';
import { ApiError } from '../../client/errors.ts';
import type { Context, Does } from '../context.ts';
import { ExitCode, UsageError } from '../errors.ts';
import { formatCount, tableLines } from '../format.ts';
import { keysOfCollection, keysOfFile } from '../keys.ts';
import * as values from '../values.ts';
import { sampleOf } from '../verify/sample.ts';
import { type Finding, type Verdict, verify } from '../verify/verify.ts';

interface VerifyOptions {
  readonly keys?: string;
  readonly collection?: string;
  readonly sample?: number;
  readonly wait: number;
}

/** What the verdicts mean to people. */
const MEANINGS: Readonly<Record<Verdict, string>> = {
  equal: 'equal in cache and database',
  stored: 'stored while waiting',
  uncached: 'in the database only',
  missing: 'in neither, or deleted',
  different: 'different',
};

/** Comparing cache and database. */
export function verifyCommand(program: Command, does: Does): void {
  const command = program
    .command('verify')
    .summary('compare cache and database')
    .description(
      'Compare cache and database for items, and list those that differ. The API knows only the keys of listable collections; of others ' +
        'the keys must be given. A dirty item may take --wait seconds to be stored, at least the window, before it counts as different.',
    )
    .argument('[key...]', 'collection/id', values.keys)
    .option('--keys <file>', 'read keys from a file, one a line; - for standard input')
    .option('--collection <name>', 'all items of a listable collection')
    .option('--sample <n>', 'only so many of them, drawn at random', values.wholeNumber(1))
    .option('--wait <seconds>', 'how long a dirty item may take to be stored', values.number(0, 3600), 30);
  does(command, run);
}

async function run(context: Context, command: Command): Promise<ExitCode> {
  const options = command.opts<VerifyOptions>();
  const keys = await keysAsked(context, command.processedArgs[0], options);
  const counts = { equal: 0, stored: 0, uncached: 0, missing: 0, different: 0 };
  const different: Finding[] = [];
  const progress = context.progress(keys.length, 'items');
  const onFinding = (finding: Finding): void => {
    counts[finding.verdict] += 1;
    if (finding.verdict === 'different') different.push(finding);
    progress.add(1);
  };
  const { interrupted: signal } = context.terminal;
  await verify(context.api, keys, { waitMs: options.wait * 1000, onFinding, signal }).finally(progress.stop);
  const result = { keys: keys.length, ...counts, differences: different.map(({ consistency }) => consistency) };
  context.print(result, () => [
    ...different.flatMap(differenceText),
    ...tableLines(Object.entries(counts).map(([verdict, n]) => [MEANINGS[verdict as Verdict], formatCount(n)])),
  ]);
  if (signal.aborted) context.terminal.line('Interrupted: not all were compared.');
  return different.length > 0 || signal.aborted ? ExitCode.failed : ExitCode.done;
}

async function keysAsked(
  { api, terminal }: Context,
  given: readonly string[],
  { keys: file, collection, sample }: VerifyOptions,
): Promise<string[]> {
  const sources = [given.length > 0 ? given : undefined, file, collection].filter((source) => source !== undefined);
  if (sources.length !== 1) throw new UsageError('verify: needs either keys, --keys FILE or --collection NAME');
  const found =
    file !== undefined
      ? keysOfFile(file, terminal)
      : collection !== undefined
        ? listed(keysOfCollection(api, collection), collection)
        : given;
  return sampleOf(found, sample ?? Infinity);
}

async function* listed(keys: AsyncGenerator<string>, collection: string): AsyncGenerator<string> {
  try {
    yield* keys;
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'not-listable')) throw error;
    const reason = `${JSON.stringify(collection)} is not listable, so the API does not know its keys`;
    throw new UsageError(`--collection: ${reason}; give the keys, or --keys FILE`, { cause: error });
  }
}

function differenceText({ consistency: { key, cache, database, parked } }: Finding): string[] {
  const side = (it: typeof cache) => (it ? `version ${it.version}  ${JSON.stringify(it.value)}` : 'nothing');
  return [
    `different: ${key}${parked === undefined ? '' : `, parked: ${parked}`}`,
    `  cache     ${side(cache)}`,
    `  database  ${side(database)}`,
  ];
}
