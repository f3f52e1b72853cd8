import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import { Gate, messageOfSignal, type System, startSystem, watchedClients } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ settings: { defaultDurability: 'cache' } });
});
afterAll(() => system.stop());
beforeEach(() => system.deliverAll());

const keysOf = (key: string) => new Keys(system.config.shards).of(key);
const stale = async () => (await system.cache.stats()).stale;

/** A flusher that has claimed an item and stores it when the gate is opened. */
async function claimed(key: string, version: number) {
  const gate = new Gate();
  const clients = watchedClients(system.config, async (command) => {
    if (command === 'PutItemCommand') await gate.wait();
  });
  const cache = await system.another({ clients });
  const flushing = cache.flushMessages([messageOfSignal({ key, version })]);
  await gate.reached;
  return {
    async finish() {
      gate.open();
      expect(await flushing).toEqual({ failed: [] });
    },
  };
}

/** Makes the cache forget what happened since `entry` was read, as a fail-over to a lagging replica does. */
async function rollBack(key: string, entry: Record<string, string>): Promise<void> {
  await system.redis.del(keysOf(key).entry);
  await system.redis.hset(keysOf(key).entry, entry);
}

test('rule 6: an entry that did not change meanwhile is clean and expires', async () => {
  const { version } = await system.cache.collection('settled').put('a', { n: 1 });
  const { finish } = await claimed('settled/a', version);
  expect(await system.isDirty('settled/a')).toBe(true);
  await finish();
  expect(await system.isDirty('settled/a')).toBe(false);
  const entry = await system.entry('settled/a');
  expect(entry).toMatchObject({ version: String(version), persisted: String(version) });
  expect(entry).not.toHaveProperty('since');
  expect(await system.redis.pttl(keysOf('settled/a').entry)).toBeGreaterThan(0);
  expect(await system.cache.get('settled/a')).toMatchObject({ persisted: true, lagMs: 0 });
});

test('rule 6: an entry that changed stays dirty, scored by its first write after the claim', async () => {
  const start = Math.floor(Date.now() / 1000) * 1e6;
  let now = start;
  const items = (await system.another({ clock: () => now })).collection('changed');
  const scored = async () => Number(await system.redis.zscore(keysOf('changed/a').shard.dirty, 'changed/a'));
  const { version } = await items.put('a', { n: 1 });
  now = start + 1e6;
  await items.put('a', { n: 2 });
  expect(await scored()).toBe(start / 1000);
  const { finish } = await claimed('changed/a', version);
  now = start + 2e6;
  await items.put('a', { n: 3 });
  now = start + 3e6;
  const last = await items.patch('a', { add: { n: 1 } });
  expect(await scored()).toBe(start / 1000);
  await finish();
  expect(await scored()).toBe((start + 2e6) / 1000);
  expect(await system.stored('changed/a')).toMatchObject({ n: 2, _v: start + 1e6 });
  expect(await system.entry('changed/a')).toMatchObject({
    version: String(last.version),
    persisted: String(start + 1e6),
  });
  await system.deliverAll();
  expect(await system.stored('changed/a')).toMatchObject({ n: 4 });
  expect(await system.isDirty('changed/a')).toBe(false);
});

test('rule 6: a busy entry that is flushed again and again shows the lag of what is not stored', async () => {
  const start = Math.floor(Date.now() / 1000) * 1e6;
  let now = start;
  const busy = await system.another({ clock: () => now });
  let { version } = await busy.collection('busy').put('a', { n: 0 });
  for (let n = 1; n <= 3; n += 1) {
    const { finish } = await claimed('busy/a', version);
    now = start + n * 10e6;
    version = (await busy.collection('busy').put('a', { n })).version;
    await finish();
    now += 1e6;
    expect(await busy.get('busy/a')).toMatchObject({ persisted: false, lagMs: 1000 });
    expect((await busy.stats()).oldestLagMs).toBe(1000);
  }
});

test('rule 6: an entry older than the store is dropped and counted: the message brings the newer state', async () => {
  await system.cache.collection('rolled').put('a', { n: 1 });
  const before = await system.entry('rolled/a');
  const value = { n: 2 };
  const { version } = await system.cache.collection('rolled').put('a', value, { durability: 'queue' });
  await rollBack('rolled/a', before);
  const counted = await stale();
  await system.cache.flushMessages([
    messageOfSignal({ key: 'rolled/a', version, image: { version, deleted: false, value } }),
  ]);
  expect(await system.entry('rolled/a')).toEqual({});
  expect(await system.isDirty('rolled/a')).toBe(false);
  expect(await stale()).toBe(counted + 1);
  expect(await system.cache.get('rolled/a')).toMatchObject({ value, version });
});

test('rule 6: an entry older than the store is dropped and counted: the sweep finds it', async () => {
  await system.cache.collection('rolled').put('b', { n: 1 });
  const before = await system.entry('rolled/b');
  await system.cache.collection('rolled').put('b', { n: 2 }, { durability: 'database' });
  await rollBack('rolled/b', before);
  await system.redis.zadd(keysOf('rolled/b').shard.dirty, 1, 'rolled/b');
  const counted = await stale();
  await system.cache.flush();
  expect(await system.entry('rolled/b')).toEqual({});
  expect(await system.isDirty('rolled/b')).toBe(false);
  expect(await stale()).toBeGreaterThan(counted);
  expect(await system.cache.get('rolled/b')).toMatchObject({ value: { n: 2 }, source: 'database' });
});

test('rule 6: an entry older than the store is dropped: a message without a value asked the store', async () => {
  await system.cache.collection('rolled').put('c', { n: 1 });
  const before = await system.entry('rolled/c');
  const { version } = await system.cache.collection('rolled').put('c', { n: 2 }, { durability: 'database' });
  await rollBack('rolled/c', before);
  await system.cache.flushMessages([messageOfSignal({ key: 'rolled/c', version })]);
  expect(await system.entry('rolled/c')).toEqual({});
  expect(await system.cache.get('rolled/c')).toMatchObject({ value: { n: 2 } });
});

test('rule 6: where the entry is gone the lease of a reader is dropped, so that it fills nothing old', async () => {
  const { entry, lease } = keysOf('gone/a');
  const { version } = await system.cache.collection('gone').put('a', { n: 1 });
  const { finish } = await claimed('gone/a', version);
  await system.redis.del(entry);
  await system.redis.set(lease, 'a reader');
  await finish();
  expect(await system.redis.exists(lease)).toBe(0);
});

test('rule 6: a late flusher does not make an entry dirty again or forget what is stored', async () => {
  const first = await system.cache.collection('late').put('a', { n: 1 });
  const { finish } = await claimed('late/a', first.version);
  const { version } = await system.cache.collection('late').put('a', { n: 2 });
  await system.deliverAll();
  await finish();
  expect(await system.entry('late/a')).toMatchObject({ version: String(version), persisted: String(version) });
  expect(await system.isDirty('late/a')).toBe(false);
});
