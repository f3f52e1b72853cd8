import { parseArgs } from 'node:util';

/** A mistake in the command line. */
export class UsageError extends Error {}

/** What the command line of a local stack asks for. */
export interface Flags {
  readonly port: number;
  readonly window: number | undefined;
  readonly data: string | undefined;
  readonly env: string | undefined;
  readonly verbose: boolean;
  readonly help: boolean;
}

/** Answer to `--help`. @param program how the program was called */
export const usage = (program: string): string => `Usage: ${program} [options]

  --port N          port of the HTTP API on 127.0.0.1, 0 for any (default 3000)
  --window SECONDS  how long writes to a key gather before the flush, 0-900 (default 5)
  --data DIR        keep the data of the embedded servers in DIR (default: in memory)
  --env FILE        write what a program of yours needs to use the library on this stack: node --env-file=FILE
  --verbose         show each request, batch and sweep, and what the embedded servers print
  -h, --help        show this

Environment: VALKEY_URL, AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL_DYNAMODB (servers of your own; nothing is embedded for
them), POSTGRES_URL (a PostgreSQL that is the store instead of DynamoDB), VALKEY_SERVER (path of a server program, or
"embedded"), WRITE_BEHIND_SETTINGS (settings as JSON).
`;

/**
 * Reads the options.
 *
 * @throws {UsageError} naming the first option at fault
 */
export function readFlags(args: readonly string[]): Flags {
  const values = parse(args);
  const port = values.port === undefined ? 3000 : wholeNumber('--port', values.port, 65_535);
  const window = values.window === undefined ? undefined : wholeNumber('--window', values.window, 900);
  if (values.data === '') throw new UsageError('--data: must name a directory');
  if (values.env === '') throw new UsageError('--env: must name a file');
  return { port, window, data: values.data, env: values.env, verbose: values.verbose, help: values.help };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        window: { type: 'string' },
        data: { type: 'string' },
        env: { type: 'string' },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function wholeNumber(flag: string, text: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max) {
    throw new UsageError(`${flag}: must be a whole number from 0 to ${max}, not ${JSON.stringify(text)}`);
  }
  return value;
}
