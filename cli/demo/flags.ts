import { parseArgs } from 'node:util';
import { type Durability, durability } from '../../lib/settings.ts';
import { UsageError } from '../errors.ts';

/** What the command line asks for. */
export interface Flags {
  /** Wait for Enter between the steps. */
  readonly interactive: boolean;
  /** Show the calls to Valkey, SQS and DynamoDB in the steps. */
  readonly verbose: boolean;
  /** Empty cache and queue first. */
  readonly flush: boolean;
  /** Row of the file, counted from 0. */
  readonly flightId: number;
  /** Level of the writes in the steps. */
  readonly durability: Durability;
  /** Records to replay; `undefined`: what the Valkey at hand is good for. */
  readonly records: number | undefined;
  readonly windowSeconds: number;
  readonly help: boolean;
}

/** Records replayed where `--records` does not say. */
export const DEFAULT_RECORDS = { realValkey: 100_000, javaScriptValkey: 30_000 };

const LARGEST_WINDOW_SECONDS = 900;
const count = new Intl.NumberFormat('en-US');

/** Answer to `--help`. @param program how the demo was called */
export const usage = (program: string): string => `Usage: ${program} [options]

Nine steps on one flight record, then a replay of United States flight records, then a comparison of the table with the file.

  -i, --interactive      wait for Enter between the steps
  -v, --verbose          show the calls to Valkey, SQS and DynamoDB in the steps
  -f, --flush            empty cache and queue first, and take the demo's items out of the table
  --flight-id N          the flight of the steps, a row of the file counted from 0 (default 115)
  --durability LEVEL     cache, queue or database: level of the writes in the steps (default queue)
  --records N            records to replay, 0 for none (default ${count.format(DEFAULT_RECORDS.realValkey)}; ${count.format(DEFAULT_RECORDS.javaScriptValkey)} without a real Valkey)
  --window SECONDS       how long writes to a key gather before the flush, 0-${LARGEST_WINDOW_SECONDS} (default 5)
  -h, --help             show this

Environment: as for the local stack (VALKEY_URL, AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL_DYNAMODB, VALKEY_SERVER).
Exit code: 0 if the table holds exactly what the file says, 1 if not or if something fails, 2 for a mistake in the options.
`;

/**
 * Reads the options.
 *
 * @throws {UsageError} naming the first option at fault
 */
export function readFlags(args: readonly string[]): Flags {
  const values = parse(args);
  const level = durability.safeParse(values.durability);
  if (!level.success) {
    throw new UsageError(
      `--durability: must be ${durability.options.join(', ')}, not ${JSON.stringify(values.durability)}`,
    );
  }
  return {
    interactive: values.interactive,
    verbose: values.verbose,
    flush: values.flush,
    help: values.help,
    durability: level.data,
    flightId: wholeNumber('--flight-id', values['flight-id']),
    records: values.records === undefined ? undefined : wholeNumber('--records', values.records),
    windowSeconds: wholeNumber('--window', values.window, LARGEST_WINDOW_SECONDS),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        interactive: { type: 'boolean', short: 'i', default: false },
        verbose: { type: 'boolean', short: 'v', default: false },
        flush: { type: 'boolean', short: 'f', default: false },
        'flight-id': { type: 'string', default: '115' },
        durability: { type: 'string', default: 'queue' },
        records: { type: 'string' },
        window: { type: 'string', default: '5' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function wholeNumber(flag: string, text: string, max = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? 'a whole number' : `a whole number from 0 to ${max}`;
  throw new UsageError(`${flag}: must be ${range}, not ${JSON.stringify(text)}`);
}
