import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import type { Collection } from '../../lib/collection.ts';
import { Gate, type System, startSystem, watchedClients } from '../support/system.ts';

const TTL_SECONDS = 100_000;
const LONG_TTL_SECONDS = 200_000;

let system: System;
beforeAll(async () => {
  const collections = { lasting: { ttlSeconds: LONG_TTL_SECONDS } };
  system = await startSystem({ settings: { ttlSeconds: TTL_SECONDS, defaultDurability: 'cache', collections } });
});
afterAll(() => system.stop());
beforeEach(() => system.deliverAll());

/** Time to live of an entry, ms; -1 for none. */
const ttlMs = (key: string) => system.redis.pttl(new Keys(system.config.shards).of(key).entry);

async function expectExpiring(key: string, seconds: number): Promise<void> {
  const ms = await ttlMs(key);
  expect(ms).toBeGreaterThan(seconds > TTL_SECONDS ? TTL_SECONDS * 1000 : 0);
  expect(ms).toBeLessThanOrEqual(seconds * 1000);
}

const WRITES: [string, (items: Collection, id: string) => Promise<unknown>][] = [
  ['put', (items, id) => items.put(id, { n: 2 })],
  ['patch', (items, id) => items.patch(id, { add: { n: 1 } })],
  ['delete', (items, id) => items.delete(id)],
];

test.for(WRITES)('rule 2: a dirty entry never expires, a settled one does: %s', async ([id, write]) => {
  const items = system.cache.collection('expiry');
  await write(items, id);
  expect(await ttlMs(`expiry/${id}`)).toBe(-1);
  await system.deliverAll();
  expect(await system.isDirty(`expiry/${id}`)).toBe(false);
  await expectExpiring(`expiry/${id}`, TTL_SECONDS);
});

test.for(WRITES)('rule 2: a write to a clean entry ends its time to live: %s', async ([op, write]) => {
  const items = system.cache.collection('expiry');
  const id = `clean-${op}`;
  await items.put(id, { n: 1 });
  await system.deliverAll();
  await expectExpiring(`expiry/${id}`, TTL_SECONDS);
  await write(items, id);
  expect(await ttlMs(`expiry/${id}`)).toBe(-1);
});

test.for(WRITES)('rule 2: a write to a loaded entry ends its time to live: %s', async ([op, write]) => {
  const id = `loaded-${op}`;
  await system.seed({ pk: `expiry/${id}`, n: 1 });
  await system.cache.get(`expiry/${id}`);
  await expectExpiring(`expiry/${id}`, TTL_SECONDS);
  await write(system.cache.collection('expiry'), id);
  expect(await ttlMs(`expiry/${id}`)).toBe(-1);
});

test('rule 2: an entry that changed while it was flushed stays without a time to live', async () => {
  const gate = new Gate();
  const clients = watchedClients(system.config, async (command) => {
    if (command === 'PutItemCommand') await gate.wait();
  });
  const items = system.cache.collection('expiry');
  await items.put('changing', { n: 1 });
  // One: what changes within the millisecond of the flush's beginning is flushed again.
  const flushing = (await system.another({ clients })).flush({ limit: 1 });
  await gate.reached;
  await items.patch('changing', { add: { n: 1 } });
  gate.open();
  expect(await flushing).toMatchObject({ flushed: 1 });
  expect(await ttlMs('expiry/changing')).toBe(-1);
  await system.deliverAll();
  await expectExpiring('expiry/changing', TTL_SECONDS);
});

test('rule 2: a collection may have its own time to live', async () => {
  await system.cache.collection('lasting').put('a', { n: 1 });
  await system.seed({ pk: 'lasting/b', n: 1 });
  await system.cache.get('lasting/b');
  await system.deliverAll();
  await expectExpiring('lasting/a', LONG_TTL_SECONDS);
  await expectExpiring('lasting/b', LONG_TTL_SECONDS);
});

test('rule 2: that an item does not exist is remembered for no longer than a lease', async () => {
  expect(await system.cache.get('expiry/nothing')).toBeNull();
  await expectExpiring('expiry/nothing', system.config.leaseSeconds);
});
