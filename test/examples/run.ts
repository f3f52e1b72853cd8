import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { localEnvironment } from '../../lib/environment.ts';
import type { SettingsInput } from '../../lib/settings.ts';
import { type LocalStack, startStack } from '../../local/stack.ts';
import { patient } from '../support/patient.ts';

/** Path of a file of the examples. */
export function programOf(path: string): string {
  return join(import.meta.dirname, '..', '..', 'examples', path);
}

/** A local stack with the settings of an example, or some of them changed. */
export function stackFor(example: string, changed: SettingsInput = {}): Promise<LocalStack> {
  const settings = JSON.parse(readFileSync(programOf(`${example}/settings.json`), 'utf8'));
  return startStack({ port: 0, environment: localEnvironment(), settings: { ...patient, ...settings, ...changed } });
}

/** Runs a program of the examples until it ends. */
export async function run(program: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [programOf(program), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [[code], ...printed] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  return { code: code as number, output: printed.join('') };
}
