import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { type System, startSystem } from '../support/system.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { type WatchedClients, watchedClients } from '../support/watched-clients.ts';

let system: System;
let proxy: TcpProxy;
let clients: WatchedClients;
let cache: WriteBehind;
beforeAll(async () => {
  system = await startSystem();
  proxy = await TcpProxy.start(system.servers.valkey.url);
  clients = watchedClients({ ...system.config, endpoints: { ...system.config.endpoints, valkeyUrl: proxy.url } });
  cache = await system.another({ clients });
});
afterAll(async () => {
  await proxy.close();
  await system.stop();
});

/** How often something was sent to Valkey, SQS and DynamoDB while `work` ran; what is sent together counts once. */
async function roundTrips(work: () => Promise<unknown>) {
  const before = { valkey: proxy.asked('evalsha'), requests: clients.seen.length };
  await work();
  return {
    valkey: proxy.asked('evalsha') - before.valkey,
    aws: clients.seen.slice(before.requests).map(({ command }) => command),
  };
}

test('a write is one round trip to Valkey, and one to SQS when it signals', async () => {
  const put = (durability: 'cache' | 'queue') =>
    cache.execute({ op: 'put', key: 'trips/put', value: { n: 1 }, durability });
  expect(await roundTrips(() => put('queue'))).toEqual({ valkey: 1, aws: ['SendMessageBatchCommand'] });
  expect(await roundTrips(() => put('cache'))).toEqual({ valkey: 1, aws: [] });
});

test('a patch that misses adds one load, and one round trip that fills and writes', async () => {
  await system.seed({ pk: 'trips/miss', n: 1 });
  const patch = () => cache.execute({ op: 'patch', key: 'trips/miss', add: { n: 1 }, durability: 'cache' });
  expect(await roundTrips(patch)).toEqual({ valkey: 2, aws: ['GetItemCommand', 'SendMessageBatchCommand'] });
  expect(await roundTrips(patch)).toEqual({ valkey: 1, aws: [] });
});

test('a flush of 10 messages is one round of claims, one write per key in parallel, one round of settles', async () => {
  await system.deliverAll();
  await cache.batch(
    Array.from({ length: 10 }, (_, n) => ({ op: 'put', key: `trips/flush-${n}`, value: { n }, durability: 'cache' })),
  );
  const messages = await system.receive();
  expect(messages).toHaveLength(10);
  // SQS is asked for the record of a pause at most every 30 s.
  await cache.flushing.state();
  const { valkey, aws } = await roundTrips(() => cache.flushMessages(messages));
  expect(valkey).toBeLessThanOrEqual(3);
  expect(aws).toEqual(Array.from({ length: 10 }, () => 'PutItemCommand'));
});
