import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ProgramFailedError } from './errors.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = fileURLToPath(import.meta.resolve('aws-cdk/bin/cdk'));
/** Signals that end a command; the terminal sends them to cdk as well, which stops in its own way. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Options of {@link runCdk}. */
export interface CdkOptions {
  /** The stage to synthesize; each has a folder of its own, so that they can be deployed side by side. */
  readonly stage: string;
  /** The whole environment of the program. @default this program's */
  readonly variables?: NodeJS.ProcessEnv;
}

/**
 * Runs the cdk of this project's dependencies on a stage, with our input and output.
 *
 * @throws {ProgramFailedError} with its exit code
 */
export async function runCdk(args: readonly string[], { stage, variables }: CdkOptions): Promise<void> {
  const [command, ...options] = args;
  const all = [command!, '--context', `stage=${stage}`, '--output', `cdk.out/${stage}`, ...options];
  const cdk = spawn(process.execPath, [PROGRAM, ...all], {
    cwd: ROOT,
    stdio: 'inherit',
    ...(variables && { env: variables }),
  });
  const passOn = (signal: NodeJS.Signals) => void cdk.kill(signal);
  for (const signal of SIGNALS) process.on(signal, passOn);
  try {
    const [code] = await once(cdk, 'close');
    if (code !== 0) throw new ProgramFailedError('cdk', code ?? 1);
  } finally {
    for (const signal of SIGNALS) process.off(signal, passOn);
  }
}
