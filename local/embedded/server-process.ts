import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { ownModule } from '../../own-files.ts';
import type { ChildReport } from './child-protocol.ts';

/** An embedded server: a process of its own that dies with this one, bound to 127.0.0.1 only. */
export interface EmbeddedServer<Kind extends string = string> {
  readonly url: string;
  readonly port: number;
  /** Process id of the server itself. */
  readonly pid: number;
  /** Which server it is, such as `valkey-server`. */
  readonly kind: Kind;
  /** Lets it finish and save, and waits for its exit; after 5 s it is killed. */
  stop(): Promise<void>;
  /** SIGKILL, as in a crash; waits for its exit. */
  kill(): Promise<void>;
}

/** Options that all embedded servers take. */
export interface EmbeddedServerOptions {
  /** Port on 127.0.0.1, such as the one of a stopped server that is to come back. @default any free port */
  readonly port?: number | undefined;
  /** Directory that keeps the data across restarts; made when missing. @default the data lives in memory */
  readonly dataDir?: string | undefined;
  /** Takes each line that the server prints. @default nothing */
  readonly log?: ((line: string) => void) | undefined;
}

type StartedChild = Exclude<ChildReport, { readonly error: string }>;

const STOP_TIMEOUT_MS = 5000;
const START_TIMEOUT_MS = 10_000;
const PROBE_EVERY_MS = 5;
const OUTPUT_LINES_KEPT = 20;

/** A child process that runs an embedded server. */
export class ServerProcess {
  readonly name: string;
  /** Process id of the server. */
  readonly pid: number;
  /** The port that the child chose itself. */
  readonly port: number | undefined;
  /** Settles when the process has ended; never rejects. */
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #output: readonly string[];

  private constructor(name: string, child: ChildProcess, output: readonly string[], started: StartedChild) {
    this.name = name;
    this.pid = started.pid;
    this.port = started.port;
    this.#child = child;
    this.#output = output;
    this.exited = this.hasEnded ? Promise.resolve() : new Promise((resolve) => child.once('exit', () => resolve()));
  }

  /**
   * Runs a module and waits until it reports that its server process runs.
   *
   * @param program path of the module, as `ownModule` takes it
   */
  static async run(
    name: string,
    program: string,
    args: readonly string[],
    log: (line: string) => void = () => undefined,
  ): Promise<ServerProcess> {
    const child = fork(ownModule(program), args, {
      // A Ctrl-C goes to the whole process group of the terminal; the servers must outlive it to take the last flush.
      detached: true,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      // The servers read variables of their own; nothing of the caller's environment is meant for them.
      env: {},
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream! }).on('line', (line) => {
        output.push(line);
        if (output.length > OUTPUT_LINES_KEPT) output.shift();
        log(`${name}: ${line}`);
      });
    }
    const started = await new Promise<ChildReport>((resolve, reject) => {
      child.once('message', (message) => resolve(message as ChildReport));
      child.once('error', reject);
      child.once('close', () => reject(new Error(`${name} did not start:\n${output.join('\n')}`)));
    });
    if ('error' in started) {
      // What failed to start must not linger either.
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      throw new Error(`${name} did not start: ${started.error}`);
    }
    return new ServerProcess(name, child, output, started);
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /**
   * Asks `probe` until it answers true. A probe that throws counts as false.
   *
   * @param timeoutMs how long at most; default: 10 s
   * @throws when the process ends first, with what it printed
   */
  async untilReady(probe: () => Promise<boolean>, timeoutMs = START_TIMEOUT_MS): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    let failure: unknown;
    while (Date.now() < deadline) {
      if (this.hasEnded) throw new Error(`${this.name} ended while starting:\n${this.#output.join('\n')}`);
      try {
        if (await probe()) return;
      } catch (error) {
        failure = error;
      }
      await wait(PROBE_EVERY_MS);
    }
    await this.kill();
    throw new Error(`${this.name} was not ready within ${timeoutMs} ms`, { cause: failure });
  }

  async stop(): Promise<void> {
    if (this.hasEnded) return;
    const killer = setTimeout(() => this.#signal('SIGKILL'), STOP_TIMEOUT_MS);
    this.#signal('SIGTERM');
    await this.exited;
    clearTimeout(killer);
  }

  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.exited;
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.hasEnded) return;
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      // The server can end before its tether has: then there is nothing left to signal.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** A port on 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/**
 * Starts a server that cannot choose a port itself: on `port`, or else on a free one, trying anew where another process
 * takes it first.
 */
export async function onFreePort<T>(port: number | undefined, start: (port: number) => Promise<T>): Promise<T> {
  if (port !== undefined) return await start(port);
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}
