import { localEnvironment } from '../../lib/environment.ts';
import { ExitCode } from '../errors.ts';
import { readFlags, usage } from './flags.ts';
import { runDemo } from './run.ts';

/**
 * Runs the demo with its options.
 *
 * @param program how it was called, for its help
 * @throws {UsageError} an option is wrong
 * @throws {DemoError} something failed on the way
 */
export async function demo(args: readonly string[], program: string): Promise<ExitCode> {
  const flags = readFlags(args);
  if (flags.help) {
    process.stdout.write(usage(program));
    return ExitCode.done;
  }
  return (await runDemo(flags, localEnvironment())) ? ExitCode.done : ExitCode.failed;
}
