import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { type System, startSystem } from '../support/system.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { watchedClients } from '../support/watched-clients.ts';

let system: System;
let proxy: TcpProxy;
let flusher: WriteBehind;
beforeAll(async () => {
  system = await startSystem({ settings: { valkeyTimeoutMs: 500 } });
  proxy = await TcpProxy.start(system.servers.valkey.url);
});
afterAll(async () => {
  await proxy.close();
  await system.stop();
});
beforeEach(async () => {
  await proxy.pass();
  flusher = await system.another({}, {}, { valkeyUrl: proxy.url });
  await proxy.refuse();
});

async function messageOf(key: string) {
  return (await system.receive()).find(({ body }) => JSON.parse(body).key === key)!;
}

test('rule 12: a flush without Valkey stores what the messages carry; all come again, to be settled', async () => {
  await system.cache.execute({ op: 'put', key: 'alone/value', value: { n: 1 }, durability: 'queue' });
  await system.cache.execute({ op: 'put', key: 'alone/signal', value: { n: 2 }, durability: 'cache' });
  await system.cache.execute({ op: 'delete', key: 'alone/deleted', durability: 'queue' });
  const messages = await system.receive();
  const { failed } = await flusher.flushMessages(messages);
  expect(failed.toSorted()).toEqual(messages.map(({ messageId }) => messageId).toSorted());
  expect(await system.stored('alone/value')).toMatchObject({ n: 1 });
  expect(await system.stored('alone/deleted')).toMatchObject({ _deleted: true });
  expect(await system.stored('alone/signal')).toBeUndefined();
  expect(await system.receive('dead')).toEqual([]);

  expect(await system.cache.flushMessages(messages)).toEqual({ failed: [] });
  expect(await system.stored('alone/signal')).toMatchObject({ n: 2 });
  expect(await system.isDirty('alone/value')).toBe(false);
});

test('rule 12: a value stored without Valkey does not answer for a newer signal of its key', async () => {
  const key = 'alone/both';
  await system.cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'queue' });
  const value = await messageOf(key);
  // The claim of another flush lets the next write signal again, while the first message is still there.
  await system.cache.flush();
  await system.cache.execute({ op: 'put', key, value: { n: 2 }, durability: 'cache' });
  await system.remove(value);
  const signal = await messageOf(key);
  const { failed } = await flusher.flushMessages([value, signal]);
  expect(failed).toContain(signal.messageId);

  await system.cache.flushMessages([signal]);
  expect(await system.stored(key)).toMatchObject({ n: 2 });
});

test('rule 12: an old value stored without Valkey takes nothing back', async () => {
  const key = 'alone/old';
  await system.cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'queue' });
  const old = await messageOf(key);
  await system.cache.execute({ op: 'put', key, value: { n: 2 }, durability: 'database' });
  await flusher.flushMessages([old]);
  expect(await system.stored(key)).toMatchObject({ n: 2 });
});

test('rule 12: an older entry that Valkey still holds is dropped when the message comes again', async () => {
  const key = 'alone/stale';
  await system.cache.execute({ op: 'put', key, value: { n: 3 }, durability: 'database' });
  await flusher.execute({ op: 'put', key, value: { n: 100 }, durability: 'queue' });
  const straight = await messageOf(key);
  expect(await flusher.flushMessages([straight])).toEqual({ failed: [straight.messageId] });
  expect(await system.cache.get(key)).toMatchObject({ value: { n: 3 } });

  expect(await system.cache.flushMessages([straight])).toEqual({ failed: [] });
  expect(await system.cache.get(key)).toMatchObject({ value: { n: 100 }, source: 'database' });
});

test('rule 12: what a write-through stored and Valkey could not be told is settled by a message', async () => {
  const key = 'alone/through';
  await system.seed({ pk: key, n: 1 });
  const config = { ...system.config, endpoints: { ...system.config.endpoints, valkeyUrl: proxy.url } };
  const clients = watchedClients(config, {
    before: async ({ command }) => {
      if (command !== 'PutItemCommand') return;
      // Valkey loses the write, a reader loads what the table has, and then this instance cannot reach it any more.
      await system.redis.flushall();
      expect(await system.cache.get(key)).toMatchObject({ value: { n: 1 } });
      await proxy.refuse();
    },
  });
  await proxy.pass();
  const writer = await system.another({ clients });
  const { durability } = await writer.execute({ op: 'put', key, value: { n: 2 }, durability: 'database' });
  expect(durability).toBe('database');
  await system.deliverAll();
  expect(await system.cache.get(key)).toMatchObject({ value: { n: 2 } });
});

test('rule 12: what was stored without Valkey is found stored by the sweep, and leaves the dirty index', async () => {
  const key = 'alone/dirty';
  await system.cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'queue' });
  await flusher.flushMessages([await messageOf(key)]);
  expect(await system.isDirty(key)).toBe(true);
  await system.cache.flush();
  expect(await system.isDirty(key)).toBe(false);
  expect(await system.cache.consistency(key)).toMatchObject({ consistent: true });
});
