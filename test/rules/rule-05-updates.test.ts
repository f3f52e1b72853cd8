/** What is stored again is stored in batches where nothing of the state before can be left; that changes nothing about what is stored. */
import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import type { JsonObject } from '../../lib/model/json.ts';
import type { WriteOperation } from '../../lib/model/operation.ts';
import { patient } from '../support/patient.ts';
import { puts, refused, refuseStatements, throttled, waits } from '../support/refusals.ts';
import { Gate, type System, startSystem } from '../support/system.ts';
import { type Watch, watchedClients } from '../support/watched-clients.ts';

let system: System;
let run = 0;
beforeAll(async () => {
  const collections = { shared: { otherWriters: 'cacheWins' as const } };
  system = await startSystem({ settings: { ...patient, collections, defaultDurability: 'queue' } });
});
afterAll(() => system.stop());
beforeEach(async () => {
  run += 1;
  await system.deliverAll();
});

const keysOf = (count: number, collection = 'hot') =>
  Array.from({ length: count }, (_, n) => `${collection}/${run}-${n}`);

async function execute(...operations: readonly WriteOperation[]): Promise<number[]> {
  const versions: number[] = [];
  for (const operation of operations) {
    const acknowledgement = await system.cache.execute(operation);
    versions.push(acknowledgement.version);
  }
  return versions;
}

const put = (key: string, value: JsonObject): WriteOperation => ({ op: 'put', key, value });

/** Items that are stored, and not known to anybody to have been otherwise. */
async function stored(count: number, value: JsonObject = { n: 0, a: 'x' }, collection?: string): Promise<string[]> {
  const keys = keysOf(count, collection);
  await execute(...keys.map((key) => put(key, value)));
  await system.deliverAll();
  return keys;
}

/** The messages of the keys that have one, in the keys' order. */
async function messagesOf(keys: readonly string[]) {
  const messages = await system.receive();
  return keys.map((key) => messages.find(({ body }) => JSON.parse(body).key === key)!);
}

/** An instance whose requests to the table are counted. */
async function watching(watch: Watch = {}) {
  const clients = watchedClients(system.config, watch);
  const cache = await system.another({ clients, random: () => 1 });
  const requests = () => ({ batches: clients.count('BatchExecuteStatement'), puts: clients.count('PutItem') });
  return { clients, cache, requests };
}

test('rule 5: what is written again is stored with one request for a batch of messages', async () => {
  const keys = await stored(10);
  await execute(...keys.map((key, n) => put(key, { n, a: 'y' })));
  const messages = await messagesOf(keys);
  const instance = await watching();
  const { itemsStored } = await system.cache.stats();
  expect(await instance.cache.flushMessages(messages)).toEqual({ failed: [] });
  expect(instance.requests()).toEqual({ batches: 1, puts: 0 });
  for (const [n, key] of keys.entries()) {
    expect(await system.stored(key)).toMatchObject({ n, a: 'y' });
    expect(await system.isDirty(key)).toBe(false);
    expect(await system.cache.get(key)).toMatchObject({ source: 'cache', persisted: true });
  }
  expect((await system.cache.stats()).itemsStored).toBe(itemsStored + 10);
});

test('rule 5: so are increments and other patches that add and remove no attribute, again and again', async () => {
  const keys = await stored(4, { n: 1 });
  const instance = await watching();
  for (const round of [1, 2, 3]) {
    await execute(...keys.map((key): WriteOperation => ({ op: 'patch', key, add: { n: 1 } })));
    expect(await instance.cache.flush()).toMatchObject({ flushed: 4, failed: 0, databaseCalls: 1 });
    expect(instance.requests()).toEqual({ batches: round, puts: 0 });
  }
  for (const key of keys) expect(await system.stored(key)).toMatchObject({ n: 4 });
});

