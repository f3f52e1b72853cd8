import type { Command } from 'commander';
import type { WarmReport, WarmTarget } from '../../lib/read/warm.ts';
import type { Context, Does } from '../context.ts';
import { ExitCode, UsageError } from '../errors.ts';
import { formatCount } from '../format.ts';
import { keysOfFile } from '../keys.ts';
import { connectLibrary } from '../library.ts';
import type { Progress } from '../progress.ts';
import * as values from '../values.ts';

interface Options {
  readonly keys?: string;
  readonly collection?: string;
  readonly rate?: number;
  readonly envFile?: string;
}

/** Loading items ahead of their readers. */
export function warmCommand(program: Command, does: Does): void {
  const command = program
    .command('warm')
    .summary('load items into the cache ahead of their readers')
    .description(
      'Load items into the cache ahead of their readers. It does not call the API: it needs to reach Valkey and DynamoDB themselves, as a ' +
        'program in the VPC does, with VALKEY_URL, QUEUE_URL, DEAD_LETTER_QUEUE_URL and TABLE_NAME in the environment or in a file, and AWS ' +
        'credentials that may read the table (dynamodb:GetItem; for a collection dynamodb:Scan, of all of the table).',
    )
    .argument('[key...]', 'collection/id', values.keys)
    .option('--keys <file>', 'read keys from a file, one a line; - for standard input')
    .option('--collection <name>', 'all items of a collection; the whole table is scanned')
    .option('--rate <n>', 'items to read from DynamoDB a second at most (default: 500)', values.wholeNumber(1, 10_000))
    .option('--env-file <file>', 'variables to use before those of the environment, as start --env FILE writes them');
  does(command, async (context, command) => {
    const options = command.opts<Options>();
    const target = targetOf(command.processedArgs[0], options, context);
    const report = await warm(context, target, options);
    const { seen, loaded, skipped, missing } = report;
    context.print(
      report,
      () =>
        `${formatCount(loaded)} of ${formatCount(seen)} loaded, ${formatCount(skipped)} cached already, ${formatCount(missing)} do not exist`,
    );
    return ExitCode.done;
  });
}

function targetOf(given: readonly string[], { keys, collection }: Options, { terminal }: Context): WarmTarget {
  const sources = [given.length > 0 ? given : undefined, keys, collection].filter((source) => source !== undefined);
  if (sources.length !== 1) throw new UsageError('warm: needs either keys, --keys FILE or --collection NAME');
  if (collection !== undefined) return { collection };
  return { keys: keys === undefined ? given : keysOfFile(keys, terminal) };
}

async function warm(context: Context, target: WarmTarget, { rate, envFile }: Options): Promise<WarmReport> {
  const cache = await connectLibrary(envFile);
  let progress: Progress | undefined;
  let shown = 0;
  try {
    return await cache.warm(target, {
      signal: context.terminal.interrupted,
      ...(rate !== undefined && { itemsPerSecond: rate }),
      onProgress: ({ seen, total }) => {
        // How many a collection has is known when the last one was found.
        if (total === undefined || total === 0) return;
        progress ??= context.progress(total, 'items');
        progress.add(seen - shown);
        shown = seen;
      },
    });
  } finally {
    progress?.stop();
    await cache.close();
  }
}
