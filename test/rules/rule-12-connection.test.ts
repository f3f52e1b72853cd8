import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createClients } from '../../lib/clients.ts';
import { LevelNotMetError } from '../../lib/errors.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { type System, startSystem, until } from '../support/system.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

let system: System;
let proxy: TcpProxy;
let cache: WriteBehind;
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
  cache = await system.another({}, {}, { valkeyUrl: proxy.url });
  await cache.execute({ op: 'put', key: 'cut/counter', value: { n: 0 }, durability: 'cache' });
});

const add = (options = {}) =>
  cache.execute({ op: 'patch', key: 'cut/counter', add: { n: 1 }, durability: 'cache', ...options });

/** The connection goes between the execution of the next write to the counter and its answer. */
async function cutAfterExecution(options = {}): Promise<unknown> {
  proxy.cutReply((request) => request.includes('evalsha') && request.includes('cut/counter'));
  const refusal = await add(options).catch((error: unknown) => error);
  expect(proxy.cutsLeft).toBe(0);
  return refusal;
}

const counter = async () => Number((await system.entry('cut/counter'))['.n']?.split(' ')[1]);
const reconnected = () =>
  until('the connection is back', async () => (await cache.health()).checks.valkey.status === 'ok');

test('rule 12: an increment whose answer was cut off counts once, and its caller learns that nobody knows', async () => {
  const before = proxy.connections;
  const refusal = await cutAfterExecution();
  expect(refusal).toBeInstanceOf(LevelNotMetError);
  expect(refusal).toMatchObject({ code: 'level-not-met', facts: { inCache: 'unknown', retryAfterSeconds: 1 } });
  await reconnected();
  expect(proxy.connections).toBeGreaterThan(before);
  expect(await counter()).toBe(1);
  expect((await add()).value).toEqual({ n: 2 });
});

test('rule 12: the retry with the same idempotency key gets the answer of the first attempt', async () => {
  const idempotencyKey = 'cut';
  await cutAfterExecution({ idempotencyKey });
  await reconnected();
  const { version } = await system.entry('cut/counter');
  expect(await add({ idempotencyKey })).toMatchObject({ version: Number(version), value: { n: 1 } });
  expect(await counter()).toBe(1);
});

test('rule 12: a write that never reached Valkey is not sent when the connection is back', async () => {
  const clients = createClients({ ...system.config, endpoints: { ...system.config.endpoints, valkeyUrl: proxy.url } });
  cache = await system.another({ clients });
  await proxy.refuse();
  await until('the instance has noticed', () => clients.valkey.status !== 'ready');
  await expect(add()).rejects.toMatchObject({ code: 'level-not-met', facts: { inCache: false } });
  await proxy.pass();
  await reconnected();
  expect(await counter()).toBe(0);
});

test('rule 12: many writes under way on a connection that is cut count once each or not at all', async () => {
  proxy.cutReply((request) => request.includes('evalsha') && request.includes('cut/counter'));
  const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => add()));
  await reconnected();
  const acknowledged = outcomes.filter(({ status }) => status === 'fulfilled').length;
  expect(await counter()).toBeGreaterThanOrEqual(acknowledged);
  expect(await counter()).toBeLessThanOrEqual(50);
});

test('rule 12: a connection that went silent is given up for a new one', async () => {
  proxy.swallow();
  await expect(add()).rejects.toBeInstanceOf(LevelNotMetError);
  // The network is well again, but it has forgotten this connection: no reset will ever come.
  await proxy.pass();
  const before = proxy.connections;
  await until('a write is taken', () =>
    add().then(
      () => true,
      () => false,
    ),
  );
  expect(proxy.connections).toBeGreaterThan(before);
});

test('rule 12: a Valkey that is slow is not asked twice, and its late answer goes to nobody else', async () => {
  const release = proxy.hold();
  const refusal = await add().catch((error: unknown) => error);
  expect(refusal).toMatchObject({ facts: { inCache: 'unknown' } });
  release();
  await until('the late write is there', async () => (await counter()) === 1);
  await reconnected();
  expect((await add()).value).toEqual({ n: 2 });
});