test.for<readonly [string, readonly ((key: string) => WriteOperation)[], object | undefined]>([
  ['an attribute less', [(key) => put(key, { n: 1 })], { n: 1 }],
  ['an attribute more', [(key) => ({ op: 'patch', key, set: { b: 1 } })], { n: 0, a: 'x', b: 1 }],
  ['an attribute removed', [(key) => ({ op: 'patch', key, remove: ['a'] })], { n: 0 }],
  ['an author', [(key) => ({ ...put(key, { n: 0, a: 'x' }), actor: 'Ann' })], { n: 0, a: 'x', _by: 'Ann' }],
  ['a tombstone', [(key) => ({ op: 'delete', key })], { _deleted: true, _ttl: expect.any(Number) }],
  [
    'the same attributes, after others that were never stored',
    [(key) => put(key, { other: 1 }), (key) => put(key, { n: 1, a: 'z' })],
    { n: 1, a: 'z' },
  ],
])('rule 5: nothing of the state before is left under %s', async ([, writes, expected]) => {
  const keys = await stored(3);
  await execute(...keys.flatMap((key) => writes.map((write) => write(key))));
  await system.deliverAll();
  for (const key of keys) {
    const { pk: _pk, _v, _at, ...rest } = (await system.stored(key))!;
    expect(rest).toEqual(expected);
  }
});

test('rule 5: a state with other attributes, stored by an instance that knows nothing of shapes, is not taken for one of the same', async () => {
  const keys = await stored(2);
  const shapes = await Promise.all(keys.map(async (key) => (await system.entry(key)).shape!));
  await execute(...keys.map((key) => put(key, { n: 1, a: 'y', more: 1 })));
  await system.deliverAll();
  // As the version before this one settles: without a word about the shape.
  const names = new Keys(system.config.shards);
  for (const [n, key] of keys.entries()) await system.redis.hset(names.of(key).entry, 'shape', shapes[n]!);
  await execute(...keys.map((key) => put(key, { n: 2, a: 'z' })));
  await system.deliverAll();
  for (const key of keys) {
    const { pk: _pk, _v, _at, ...rest } = (await system.stored(key))!;
    expect(rest).toEqual({ n: 2, a: 'z' });
  }
});

test('rule 5: batches that come late do not take items back, nor tombstones', async () => {
  const keys = await stored(3);
  await execute(...keys.map((key) => put(key, { n: 1, a: 'late' })));
  const messages = await messagesOf(keys);
  const gate = new Gate();
  const { cache } = await watching({
    before: async ({ command }) => {
      if (command === 'BatchExecuteStatementCommand') await gate.wait();
    },
  });
  const late = cache.flushMessages(messages);
  await gate.reached;
  await execute(put(keys[0]!, { n: 2, a: 'newer' }), { op: 'delete', key: keys[1]! });
  await Promise.all(messages.map((message) => system.remove(message)));
  await system.deliverAll();
  gate.open();
  expect(await late).toEqual({ failed: [] });
  expect(await system.stored(keys[0]!)).toMatchObject({ n: 2, a: 'newer' });
  expect(await system.stored(keys[1]!)).toMatchObject({ _deleted: true });
  expect(await system.stored(keys[2]!)).toMatchObject({ n: 1, a: 'late' });
  expect(await system.cache.get(keys[0]!)).toMatchObject({ value: { n: 2 }, persisted: true });
  expect(await system.cache.get(keys[1]!)).toBeNull();
});

test('rule 5: a table that was taken back to an earlier state is brought forward, with nothing of it left', async () => {
  const keys = await stored(2);
  for (const key of keys) await system.seed({ pk: key, _v: 5, n: -1, a: 'of old', old: true });
  await execute(...keys.map((key) => put(key, { n: 1, a: 'y' })));
  await system.deliverAll();
  for (const key of keys) {
    const { pk: _pk, _v, _at, ...rest } = (await system.stored(key))!;
    expect(rest).toEqual({ n: 1, a: 'y' });
  }
});

test('rule 5: what another program adds to an item is replaced where its collection says that others write', async () => {
  const keys = await stored(3, { n: 0 }, 'shared');
  for (const key of keys) await system.seed({ ...(await system.stored(key)), pk: key, theirs: true });
  await execute(...keys.map((key) => put(key, { n: 1 })));
  const instance = await watching();
  await instance.cache.flush();
  expect(instance.requests()).toEqual({ batches: 0, puts: 3 });
  for (const key of keys) expect(await system.stored(key)).not.toHaveProperty('theirs');
});

