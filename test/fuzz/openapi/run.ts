/**
 * Checks the API against its own description: `npm run fuzz:openapi`. Starts the stack on a free port of 127.0.0.1, lets schemathesis
 * (Python, in an environment of its own, made once) ask everything that `/openapi.json` describes, and ends what it started.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { localEnvironment } from '../../../lib/environment.ts';
import { startStack } from '../../../local/stack.ts';

const USAGE = `Usage: npm run fuzz:openapi -- [options]

  --seed N      seed of the requests, or "random" (default 1)
  --examples N  requests for each operation and phase (default 25)
  --help        show this
`;

const here = import.meta.dirname;
const PYTHON = { PYTHONDONTWRITEBYTECODE: '1', SCHEMATHESIS_HOOKS: join(here, 'checks.py') };
const PHASES = 'examples,coverage,fuzzing,stateful';

/** Something that has to be on the machine is not. */
class MissingError extends Error {}

/** Runs a program to its end; what it prints is shown. */
async function run(program: string, args: readonly string[], cwd: string): Promise<number> {
  const child = spawn(program, args, { cwd, stdio: 'inherit', env: { ...process.env, ...PYTHON } });
  const stop = (): void => void child.kill('SIGTERM');
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Makes an environment with schemathesis in it; every package is pinned. */
async function install(folder: string): Promise<string> {
  const { status, error } = spawnSync('python3', ['-m', 'venv', folder], { encoding: 'utf8' });
  if (error) throw new MissingError('python3 is missing. On Debian: apt-get install python3 python3-venv');
  if (status !== 0)
    throw new MissingError('python3 cannot make a virtual environment. On Debian: apt-get install python3-venv');
  const requirements = join(here, 'requirements.txt');
  const code = await run(
    join(folder, 'bin/pip'),
    ['install', '--quiet', '--disable-pip-version-check', '-r', requirements],
    folder,
  );
  if (code !== 0)
    throw new MissingError('pip could not install schemathesis (above it says why); it needs a package index.');
  return join(folder, 'bin/schemathesis');
}

async function fuzz(schemathesis: string, folder: string, seed: string, examples: string): Promise<number> {
  const stack = await startStack({
    port: 0,
    windowSeconds: 1,
    environment: localEnvironment(),
    settings: { collections: { plain: {}, audited: { audited: true }, listable: { listable: true } } },
  });
  try {
    const config = ['--config-file', join(here, 'schemathesis.toml')];
    const how = [
      '--phases',
      PHASES,
      '--max-examples',
      examples,
      '--seed',
      seed,
      '--no-color',
      '--generation-database',
      'none',
    ];
    return await run(schemathesis, [...config, 'run', `${stack.url}/openapi.json`, '--url', stack.url, ...how], folder);
  } finally {
    await stack.stop();
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      examples: { type: 'string', default: '25' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const seed = values.seed === 'random' ? String(Math.floor(Math.random() * 2 ** 31)) : values.seed;
  const folder = mkdtempSync(join(tmpdir(), 'write-behind-fuzz-'));
  try {
    return await fuzz(await install(folder), folder, seed, values.examples);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  process.exit(await main());
} catch (error) {
  if (!(error instanceof MissingError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
