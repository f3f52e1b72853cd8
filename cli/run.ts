import { CommanderError } from 'commander';
import { ApiError, ApiUnreachableError } from '../client/errors.ts';
import {
  CacheOutcomeUnknownError,
  CacheUnavailableError,
  ConfigurationError,
  InvalidInputError,
  StoreUnavailableError,
  WriteBehindError,
} from '../lib/errors.ts';
import { MissingPackagesError } from '../local/needed-packages.ts';
import { CommandError, ExitCode, UsageError } from './errors.ts';
import { createProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/** Answers of the API that mean "not now". */
const NOT_NOW: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Commander's code of a command line without a command: the help was shown, and that was not asked for. */
const HELP = 'commander.help';

/** Carries out a command line. What goes wrong is one line on standard error; only a fault of the program itself is thrown. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = ExitCode.done;
  const program = createProgram(terminal, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && (error.exitCode === 0 || error.code === HELP)) {
      return error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
    }
    const { exitCode, shown } = failureOf(error, terminal);
    // Where the command line is wrong it may not have been read so far.
    const json = program.opts().json || args.includes('--json');
    terminal.line(json ? JSON.stringify({ error: shown }) : shown.message);
    return exitCode;
  }
}

interface Failure {
  readonly exitCode: ExitCode;
  readonly shown: { readonly code: string; readonly message: string; readonly problem?: unknown };
}

/** @throws what no command throws on purpose */
function failureOf(error: unknown, terminal: Terminal): Failure {
  if (error instanceof ApiError) {
    const { code, message, problem, status } = error;
    return { exitCode: NOT_NOW.has(status) ? ExitCode.later : ExitCode.failed, shown: { code, message, problem } };
  }
  if (error instanceof ApiUnreachableError) {
    const message = `${error.message} ${reasonOf(error)} Is it running, and is --api right?`;
    return { exitCode: ExitCode.later, shown: { code: 'unreachable', message } };
  }
  if (error instanceof UsageError || error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '');
    return { exitCode: ExitCode.usage, shown: { code: 'usage', message } };
  }
  if (error instanceof WriteBehindError) {
    const { code, message } = error;
    return { exitCode: exitCodeOf(error), shown: { code, message } };
  }
  if (error instanceof CommandError || error instanceof MissingPackagesError) {
    const { code, message } = error;
    return { exitCode: ExitCode.failed, shown: { code, message } };
  }
  if (error instanceof Error && terminal.interrupted.aborted) {
    return { exitCode: ExitCode.failed, shown: { code: 'interrupted', message: 'Interrupted.' } };
  }
  throw error;
}

/** Of commands that use the library itself. */
function exitCodeOf(error: WriteBehindError): ExitCode {
  if (error instanceof ConfigurationError || error instanceof InvalidInputError) return ExitCode.usage;
  const away = [CacheUnavailableError, CacheOutcomeUnknownError, StoreUnavailableError];
  return away.some((kind) => error instanceof kind) ? ExitCode.later : ExitCode.failed;
}

/** What `fetch` hides in the cause of its cause, such as ECONNREFUSED. */
function reasonOf({ cause }: Error): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  if (!(inner instanceof Error)) return '';
  const code = 'code' in inner ? String(inner.code) : '';
  return `${inner.message || code}.`;
}
