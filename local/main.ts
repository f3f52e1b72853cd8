/** `npm start`: the whole product on this machine. Standard output carries one line, `ready URL`; all else goes to stderr. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { localEnvironment } from '../lib/config.ts';
import { ConfigurationError } from '../lib/errors.ts';
import { environmentFile } from './environment-file.ts';
import { type LocalStack, type StackOptions, startStack } from './stack.ts';

const USAGE = `Usage: npm start -- [options]

  --port N          port of the HTTP API on 127.0.0.1, 0 for any (default 3000)
  --window SECONDS  how long writes to a key gather before the flush, 0-900 (default 5)
  --data DIR        keep the data of the embedded servers in DIR (default: in memory)
  --env FILE        write what a program of yours needs to use the library on this stack: node --env-file=FILE
  --verbose         show each request, batch and sweep, and what the embedded servers print
  --help            show this

Environment: VALKEY_URL, AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL_DYNAMODB (servers of your own; nothing is embedded for
them), VALKEY_SERVER (path of a server program, or "embedded"), WRITE_BEHIND_SETTINGS (settings as JSON).
`;

const FLUSH_LIMIT_MS = 20_000;
/** On Ctrl-C the terminal signals this process, and npm passes its own signal on: that is one request, not two. */
const SAME_SIGNAL_MS = 300;

/** A mistake in the command line. */
class UsageError extends Error {}

interface Flags {
  readonly port: number;
  readonly window: number | undefined;
  readonly data: string | undefined;
  readonly env: string | undefined;
  readonly verbose: boolean;
  readonly help: boolean;
}

function readFlags(): Flags {
  const { values } = parse();
  const port = values.port === undefined ? 3000 : wholeNumber('--port', values.port, 65_535);
  const window = values.window === undefined ? undefined : wholeNumber('--window', values.window, 900);
  if (values.data === '') throw new UsageError('--data: must name a directory');
  if (values.env === '') throw new UsageError('--env: must name a file');
  return { port, window, data: values.data, env: values.env, verbose: values.verbose, help: values.help };
}

function parse() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string' },
        window: { type: 'string' },
        data: { type: 'string' },
        env: { type: 'string' },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
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

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function shutDown(stack: LocalStack): Promise<void> {
  say('finishing what is in flight');
  await stack.quiesce();
  say(`flushing, for up to ${FLUSH_LIMIT_MS / 1000} s`);
  try {
    const { flushed, failed, failures, remaining } = await stack.cache.flush({ deadlineMs: FLUSH_LIMIT_MS });
    say(`flushed ${flushed}, failed ${failed}, remaining ${remaining}`);
    for (const { key, reason } of failures) say(`  ${key}: ${reason}`);
  } catch (error) {
    say(`could not flush, items may remain: ${error instanceof Error ? error.message : error}`);
  }
  await stack.stop();
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
function firstSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let firstAt: number | undefined;
  const onSignal = (): void => {
    const now = Date.now();
    if (firstAt !== undefined && now - firstAt > SAME_SIGNAL_MS) process.exit(130);
    firstAt ??= now;
    resolve();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return promise;
}

async function start(options: StackOptions & { readonly port: number }): Promise<LocalStack> {
  try {
    return await startStack(options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new UsageError(`--port: ${options.port} is taken; choose another`, { cause: error });
  }
}

async function main(): Promise<void> {
  const flags = readFlags();
  if (flags.help) {
    process.stdout.write(USAGE);
    return;
  }
  const signalled = firstSignal();
  const stack = await start({
    environment: localEnvironment(),
    port: flags.port,
    windowSeconds: flags.window,
    dataDir: flags.data,
    console: true,
    log: say,
    logLevel: flags.verbose ? 'INFO' : 'WARN',
    serverLog: flags.verbose ? say : undefined,
  });
  say(`valkey: ${stack.valkey.kind}, sqs: ${stack.sqs.kind}, dynamodb: ${stack.dynamodb.kind}`);
  const { checks } = await stack.cache.health();
  for (const [name, { detail }] of Object.entries(checks)) if (detail) say(`${name}: ${detail}`);
  if (flags.env !== undefined) writeFileSync(flags.env, environmentFile(stack.config));
  say(`console: ${stack.url.replace('127.0.0.1', 'localhost')}/console`);
  process.stdout.write(`ready ${stack.url}\n`);
  await signalled;
  await shutDown(stack);
}

try {
  await main();
} catch (error) {
  if (error instanceof UsageError || error instanceof ConfigurationError) {
    say(error.message);
    if (error instanceof UsageError) say('--help shows the options.');
    process.exit(2);
  }
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
process.exit(0);
