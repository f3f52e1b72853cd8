import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import type { Item } from '../../lib/model/operation.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { throttled } from '../support/refusals.ts';
import { slowReader } from '../support/slow-reader.ts';
import { type System, startSystem, until } from '../support/system.ts';
import { watchedClients } from '../support/watched-clients.ts';

const TTL_MS = 600_000;
const ABOUT_TO_EXPIRE_MS = 60_000;
const READERS = 1000;

let system: System;
let keys: Keys;
beforeAll(async () => {
  // A long lease: nobody may take over only because the machine is slow.
  const collections = { fresh: { ttlSeconds: 600, refreshAheadSeconds: 120 }, plain: { ttlSeconds: 600 } };
  system = await startSystem({ settings: { leaseSeconds: 60, collections } });
  keys = new Keys(system.config.shards);
});
afterAll(() => system.stop());

const ttlMs = (key: string) => system.redis.pttl(keys.of(key).entry);
const leases = (key: string) => system.redis.exists(keys.of(key).lease);

/** Brings an entry to the end of its time, without waiting for it. */
async function age(key: string, ms = ABOUT_TO_EXPIRE_MS): Promise<void> {
  await system.redis.pexpire(keys.of(key).entry, ms);
}

/** Stores an item and caches it clean, about to expire. */
async function expiring(key: string, value: Record<string, unknown> = { n: 'old' }): Promise<void> {
  await system.seed({ pk: key, _v: 1, ...value });
  await system.cache.get(key);
  await age(key);
}

function readers(caches: readonly WriteBehind[], key: string, count: number): Promise<Item | null>[] {
  return Array.from({ length: count }, (_, i) => caches[i % caches.length]!.get(key));
}

test(`rule 8: ${READERS} readers of an entry about to expire cost one database read; all others do not wait for it`, async () => {
  const key = 'fresh/stampede';
  await expiring(key, { n: 7 });
  const slow = [await slowReader(system), await slowReader(system)];
  let answered = 0;
  const all = readers(
    slow.map(({ cache }) => cache),
    key,
    READERS,
  ).map((reading) =>
    reading.then((item) => {
      answered += 1;
      return item;
    }),
  );
  await until('all but one have answered', () => answered === READERS - 1);
  for (const { release } of slow) release();
  const items = await Promise.all(all);

  expect(items.every((item) => item?.value.n === 7)).toBe(true);
  expect(items.filter((item) => item?.source === 'database')).toHaveLength(1);
  expect(slow.reduce((sum, { clients }) => sum + clients.count('GetItem'), 0)).toBe(1);
  expect(await ttlMs(key)).toBeGreaterThan(TTL_MS / 2);
  expect(await leases(key)).toBe(0);
  expect((await system.cache.stats()).reads).toMatchObject({ refreshes: 1, refreshesFailed: 0 });
});

test(`rule 8: ${READERS} readers of an entry that has expired cost one database read`, async () => {
  const key = 'fresh/expired';
  await expiring(key, { n: 7 });
  await age(key, 1);
  await until('it has expired', async () => (await ttlMs(key)) === -2);
  const clients = [watchedClients(system.config), watchedClients(system.config)];
  const caches = await Promise.all(clients.map((own) => system.another({ clients: own })));
  const items = await Promise.all(readers(caches, key, READERS));
  expect(items.every((item) => item?.value.n === 7)).toBe(true);
  expect(clients.reduce((sum, own) => sum + own.count('GetItem'), 0)).toBe(1);
});

test(`rule 8: an entry that expires while it is refreshed costs its ${READERS} readers no second read`, async () => {
  const key = 'fresh/too-late';
  await expiring(key, { n: 7 });
  const slow = await slowReader(system);
  const first = slow.cache.get(key);
  await slow.loaded;
  await age(key, 1);
  await until('it has expired', async () => (await ttlMs(key)) === -2);
  const others = readers([slow.cache], key, READERS);
  slow.release();
  const items = await Promise.all([first, ...others]);
  expect(items.every((item) => item?.value.n === 7)).toBe(true);
  expect(slow.clients.count('GetItem')).toBe(1);
  expect(await ttlMs(key)).toBeGreaterThan(TTL_MS / 2);
});

