/** Real Valkey servers in cluster mode, with clients of an administrator. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../local/embedded/server-process.ts';
import { startValkey } from '../../local/embedded/valkey.ts';
import { realValkey, until } from './system.ts';

const SLOTS = 16_384;

/** One node of a cluster. */
export interface ClusterNode {
  readonly url: string;
  readonly port: number;
  readonly admin: Redis;
  /** Its name in the cluster. */
  readonly id: string;
  stop(): Promise<void>;
}

/** Starts a node without slots that knows no other. */
export async function startClusterNode(): Promise<ClusterNode> {
  const directory = await mkdtemp(join(tmpdir(), 'valkey-cluster-'));
  const server = await startValkey({
    server: realValkey.program,
    args: [
      ...['--cluster-enabled', 'yes', '--dir', directory, '--cluster-port', String(await freePort())],
      // Without an address a lone node tells clients none.
      ...['--cluster-announce-ip', '127.0.0.1'],
      ...['--repl-diskless-sync-delay', '0'],
    ],
  });
  const admin = new Redis(server.url, { disableClientInfo: true });
  admin.on('error', () => undefined);
  return {
    url: server.url,
    port: server.port,
    admin,
    id: String(await admin.cluster('MYID')),
    async stop() {
      admin.disconnect();
      await server.stop();
      await rm(directory, { recursive: true });
    },
  };
}

/** Gives a node every slot. */
export async function ownEverySlot({ admin }: ClusterNode): Promise<void> {
  await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', String(SLOTS - 1));
  await until('the cluster is ok', async () => (await infoOf(admin)).includes('cluster_state:ok'));
}

/** Makes nodes know each other. */
export async function meet(nodes: readonly ClusterNode[]): Promise<void> {
  for (const { port } of nodes.slice(1)) {
    const bus = await nodes.find((node) => node.port === port)!.admin.config('GET', 'cluster-port');
    await nodes[0]!.admin.call('CLUSTER', 'MEET', '127.0.0.1', String(port), String((bus as string[])[1]));
  }
  await until('all nodes know each other', async () => {
    const known = await Promise.all(nodes.map(({ admin }) => infoOf(admin)));
    return known.every((info) => info.includes(`cluster_known_nodes:${nodes.length}\r\n`));
  });
}

async function infoOf(admin: Redis): Promise<string> {
  return String(await admin.cluster('INFO'));
}
