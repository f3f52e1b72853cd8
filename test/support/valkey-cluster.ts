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
  await untilOk([admin]);
}

/** Starts primaries that know each other and share the slots evenly. */
export async function startCluster(count: number): Promise<ClusterNode[]> {
  const nodes = await Promise.all(Array.from({ length: count }, () => startClusterNode()));
  for (const [index, { admin }] of nodes.entries()) {
    // What a node says of its slots counts by its epoch: two of the same would have to settle that first.
    await admin.call('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    const [first, next] = [index, index + 1].map((share) => Math.floor((share * SLOTS) / count));
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', String(first), String(next! - 1));
  }
  await meet(nodes);
  await untilOk(nodes.map(({ admin }) => admin));
  return nodes;
}

/** Moves a slot with all that is in it to another node, while clients go on. */
export async function moveSlot(slot: number, from: ClusterNode, to: ClusterNode, nodes: readonly ClusterNode[]) {
  await beginMove(slot, from, to);
  for (;;) {
    const keys = await from.admin.cluster('GETKEYSINSLOT', slot, 10);
    if (keys.length === 0) break;
    await moveKeys(keys, from, to);
  }
  // The new owner first: a slot that nobody owns would make the cluster stop.
  for (const node of [to, from, ...nodes.filter((node) => node !== to && node !== from)]) {
    await node.admin.cluster('SETSLOT', slot, 'NODE', to.id);
  }
}

/** From here on a slot's keys may be on either node. */
export async function beginMove(slot: number, from: ClusterNode, to: ClusterNode): Promise<void> {
  await to.admin.cluster('SETSLOT', slot, 'IMPORTING', from.id);
  await from.admin.cluster('SETSLOT', slot, 'MIGRATING', to.id);
}

/** Moves some keys of a slot that is on its way. */
export async function moveKeys(keys: readonly string[], from: ClusterNode, to: ClusterNode): Promise<void> {
  await from.admin.call('MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...keys);
}

/** Lets a node without slots follow another one. */
export async function follow(replica: ClusterNode, primary: ClusterNode): Promise<void> {
  await replica.admin.call('CLUSTER', 'REPLICATE', primary.id);
  await until('the replica has caught up', async () => (await replica.admin.role())[3] === 'connected');
}

/** Lets a replica take over, as before a node is serviced; returns when every node knows. */
export async function takeOver(
  replica: ClusterNode,
  primary: ClusterNode,
  nodes: readonly ClusterNode[],
): Promise<void> {
  await replica.admin.call('CLUSTER', 'FAILOVER');
  await until('the roles have changed', async () => {
    const [now, before] = [await replica.admin.role(), await primary.admin.role()];
    return now[0] === 'master' && before[0] === 'slave';
  });
  // A client asks any of them once; one that does not know yet would make it forget the old primary.
  await until('every node knows the roles', async () => {
    const views = await Promise.all(nodes.map(({ admin }) => admin.cluster('NODES') as Promise<string>));
    return views.every((view) => new RegExp(`^${primary.id} \\S+ \\S*slave ${replica.id} `, 'm').test(view));
  });
}

async function untilOk(admins: readonly Redis[]): Promise<void> {
  await until('the cluster is ok', async () => {
    const states = await Promise.all(admins.map(infoOf));
    return states.every((state) => state.includes('cluster_state:ok'));
  });
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
