/** What touches several shards, where they are on several nodes. */
import { afterEach, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import type { SettingsInput } from '../../lib/settings.ts';
import type { ClusterNode } from '../support/valkey-cluster.ts';
import { type ClusterSystem, startClusterSystem } from './cluster-system.ts';

const ITEMS = 200;

export function shardsContract(nodes: () => readonly ClusterNode[]): void {
  let running: ClusterSystem | undefined;
  const start = async (settings?: SettingsInput) => {
    running = await startClusterSystem(nodes(), settings);
    return running;
  };
  afterEach(() => running?.system.stop());
  const keys = Array.from({ length: ITEMS }, (_, n) => `items/${n}`);

  test('items on every node are counted together, and flushed oldest first', async () => {
    const { system, cache } = await start();
    for (const [n, key] of keys.entries()) {
      await cache.execute({ op: 'put', key, value: { n }, durability: 'cache' });
    }
    for (const { admin } of nodes()) expect(await admin.dbsize()).toBeGreaterThan(ITEMS / 10);
    expect(await cache.stats()).toMatchObject({ dirtyItems: ITEMS, writes: { cache: ITEMS } });
    expect(await cache.flush({ limit: ITEMS / 4 })).toMatchObject({ flushed: ITEMS / 4, remaining: (3 * ITEMS) / 4 });
    const stored = await Promise.all(keys.map((key) => system.stored(key)));
    // Of the same millisecond any may come first.
    expect(stored.slice(0, ITEMS / 5).every(Boolean)).toBe(true);
    expect(stored.slice((3 * ITEMS) / 4).some(Boolean)).toBe(false);
    expect(await cache.flush()).toMatchObject({ failed: 0, remaining: 0 });
    for (const [n, key] of keys.entries()) {
      expect(await system.stored(key)).toMatchObject({ n });
      expect(await cache.get(key)).toMatchObject({ value: { n }, source: 'cache', persisted: true });
    }
  });

  test('signals of items on every node are delivered, claimed and settled', async () => {
    const { system, cache } = await start({ defaultDurability: 'queue' });
    await cache.batch(keys.slice(0, 100).map((key) => ({ op: 'put', key, value: { n: 1 } }) as const));
    await system.deliverAll(cache);
    expect(await cache.stats()).toMatchObject({ dirtyItems: 0, itemsStored: 100, failed: 0 });
  });

  test('a batch over all nodes is answered in its order, each operation for itself', async () => {
    const { cache } = await start();
    const operations = keys.slice(0, 90).map((key, n) => {
      if (n % 3 === 0) return { op: 'put', key, value: { n } } as const;
      return n % 3 === 1
        ? ({ op: 'patch', key, add: { n } } as const)
        : ({ op: 'put', key, value: { n }, ifMatch: 1 } as const);
    });
    const outcomes = await cache.batch(operations);
    expect(outcomes.map(({ kind }) => kind)).toEqual(operations.map((_, n) => (n % 3 === 2 ? 'failed' : 'written')));
    const read = await cache.batch(keys.slice(0, 90).map((key) => ({ op: 'get', key }) as const));
    expect(read.map((outcome) => (outcome.kind === 'read' ? outcome.item?.value.n : undefined))).toEqual(
      operations.map((_, n) => (n % 3 === 2 ? undefined : n)),
    );
  });

  test('each shard keeps its own bound', async () => {
    const { system, cache } = await start({ maxDirtyItems: 64 });
    const room = new Map<string, number>();
    const names = new Keys(system.config.shards);
    for (const key of keys) {
      const { dirty } = names.of(key).shard;
      const taken = cache.execute({ op: 'put', key, value: {}, durability: 'cache' });
      if (room.has(dirty)) await expect(taken).rejects.toMatchObject({ code: 'no-room' });
      else await taken;
      room.set(dirty, 1);
    }
    expect((await cache.stats()).dirtyItems).toBe(room.size);
    await cache.flush();
    await cache.execute({ op: 'put', key: keys.at(-1)!, value: {}, durability: 'cache' });
  });

  test('a list takes what is not stored yet from every node, newest first', async () => {
    const { cache } = await start({ collections: { logs: { listable: true } } });
    const expected: string[] = [];
    for (let n = 0; n < 60; n += 1) {
      expected.unshift((await cache.append('logs', { n }, { durability: 'cache' })).key);
      if (n === 30) await cache.flush();
    }
    const listed: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await cache.list('logs', { limit: 7, ...(cursor && { cursor }) });
      listed.push(...page.items.map(({ key }) => key));
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    expect(listed).toEqual(expected);
  });

  test('a node that has forgotten the scripts is told them again', async () => {
    const { cache } = await start();
    for (const { admin } of nodes()) await admin.script('FLUSH');
    for (const key of keys.slice(0, 30)) await cache.execute({ op: 'put', key, value: {}, durability: 'cache' });
    expect(await cache.flush()).toMatchObject({ flushed: 30, failed: 0 });
  });
}
