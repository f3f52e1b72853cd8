import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { ConfigurationError } from '../../lib/errors.ts';
import { CommandError, ProgramFailedError, UsageError } from './errors.ts';

/** Options that every command has. */
const COMMON = { help: { type: 'boolean', default: false } } as const satisfies ParseArgsOptionsConfig;

/**
 * Reads a command line: options, and after `--` what is passed on to another program.
 *
 * @throws {UsageError} naming the first argument at fault
 */
export function readArguments<Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options) {
  const terminator = args.indexOf('--');
  const own = terminator < 0 ? args : args.slice(0, terminator);
  const passedOn = terminator < 0 ? [] : args.slice(terminator + 1);
  try {
    const { values } = parseArgs({ args: [...own], options: { ...options, ...COMMON } });
    return { values, passedOn };
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Tells the person at the terminal something; standard output is for results. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Runs a command to its end: 2 is the exit code of mistakes in the options, a failed program's own is passed on, else 1. */
export async function runCommand(command: (args: readonly string[]) => Promise<void>): Promise<void> {
  try {
    await command(process.argv.slice(2));
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ProgramFailedError) return error.exitCode;
  if (error instanceof UsageError || error instanceof ConfigurationError) {
    say(error.message);
    if (error instanceof UsageError) say('--help shows the options.');
    return 2;
  }
  say(error instanceof CommandError ? error.message : ((error as Error).stack ?? String(error)));
  return 1;
}
