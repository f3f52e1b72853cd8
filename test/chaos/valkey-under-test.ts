import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { EmbeddedServer } from '../../local/embedded/server-process.ts';
import { startValkey } from '../../local/embedded/valkey.ts';
import { realValkey } from '../support/system.ts';

/** A real Valkey that can be killed, with and without its data, set back, stopped, and filled. It has what it acknowledged on disk. */
export class ValkeyUnderTest {
  readonly url: string;
  readonly #directory: string;
  #server: EmbeddedServer;
  #generation = 0;
  #kept = false;

  private constructor(directory: string, server: EmbeddedServer) {
    this.#directory = directory;
    this.#server = server;
    this.url = server.url;
  }

  static async start(): Promise<ValkeyUnderTest> {
    const directory = await mkdtemp(join(tmpdir(), 'chaos-valkey-'));
    return new ValkeyUnderTest(directory, await serve(join(directory, '0')));
  }

  async #restart(): Promise<void> {
    this.#server = await serve(join(this.#directory, String(this.#generation)), this.#server.port);
  }

  async killAndRestart(): Promise<void> {
    await this.#server.kill();
    await this.#restart();
  }

  async killAndLose(): Promise<void> {
    await this.#server.kill();
    await rm(join(this.#directory, String(this.#generation)), { recursive: true });
    this.#generation += 1;
    await this.#restart();
  }

  /** Keeps a copy of all data to come back to. */
  async keepCopy(): Promise<void> {
    this.pause();
    const copy = join(this.#directory, 'copy');
    await rm(copy, { recursive: true, force: true });
    await cp(join(this.#directory, String(this.#generation)), copy, { recursive: true });
    this.#kept = true;
    this.resume();
  }

  get hasCopy(): boolean {
    return this.#kept;
  }

  async killAndSetBack(): Promise<void> {
    await this.#server.kill();
    this.#generation += 1;
    await cp(join(this.#directory, 'copy'), join(this.#directory, String(this.#generation)), { recursive: true });
    await this.#restart();
  }

  pause(): void {
    process.kill(this.#server.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.#server.pid, 'SIGCONT');
  }

  /** Leaves so much memory, bytes; 0 for as much as it wants. */
  async leaveMemory(bytes: number): Promise<void> {
    const admin = new Redis(this.url, { disableClientInfo: true });
    try {
      const used = Number(/used_memory:(\d+)/.exec(await admin.info('memory'))?.[1]);
      await admin.config('SET', 'maxmemory', bytes === 0 ? 0 : used + bytes);
    } finally {
      admin.disconnect();
    }
  }

  get pid(): number {
    return this.#server.pid;
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function serve(dataDir: string, port?: number): Promise<EmbeddedServer> {
  return startValkey({
    server: realValkey.program,
    dataDir,
    args: ['--appendfsync', 'always', '--auto-aof-rewrite-percentage', '0'],
    ...(port !== undefined && { port }),
  });
}
