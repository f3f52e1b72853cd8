import { writeFileSync } from 'node:fs';
import { localEnvironment } from '../lib/environment.ts';
import { ConfigurationError } from '../lib/errors.ts';
import { environmentFile } from './environment-file.ts';
import { readFlags, UsageError, usage } from './flags.ts';
import { type LocalStack, type StackOptions, startStack } from './stack.ts';

const FLUSH_LIMIT_MS = 20_000;
/** On Ctrl-C the terminal signals this process, and npm passes its own signal on: that is one request, not two. */
const SAME_SIGNAL_MS = 300;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/**
 * Runs the whole product on this machine until SIGTERM or Ctrl-C. Standard output carries one line, `ready URL`; all else goes to stderr.
 *
 * @param program how it was called, for its help
 * @returns the exit code: 0; 1 where it failed; 2 where an option or a setting is wrong
 */
export async function run(args: readonly string[], program: string): Promise<0 | 1 | 2> {
  try {
    await serve(args, program);
    return 0;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    if (error instanceof UsageError) say('--help shows the options.');
    return error instanceof UsageError || error instanceof ConfigurationError ? 2 : 1;
  }
}

async function serve(args: readonly string[], program: string): Promise<void> {
  const flags = readFlags(args);
  if (flags.help) {
    process.stdout.write(usage(program));
    return;
  }
  const environment = localEnvironment();
  const signalled = firstSignal();
  const stack = await start({
    environment,
    postgresUrl: environment.postgresUrl,
    port: flags.port,
    windowSeconds: flags.window,
    dataDir: flags.data,
    console: true,
    log: say,
    logLevel: flags.verbose ? 'INFO' : 'WARN',
    serverLog: flags.verbose ? say : undefined,
  });
  const store = stack.postgres.url === '' ? `dynamodb: ${stack.dynamodb.kind}` : `postgres: ${stack.postgres.kind}`;
  say(`valkey: ${stack.valkey.kind}, sqs: ${stack.sqs.kind}, ${store}`);
  const { checks } = await stack.cache.health();
  for (const [name, { detail }] of Object.entries(checks)) if (detail) say(`${name}: ${detail}`);
  if (flags.env !== undefined) writeFileSync(flags.env, environmentFile(stack.config));
  say(`console: ${stack.url.replace('127.0.0.1', 'localhost')}/console`);
  process.stdout.write(`ready ${stack.url}\n`);
  await signalled;
  await shutDown(stack);
}

async function start(options: StackOptions & { readonly port: number }): Promise<LocalStack> {
  try {
    return await startStack(options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new UsageError(`--port: ${options.port} is taken; choose another`, { cause: error });
  }
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