test('rule 5: a batch whose answer is lost is stored once', async () => {
  const keys = await stored(3);
  await execute(...keys.map((key) => put(key, { n: 1, a: 'y' })));
  const messages = await messagesOf(keys);
  let lost = false;
  const instance = await watching({
    after: ({ command }) => {
      if (lost || command !== 'BatchExecuteStatementCommand') return;
      lost = true;
      throw new Error('the answer never came');
    },
  });
  expect((await instance.cache.flushMessages(messages)).failed).toHaveLength(3);
  const before = await Promise.all(keys.map((key) => system.stored(key)));
  const { stale } = await system.cache.stats();
  expect(await instance.cache.flushMessages(messages)).toEqual({ failed: [] });
  expect(await Promise.all(keys.map((key) => system.stored(key)))).toEqual(before);
  for (const key of keys) expect(await system.isDirty(key)).toBe(false);
  expect((await system.cache.stats()).stale).toBe(stale);
});

test('rule 11: an item that DynamoDB refuses does not fail its neighbours, and has the waits of a refused one', async () => {
  const keys = await stored(5);
  await execute(...keys.map((key) => put(key, { n: 1, a: 'y' })));
  const messages = await messagesOf(keys);
  const instance = await watching({
    before: (request) => {
      if (puts(request, keys[2]!)) throw refused();
    },
  });
  refuseStatements(instance.clients.dynamodb, new Map([[keys[2]!, 'ValidationError']]));
  expect(await instance.cache.flushMessages(messages)).toEqual({ failed: [messages[2]!.messageId] });
  expect(instance.requests()).toEqual({ batches: 1, puts: 1 });
  expect(waits(instance.clients)).toEqual([
    { handle: messages[2]!.receiptHandle, seconds: system.config.refusedRetrySeconds[0] },
  ]);
});

test('rule 11: while DynamoDB throttles whole batches, each item waits for the back-off', async () => {
  const keys = await stored(5);
  await execute(...keys.map((key) => put(key, { n: 1, a: 'y' })));
  const messages = await messagesOf(keys);
  const instance = await watching({
    before: ({ command }) => {
      if (command === 'BatchExecuteStatementCommand') throw throttled();
    },
  });
  expect((await instance.cache.flushMessages(messages)).failed).toHaveLength(5);
  expect(instance.requests()).toEqual({ batches: 1, puts: 0 });
  expect(waits(instance.clients).map(({ seconds }) => seconds)).toEqual([1, 1, 1, 1, 1]);
  for (const key of keys) expect(await system.isDirty(key)).toBe(true);
});

test('rule 11: a role that has no right to statements stores by puts', async () => {
  const keys = await stored(3);
  await execute(...keys.map((key) => put(key, { n: 1, a: 'y' })));
  const instance = await watching();
  refuseStatements(instance.clients.dynamodb, new Map(keys.map((key) => [key, 'AccessDenied'])));
  expect(await instance.cache.flush()).toMatchObject({ failed: 0, remaining: 0 });
  for (const key of keys) expect(await system.stored(key)).toMatchObject({ n: 1, a: 'y' });
});

test('rule 11: so does one to which DynamoDB refuses the whole request', async () => {
  const keys = await stored(3);
  await execute(...keys.map((key) => put(key, { n: 1, a: 'y' })));
  const denied = { name: 'AccessDeniedException', $fault: 'client', message: 'not authorized', $metadata: {} } as const;
  const instance = await watching({
    before: ({ command }) => {
      if (command === 'BatchExecuteStatementCommand') throw new DynamoDBServiceException(denied);
    },
  });
  expect(await instance.cache.flush()).toMatchObject({ failed: 0, remaining: 0 });
  for (const key of keys) expect(await system.stored(key)).toMatchObject({ n: 1, a: 'y' });
});

test('rule 11: a damaged entry, nested too deep, does not fail its neighbours', async () => {
  const keys = await stored(3);
  await execute(...keys.map((key) => put(key, { n: 1, a: 'y' })));
  const depth = 50_000;
  const { entry } = new Keys(system.config.shards).of(keys[0]!);
  await system.redis.hset(entry, '.a', `9 ${'['.repeat(depth)}${']'.repeat(depth)}`);
  expect(await system.cache.flush()).toMatchObject({ flushed: 2, failed: 1 });
  await system.redis.del(entry);
  await system.redis.zrem(new Keys(system.config.shards).of(keys[0]!).shard.dirty, keys[0]!);
});