test('rule 8: what is not about to expire, dirty, absent, or of a collection without refresh-ahead is not refreshed', async () => {
  const clients = watchedClients(system.config);
  const cache = await system.another({ clients });
  await expiring('fresh/young');
  await age('fresh/young', TTL_MS);
  await expiring('plain/old');
  await cache.execute({ op: 'put', key: 'fresh/dirty', value: { n: 1 }, durability: 'cache' });
  await system.cache.get('fresh/none');
  for (const key of ['fresh/young', 'plain/old', 'fresh/dirty', 'fresh/none']) {
    await cache.get(key);
    expect(await leases(key)).toBe(0);
  }
  expect(clients.count('GetItem')).toBe(0);
  expect(await ttlMs('plain/old')).toBeLessThanOrEqual(ABOUT_TO_EXPIRE_MS);
});

test('rule 8: a refresh shows what another program has stored meanwhile, whole', async () => {
  await expiring('fresh/foreign', { n: 'old', gone: true });
  await system.seed({ pk: 'fresh/foreign', n: 'new' });
  const expected = { value: { n: 'new' }, version: 0, persisted: true };
  for (const source of ['database', 'cache'] as const) {
    const item = await system.cache.get('fresh/foreign');
    expect(item).toMatchObject({ ...expected, source });
    expect(item?.value).not.toHaveProperty('gone');
  }
});

test('rule 8: a refresh that finds a tombstone keeps it, one that finds nothing remembers that for a lease', async () => {
  await expiring('fresh/deleted');
  await system.seed({ pk: 'fresh/deleted', _v: 2, _deleted: true });
  expect(await system.cache.get('fresh/deleted')).toBeNull();
  expect(await system.entry('fresh/deleted')).toMatchObject({ version: '2', deleted: '1' });
  expect(await ttlMs('fresh/deleted')).toBeGreaterThan(TTL_MS / 2);

  await expiring('fresh/vanished');
  const { tableName } = system.config.endpoints;
  await system.dynamodb.send(new DeleteItemCommand({ TableName: tableName, Key: { pk: { S: 'fresh/vanished' } } }));
  expect(await system.cache.get('fresh/vanished')).toBeNull();
  expect(await ttlMs('fresh/vanished')).toBeLessThanOrEqual(system.config.leaseSeconds * 1000);
});

test.each([
  ['waits to be stored', 'cache', false],
  ['is stored', 'database', false],
  ['is stored and evicted', 'database', true],
] as const)('rule 8: a write during a refresh that %s is not overwritten', async (how, durability, evicted) => {
  const key = `fresh/${how}`;
  await expiring(key);
  const slow = await slowReader(system);
  const reading = slow.cache.get(key);
  await slow.loaded;
  const { version } = await system.cache.execute({ op: 'put', key, value: { n: 'new' }, durability });
  if (evicted) await system.redis.del(keys.of(key).entry);
  slow.release();

  expect(await reading).toMatchObject({ value: { n: 'old' } });
  const entry = await system.entry(key);
  if (evicted) expect(entry).toEqual({});
  else expect(entry).toMatchObject({ version: String(version) });
  expect(await system.isDirty(key)).toBe(durability === 'cache');
  expect(await system.cache.get(key)).toMatchObject({ value: { n: 'new' }, version });
});

test('rule 8: a refresh whose lease was evicted changes nothing', async () => {
  const key = 'fresh/evicted-lease';
  await expiring(key);
  const slow = await slowReader(system);
  const reading = slow.cache.get(key);
  await slow.loaded;
  await system.redis.del(keys.of(key).lease);
  slow.release();
  expect(await reading).toMatchObject({ value: { n: 'old' } });
  expect(await ttlMs(key)).toBeLessThanOrEqual(ABOUT_TO_EXPIRE_MS);
});

test('rule 8: a refresh that fails is answered from the cache, counted, and not tried again within a lease', async () => {
  const key = 'fresh/unlucky';
  await expiring(key);
  const before = (await system.cache.stats()).reads;
  const clients = watchedClients(system.config, {
    before: ({ command }) => {
      if (command === 'GetItemCommand') throw throttled();
    },
  });
  const unlucky = await system.another({ clients });
  for (let reads = 0; reads < 3; reads += 1) {
    expect(await unlucky.get(key)).toMatchObject({ value: { n: 'old' }, source: 'cache', persisted: true });
  }
  expect(clients.count('GetItem')).toBe(1);
  expect((await system.cache.stats()).reads).toMatchObject({
    refreshes: before.refreshes + 1,
    refreshesFailed: before.refreshesFailed + 1,
  });
  expect(await ttlMs(key)).toBeLessThanOrEqual(ABOUT_TO_EXPIRE_MS);

  await system.redis.del(keys.of(key).lease);
  expect(await system.cache.get(key)).toMatchObject({ source: 'database' });
  expect(await ttlMs(key)).toBeGreaterThan(TTL_MS / 2);
});
