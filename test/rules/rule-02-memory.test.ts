import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import { NoRoomError } from '../../lib/errors.ts';
import { everything } from '../support/everything.ts';
import { messageOfSignal, realValkey, type System, startSystem } from '../support/system.ts';

/** Room for items, beside what the server itself uses. */
const ROOM_BYTES = 4_000_000;
/** Less than an empty server uses, so that nothing frees enough. */
const NOTHING_FREE = 100_000;
const value = (n: number) => ({ n, text: 'x'.repeat(40_000) });

// The embedded server knows no maxmemory.
describe.skipIf(realValkey.missing)('with a real Valkey server', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({
      valkeyServer: realValkey.program,
      valkeyArgs: ['--maxmemory', '20mb'],
      settings: { defaultDurability: 'cache' },
    });
  });
  afterAll(() => system?.stop());
  beforeEach(async () => {
    await makeRoom();
    await system.deliverAll();
    await system.redis.flushall();
    await makeRoom();
  });

  const setMaxMemory = (bytes: number) => system.redis.config('SET', 'maxmemory', String(bytes));
  async function makeRoom(): Promise<void> {
    const used = /^used_memory:(\d+)/m.exec(await system.redis.info('memory'))?.[1];
    await setMaxMemory(Number(used) + ROOM_BYTES);
  }
  const entryKey = (key: string) => new Keys(system.config.shards).of(key).entry;

  /** Writes new items until there is no room; returns the keys of those that were acknowledged. */
  async function fillUp(collection: string): Promise<string[]> {
    const keys = [];
    for (let n = 0; n < 10_000; n += 1) {
      try {
        keys.push((await system.cache.collection(collection).put(String(n), value(n))).key);
      } catch (error) {
        expect(error).toBeInstanceOf(NoRoomError);
        return keys;
      }
    }
    throw new Error('memory does not end');
  }

  const existing = async (keys: readonly string[]) =>
    (await Promise.all(keys.map((key) => system.redis.exists(entryKey(key))))).filter((exists) => exists === 1).length;

  test('rule 2: with memory full, clean entries are evicted and dirty ones are not', async () => {
    const clean = Array.from({ length: 20 }, (_, n) => `clean/${n}`);
    for (const [n, key] of clean.entries()) await system.cache.execute({ op: 'put', key, value: value(n) });
    await system.cache.flush();
    expect(await existing(clean)).toBe(clean.length);
    const dirty = await fillUp('dirty');
    expect(dirty.length).toBeGreaterThan(20);
    expect(await existing(clean)).toBe(0);
    expect(await existing(dirty)).toBe(dirty.length);
  });

  test('rule 2: a full Valkey drains through the queue, although settling frees nothing', async () => {
    const dirty = await fillUp('drained');
    await setMaxMemory(NOTHING_FREE);
    await system.deliverAll();
    expect((await system.cache.stats()).dirtyItems).toBe(0);
    for (const [n, key] of dirty.entries()) expect(await system.stored(key)).toMatchObject(value(n));
  });

  test('rule 2: a full Valkey drains without the queue', async () => {
    const dirty = await fillUp('swept');
    await setMaxMemory(NOTHING_FREE);
    const report = await system.cache.flush();
    expect(report).toMatchObject({ flushed: dirty.length, failed: 0, remaining: 0 });
    for (const [n, key] of dirty.entries()) expect(await system.stored(key)).toMatchObject({ n });
  });

  test('rule 2: an instance that comes to a full Valkey drains it, even where its number of shards is not remembered', async () => {
    const dirty = await fillUp('new-instance');
    await system.redis.del(new Keys(system.config.shards).layout);
    await setMaxMemory(NOTHING_FREE);
    const cache = await system.another();
    expect(await cache.flush()).toMatchObject({ flushed: dirty.length, failed: 0, remaining: 0 });
  });

  test('rule 2: with memory full, a message whose version is stored already is done', async () => {
    const { version } = await system.cache.collection('skipped').put('a', { n: 1 }, { durability: 'database' });
    await system.cache.collection('skipped').put('a', { n: 2 });
    await setMaxMemory(NOTHING_FREE);
    const message = messageOfSignal({ key: 'skipped/a', version });
    expect(await system.cache.flushMessages([message])).toEqual({ failed: [] });
    expect((await system.cache.stats()).skipped).toBe(1);
  });

  test('rule 2: with memory full, a lost item is counted later and does not keep the others of its batch', async () => {
    await system.cache.collection('beside').put('a', { n: 1 });
    const [message] = await system.receive();
    await setMaxMemory(NOTHING_FREE);
    const lost = messageOfSignal({ key: 'beside/lost', version: Date.now() * 1000 });
    expect(await system.cache.flushMessages([lost, message!])).toEqual({ failed: [] });
    await system.remove(message!);
    expect(await system.stored('beside/a')).toMatchObject({ n: 1 });
    await makeRoom();
    await system.cache.collection('beside').put('b', { n: 1 });
    expect((await system.cache.stats()).knownLost).toBe(1);
  });

  test('rule 2: a write that is refused for memory changes nothing', async () => {
    const items = system.cache.collection('no-room');
    await items.put('dirty', { n: 1 });
    await setMaxMemory(NOTHING_FREE);
    const before = [await everything(system.redis), (await system.cache.stats()).queue];
    const writes = [
      () => items.put('new', { n: 1 }),
      () => items.put('dirty', { n: 2 }, { durability: 'queue' }),
      () => items.patch('dirty', { add: { n: 1 } }, { idempotencyKey: 'once' }),
      () => items.delete('dirty', { durability: 'database' }),
      () => items.patch('not cached', { set: { n: 1 } }),
      () => items.put('not cached', { n: 1 }, { ifMatch: 'none' }),
    ];
    for (const write of writes) await expect(write()).rejects.toBeInstanceOf(NoRoomError);
    expect([await everything(system.redis), (await system.cache.stats()).queue]).toEqual(before);
    await makeRoom();
    const { value: patched } = await items.patch('dirty', { add: { n: 1 } }, { idempotencyKey: 'once' });
    expect(patched).toEqual({ n: 2 });
  });

  test('rule 2: with memory full, reads answer from the cache and from DynamoDB, without lease and fill', async () => {
    await system.seed({ pk: 'read/stored', n: 1 });
    await system.cache.collection('read').put('dirty', { n: 2 });
    await setMaxMemory(NOTHING_FREE);
    const before = await everything(system.redis);
    expect(await system.cache.get('read/dirty')).toMatchObject({ value: { n: 2 }, source: 'cache' });
    for (let i = 0; i < 2; i += 1) {
      expect(await system.cache.get('read/stored')).toMatchObject({ value: { n: 1 }, source: 'database' });
      expect(await system.cache.get('read/nothing')).toBeNull();
    }
    expect(await everything(system.redis)).toEqual(before);
  });
});
