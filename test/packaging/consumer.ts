import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The checkout that is packed. */
export const root = join(import.meta.dirname, '../..');

/** What a command came to. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What `npm run` says of the checkout, and what could stand in for credentials, is not for the commands of another project. */
const OURS = /^(npm_(package|lifecycle)_|npm_config_local_prefix$|INIT_CWD$|AWS_|VALKEY_|WRITE_BEHIND_|NODE_OPTIONS$)/;

const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name)));

/** Runs a program to its end. */
export async function run(directory: string, program: string, args: readonly string[]): Promise<Ended> {
  try {
    const options = { cwd: directory, env: environment, maxBuffer: 64 << 20 };
    const { stdout, stderr } = await promisify(execFile)(program, args, options);
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { code, out: stdout ?? '', err: stderr ?? '' };
  }
}

/** Another project, in a directory of its own, outside of the checkout. */
export class Consumer {
  readonly directory: string;

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'write-behind-consumer-'));
    cpSync(join(import.meta.dirname, 'consumer'), this.directory, { recursive: true });
  }

  path(...names: readonly string[]): string {
    return join(this.directory, ...names);
  }

  /** Runs a command line there, without a shell. @throws where it fails, with what it printed */
  async run(commandLine: string): Promise<string> {
    const { code, out, err } = await this.attempt(commandLine);
    if (code !== 0) throw new Error(`${commandLine} failed with ${code}\n${out}\n${err}`);
    return out;
  }

  /** Runs a command line there, to whatever end. */
  attempt(commandLine: string): Promise<Ended> {
    const [program = '', ...args] = commandLine.split(' ');
    return run(this.directory, program, args);
  }

  /** `npm install`, from npm's cache what is there: packages of the same versions are the same. */
  install(...packages: readonly string[]): Promise<string> {
    return this.run(`npm install --prefer-offline --no-audit --no-fund ${packages.join(' ')}`);
  }

  /** Starts a program that runs until it is ended. */
  start(commandLine: string, variables: Record<string, string>): ChildProcess {
    const [program = '', ...args] = commandLine.split(' ');
    return spawn(program, args, { cwd: this.directory, env: { ...environment, ...variables } });
  }

  has(name: string): boolean {
    return existsSync(this.path('node_modules', name));
  }

  /** Files of the installed package, by their paths in it. */
  packageFiles(): string[] {
    const names = readdirSync(this.path('node_modules/write-behind'), { recursive: true, withFileTypes: true });
    return names
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.path('node_modules/write-behind/').length));
  }

  /** A JSON file. */
  json(...names: readonly string[]) {
    return JSON.parse(readFileSync(this.path(...names), 'utf8'));
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
