import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type EmbeddedServer, freePort } from '../../local/embedded/server-process.ts';
import { startValkey } from '../../local/embedded/valkey.ts';
import { realValkey, until } from '../support/system.ts';

const PRIMARIES = 3;
const SLOTS = 16_384;
const NODE_TIMEOUT_MS = 1500;
const PATIENCE_MS = 60_000;

/** One server of the cluster, over all its restarts. */
export class Node {
  readonly port: number;
  readonly admin: Redis;
  readonly #start: (port: number) => Promise<EmbeddedServer>;
  #server: EmbeddedServer;

  private constructor(server: EmbeddedServer, start: (port: number) => Promise<EmbeddedServer>) {
    this.port = server.port;
    this.#server = server;
    this.#start = start;
    this.admin = new Redis(server.url, { disableClientInfo: true, retryStrategy: () => 100, commandTimeout: 1000 });
    this.admin.on('error', () => undefined);
  }

  static async start(dataDir: string): Promise<Node> {
    const bus = await freePort();
    const start = (port?: number) =>
      startValkey({
        server: realValkey.program,
        dataDir,
        ...(port !== undefined && { port }),
        args: [
          ...['--cluster-enabled', 'yes', '--cluster-port', String(bus), '--cluster-announce-ip', '127.0.0.1'],
          ...['--cluster-node-timeout', String(NODE_TIMEOUT_MS), '--repl-diskless-sync-delay', '0'],
        ],
      });
    return new Node(await start(), start);
  }

  async kill(): Promise<void> {
    await this.#server.kill();
  }

  async restart(): Promise<void> {
    this.#server = await this.#start(this.port);
  }

  pause(): void {
    process.kill(this.#server.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.#server.pid, 'SIGCONT');
  }

  async isPrimary(): Promise<boolean> {
    return (await this.admin.role())[0] === 'master';
  }

  /** Whether it is a replica that has everything which its primary had when it was asked. */
  async isInSync(): Promise<boolean> {
    const [role, , , link] = (await this.admin.role()) as unknown[];
    return role === 'master' || link === 'connected';
  }

  async stop(): Promise<void> {
    this.admin.disconnect();
    await this.#server.stop();
  }
}

/** A real cluster of three primaries with a replica each. */
export class ClusterUnderTest {
  readonly url: string;
  readonly nodes: readonly Node[];
  readonly #directory: string;

  private constructor(directory: string, nodes: readonly Node[]) {
    this.#directory = directory;
    this.nodes = nodes;
    this.url = `redis://127.0.0.1:${nodes[0]!.port}?cluster=true`;
  }

  static async start(): Promise<ClusterUnderTest> {
    const directory = await mkdtemp(join(tmpdir(), 'chaos-cluster-'));
    const nodes: Node[] = [];
    for (let i = 0; i < 2 * PRIMARIES; i++) nodes.push(await Node.start(join(directory, String(i))));
    const cluster = new ClusterUnderTest(directory, nodes);
    const [first] = nodes;
    for (const [i, { admin }] of nodes.entries()) {
      await admin.call('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1));
      if (i < PRIMARIES) {
        const [from, to] = [i, i + 1].map((n) => Math.floor((n * SLOTS) / PRIMARIES));
        await admin.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to! - 1));
      }
      const [, bus] = (await admin.config('GET', 'cluster-port')) as string[];
      if (i > 0) await first!.admin.call('CLUSTER', 'MEET', '127.0.0.1', String(nodes[i]!.port), bus!);
    }
    for (let i = 0; i < PRIMARIES; i++) {
      const primary = String(await nodes[i]!.admin.cluster('MYID'));
      const { admin } = nodes[i + PRIMARIES]!;
      // The replica may not have heard of its primary yet.
      await until(
        'a replica follows',
        () =>
          admin.call('CLUSTER', 'REPLICATE', primary).then(
            () => true,
            () => false,
          ),
        PATIENCE_MS,
      );
    }
    await cluster.untilWhole();
    return cluster;
  }

  async primaries(): Promise<Node[]> {
    const roles = await Promise.all(this.nodes.map((node) => node.isPrimary().catch(() => false)));
    return this.nodes.filter((_, i) => roles[i]);
  }

  /** Waits until there are three primaries, each with a replica that is in sync, and all agree. */
  async untilWhole(): Promise<void> {
    await until('the cluster is whole', () => this.#isWhole().catch(() => false), PATIENCE_MS);
  }

  async #isWhole(): Promise<boolean> {
    await wait(50);
    if ((await this.primaries()).length !== PRIMARIES) return false;
    const whole = await Promise.all(
      this.nodes.map(async (node) => {
        const info = String(await node.admin.cluster('INFO'));
        return info.includes('cluster_state:ok') && info.includes(`cluster_size:${PRIMARIES}\r\n`) && node.isInSync();
      }),
    );
    return whole.every(Boolean);
  }

  /** Waits until others answer for what these nodes answered for. */
  async untilTakenOver(gone: Node): Promise<void> {
    await until(
      'a replica has taken over',
      async () => {
        await wait(50);
        const left = (await this.primaries()).filter((node) => node !== gone);
        return left.length === PRIMARIES;
      },
      PATIENCE_MS,
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await rm(this.#directory, { recursive: true, force: true });
  }
}
