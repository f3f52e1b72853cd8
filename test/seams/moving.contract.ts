/** Slots move and nodes change their roles while clients write: what was acknowledged is stored, and counts once. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import type { WriteOperation } from '../../lib/model/operation.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { until } from '../support/system.ts';
import {
  beginMove,
  type ClusterNode,
  follow,
  meet,
  moveKeys,
  moveSlot,
  startClusterNode,
  takeOver,
} from '../support/valkey-cluster.ts';
import { type ClusterSystem, startClusterSystem } from './cluster-system.ts';

const WRITERS = 8;
const KEYS_EACH = 10;
/** What says "try again": nothing may be known of the write. */
const AGAIN = ['level-not-met', 'cache-unavailable', 'cache-outcome-unknown', 'hot-key'];

/** What one writer was promised, by key. */
interface Promised {
  /** Increments that were acknowledged. */
  readonly counters: Map<string, number>;
  /** The newest put that was acknowledged. */
  readonly puts: Map<string, number>;
  acknowledged: number;
}

/** Writes until it is told to stop, each write again until it is acknowledged. */
async function write(cache: WriteBehind, writer: number, goesOn: () => boolean, promised: Promised): Promise<void> {
  for (let n = 1; goesOn(); n += 1) {
    const id = `${writer}-${n % KEYS_EACH}`;
    const counter = `counters/${id}`;
    await acknowledged(cache, {
      ...{ op: 'patch', key: counter, add: { n: 1 }, durability: 'cache', idempotencyKey: crypto.randomUUID() },
    });
    promised.counters.set(counter, (promised.counters.get(counter) ?? 0) + 1);
    await acknowledged(cache, { op: 'put', key: `puts/${id}`, value: { n }, durability: 'queue' });
    promised.puts.set(`puts/${id}`, n);
    promised.acknowledged += 2;
  }
}

async function acknowledged(cache: WriteBehind, operation: WriteOperation): Promise<void> {
  for (;;) {
    try {
      await cache.execute(operation);
      return;
    } catch (error) {
      expect(AGAIN).toContain((error as { code?: string }).code);
      await wait(10);
    }
  }
}

export function movingContract(nodes: () => readonly ClusterNode[]): void {
  let running: ClusterSystem | undefined;
  afterEach(() => running?.system.stop());

  /** Writes while something happens, and then looks whether every promise was kept. */
  async function writeDuring(happening: (written: () => number) => Promise<void>): Promise<void> {
    running = await startClusterSystem(nodes());
    const { system, cache } = running;
    const promised: Promised = { counters: new Map(), puts: new Map(), acknowledged: 0 };
    let goesOn = true;
    const writers = Array.from({ length: WRITERS }, (_, writer) => write(cache, writer, () => goesOn, promised));
    // A writer that fails must not wait for the end.
    await Promise.race([
      happening(() => promised.acknowledged).finally(() => {
        goesOn = false;
      }),
      Promise.all(writers),
    ]);
    await Promise.all(writers);
    await until('all is stored', async () => {
      await system.deliverAll(cache);
      return (await cache.flush()).remaining === 0;
    });
    for (const [key, n] of [...promised.counters, ...promised.puts]) {
      expect([key, (await system.stored(key))?.n]).toEqual([key, n]);
      expect([key, (await cache.get(key))?.value.n]).toEqual([key, n]);
    }
    expect(await cache.stats()).toMatchObject({ dirtyItems: 0, parkedItems: 0, deadLetters: 0, knownLost: 0 });
  }

  test('every shard moves to another node', { timeout: 120_000 }, async () => {
    await writeDuring(async (written) => {
      await until('there is something to move', () => written() > 500);
      const { shards } = new Keys(running!.system.config.shards);
      for (const { shard } of shards) {
        const slot = await nodes()[0]!.admin.cluster('KEYSLOT', shard);
        const owner = await ownerOf(slot, nodes());
        const next = nodes()[(nodes().indexOf(owner) + 1) % nodes().length]!;
        await moveSlot(slot, owner, next, nodes());
      }
      const before = written();
      await until('writes go on', () => written() > before + 500);
    });
  });

  test('a shard that stays half-way takes puts by the queue and refuses patches, until it has arrived', async () => {
    running = await startClusterSystem(nodes());
    const { system, cache } = running;
    const key = 'half/way';
    await cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'queue' });
    const { entry } = new Keys(system.config.shards).of(key);
    const slot = await nodes()[0]!.admin.cluster('KEYSLOT', entry);
    const from = await ownerOf(slot, nodes());
    const to = nodes().find((node) => node !== from)!;
    await beginMove(slot, from, to);
    await moveKeys([entry], from, to);
    await expect(cache.execute({ op: 'patch', key, add: { n: 1 } })).rejects.toMatchObject({ code: 'level-not-met' });
    expect(await cache.execute({ op: 'put', key, value: { n: 2 }, durability: 'queue' })).toMatchObject({
      durability: 'queue',
    });
    await moveSlot(slot, from, to, nodes());
    await until('the shard is there again', async () => {
      await system.deliverAll(cache);
      return (await system.stored(key))?.n === 2;
    });
    expect(await cache.execute({ op: 'patch', key, add: { n: 1 } })).toMatchObject({ value: { n: 3 } });
    expect(await cache.get(key)).toMatchObject({ value: { n: 3 }, source: 'cache' });
  });

  test('a replica takes over', { timeout: 120_000 }, async () => {
    const replica = await startClusterNode();
    try {
      const all = [...nodes(), replica];
      await meet(all);
      await follow(replica, nodes()[1]!);
      await writeDuring(async (written) => {
        await until('there is something to lose', () => written() > 500);
        await takeOver(replica, nodes()[1]!, all);
        const before = written();
        await until('writes go on', () => written() > before + 500);
        await takeOver(nodes()[1]!, replica, all);
        const after = written();
        await until('writes go on', () => written() > after + 500);
      });
    } finally {
      await replica.stop();
    }
  });
}

async function ownerOf(slot: number, nodes: readonly ClusterNode[]): Promise<ClusterNode> {
  const ranges = await nodes[0]!.admin.cluster('SLOTS');
  const [, , owner] = ranges.find(([first, last]) => first <= slot && slot <= last)!;
  return nodes.find((node) => node.port === Number(owner![1]))!;
}
