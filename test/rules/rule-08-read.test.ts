import { afterAll, beforeAll, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import { StoreUnavailableError } from '../../lib/errors.ts';
import { throttled } from '../support/refusals.ts';
import { slowReader } from '../support/slow-reader.ts';
import { type System, startSystem } from '../support/system.ts';
import { type Watch, watchedClients } from '../support/watched-clients.ts';

let system: System;
let keys: Keys;
beforeAll(async () => {
  system = await startSystem({ settings: { leaseSeconds: 5, ttlSeconds: 600 } });
  keys = new Keys(system.config.shards);
});
afterAll(() => system.stop());

test('rule 8: a cached item is read without the database, and the answer says how far it got', async () => {
  let now = Date.now() * 1000;
  const clients = watchedClients(system.config);
  const cache = await system.another({ clients, clock: () => now });
  const { version } = await cache.collection('reads').put('hot', { n: 1 }, { durability: 'cache', actor: 'a' });
  now += 1_500_000;
  expect(await cache.get('reads/hot')).toEqual({
    key: 'reads/hot',
    value: { n: 1 },
    version,
    source: 'cache',
    persisted: false,
    lagMs: 1500,
    updatedAt: new Date(version / 1000).toISOString(),
    actor: 'a',
  });
  await system.deliverAll(cache);
  expect(await cache.get('reads/hot')).toMatchObject({ source: 'cache', persisted: true, lagMs: 0, version });
  expect(clients.count('GetItem')).toBe(0);
});

test('rule 8: an item that another program stored is loaded once and kept for its time to live', async () => {
  await system.seed({ pk: 'reads/foreign', n: 1, tags: ['a'] });
  const expected = { value: { n: 1, tags: ['a'] }, version: 0, persisted: true, lagMs: 0 };
  expect(await system.cache.get('reads/foreign')).toMatchObject({ ...expected, source: 'database' });
  expect(await system.cache.get('reads/foreign')).toMatchObject({ ...expected, source: 'cache' });
  const ttlMs = await system.redis.pttl(keys.of('reads/foreign').entry);
  expect(ttlMs).toBeGreaterThan(system.config.leaseSeconds * 1000);
  expect(ttlMs).toBeLessThanOrEqual(600_000);
});

test('rule 8: 100 readers of a missing entry cost one database read, over all instances', async () => {
  await system.seed({ pk: 'reads/stampede', n: 7 });
  const clients = [watchedClients(system.config), watchedClients(system.config)];
  const caches = await Promise.all(clients.map((own) => system.another({ clients: own })));
  const items = await Promise.all(Array.from({ length: 100 }, (_, i) => caches[i % 2]!.get('reads/stampede')));
  expect(items.every((item) => item?.value.n === 7)).toBe(true);
  expect(items.filter((item) => item?.source === 'database')).toHaveLength(1);
  expect(clients.reduce((sum, own) => sum + own.count('GetItem'), 0)).toBe(1);
});

test.each(['put', 'delete'] as const)(
  'rule 8: a %s between load and fill keeps the load out of the cache',
  async (op) => {
    const key = `reads/overtaken-${op}`;
    await system.seed({ pk: key, n: 'old' });
    const reader = await slowReader(system);
    const reading = reader.cache.get(key);
    await reader.loaded;

    const write = op === 'put' ? { op, key, value: { n: 'new' } } : { op, key };
    await system.cache.execute({ ...write, durability: 'database' });
    // The settled entry is evicted: only the lease can tell that something happened.
    await system.redis.del(keys.of(key).entry);
    reader.release();

    expect(await reading).toMatchObject({ value: { n: 'old' } });
    expect(await system.entry(key)).toEqual({});
    const after = await system.cache.get(key);
    if (op === 'put') expect(after).toMatchObject({ value: { n: 'new' }, source: 'database' });
    else expect(after).toBeNull();
  },
);

/** An item whose newest state is only in a message, and what a flush of that message runs through. */
async function onlyInMessage(key: string, watch: Watch = {}) {
  await system.seed({ pk: key, n: 'old' });
  await system.cache.execute({ op: 'put', key, value: { n: 'new' }, durability: 'queue' });
  await system.redis.flushall();
  const flusher = await system.another({ clients: watchedClients(system.config, watch) });
  return { flusher, messages: await system.receive() };
}

async function expectKeptOut(key: string): Promise<void> {
  expect(await system.stored(key)).toMatchObject({ n: 'new' });
  expect(await system.entry(key)).toEqual({});
  expect(await system.cache.get(key)).toMatchObject({ value: { n: 'new' } });
}

test.each([
  ['that is stored without an entry', false],
  ['whose flush died after the store', true],
])('rule 8: a message %s keeps an older load out of the cache', async (how, dies) => {
  const key = `reads/${how}`;
  const { flusher, messages } = await onlyInMessage(key, {
    after: ({ command }) => {
      if (dies && command === 'PutItemCommand') throw new Error('the answer never came');
    },
  });
  const reader = await slowReader(system);
  const reading = reader.cache.get(key);
  await reader.loaded;
  expect((await flusher.flushMessages(messages)).failed).toHaveLength(dies ? 1 : 0);
  reader.release();
  expect(await reading).toMatchObject({ value: { n: 'old' } });
  await expectKeptOut(key);
});

test('rule 8: a load that begins while a message is being stored is kept out of the cache', async () => {
  const key = 'reads/meanwhile';
  const reader = await slowReader(system);
  let reading: Promise<unknown> = Promise.resolve();
  const { flusher, messages } = await onlyInMessage(key, {
    before: async ({ command }) => {
      if (command !== 'PutItemCommand') return;
      reading = reader.cache.get(key);
      await reader.loaded;
    },
  });
  expect(await flusher.flushMessages(messages)).toEqual({ failed: [] });
  reader.release();
  expect(await reading).toMatchObject({ value: { n: 'old' } });
  await expectKeptOut(key);
});

test('rule 8: a load that is filled only after the write that it was for is kept out of the cache if the item changed', async () => {
  const key = 'reads/parted';
  await system.seed({ pk: key, n: 1 });
  const slow = await slowReader(system);
  const patching = slow.cache.execute({ op: 'patch', key, set: { patched: true } });
  await slow.loaded;
  await system.cache.execute({ op: 'put', key, value: { n: 2 } });
  await system.deliverAll();
  await system.redis.del(keys.of(key).entry);
  // As after a fail-over: Valkey knows the script of a write again and does not know that of a fill, which so comes behind it.
  await system.redis.script('FLUSH');
  await system.cache.execute({ op: 'put', key: 'reads/other', value: {} });
  slow.release();
  expect(await patching).toMatchObject({ value: { n: 2, patched: true } });
});

test('rule 8: that an item does not exist is remembered, but no longer than a lease', async () => {
  const clients = watchedClients(system.config);
  const cache = await system.another({ clients });
  expect(await cache.get('reads/none')).toBeNull();
  expect(await cache.get('reads/none')).toBeNull();
  expect(clients.count('GetItem')).toBe(1);
  const ttlMs = await system.redis.pttl(keys.of('reads/none').entry);
  expect(ttlMs).toBeGreaterThan(0);
  expect(ttlMs).toBeLessThanOrEqual(system.config.leaseSeconds * 1000);
});

test('rule 8: a reader whose loader takes longer than a lease reads by itself, and fills nothing', async () => {
  await system.seed({ pk: 'reads/stuck', n: 1 });
  const stuck = await slowReader(system);
  const reading = stuck.cache.get('reads/stuck');
  await stuck.loaded;

  let now = Date.now() * 1000;
  const impatient = await system.another({
    clock: () => {
      now += 2_000_000;
      return now;
    },
  });
  expect(await impatient.get('reads/stuck')).toMatchObject({ value: { n: 1 }, source: 'database' });
  expect(await system.entry('reads/stuck')).toEqual({});
  stuck.release();
  await reading;
});

test('rule 8: a load that failed gives its lease back, so that the next caller need not wait for its end', async () => {
  await system.seed({ pk: 'reads/failed', n: 1 });
  const clients = watchedClients(system.config, {
    before: ({ command }) => {
      if (command === 'GetItemCommand') throw throttled();
    },
  });
  const unlucky = await system.another({ clients });
  await expect(unlucky.get('reads/failed')).rejects.toBeInstanceOf(StoreUnavailableError);
  expect(await system.redis.exists(keys.of('reads/failed').lease)).toBe(0);
  expect(await system.cache.get('reads/failed')).toMatchObject({ value: { n: 1 } });
});
