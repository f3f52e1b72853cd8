/** Appends are stored in batches, which change nothing about what is stored, nor about who hears of a failure. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { QueueMessage } from '../../lib/flush/flush-messages.ts';
import type { JsonObject } from '../../lib/model/json.ts';
import { patient } from '../support/patient.ts';
import { puts, refused, refuseStatements, throttled, waits } from '../support/refusals.ts';
import { Gate, type System, startSystem } from '../support/system.ts';
import { type Watch, watchedClients } from '../support/watched-clients.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ settings: { ...patient, defaultDurability: 'queue' } });
});
afterAll(() => system.stop());
beforeEach(() => system.deliverAll());

/** Appends items and returns their keys and versions, and the messages in the same order. */
async function appended(...values: readonly JsonObject[]) {
  const written = [];
  for (const value of values) written.push(await system.cache.append('log', value));
  const messages = await system.receive();
  return {
    keys: written.map(({ key }) => key),
    versions: written.map(({ version }) => version),
    messages: written.map(({ key }) => messages.find(({ body }) => JSON.parse(body).key === key)!),
  };
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => ({ n }));
const idsOf = (messages: readonly QueueMessage[]) => messages.map(({ messageId }) => messageId);

/** An instance whose requests are watched. */
async function watching(watch: Watch = {}) {
  const clients = watchedClients(system.config, watch);
  return { clients, cache: await system.another({ clients, random: () => 1 }) };
}

/** Every request to the table by its name, how often. */
function requests({ clients }: Awaited<ReturnType<typeof watching>>): { batches: number; puts: number } {
  return { batches: clients.count('BatchExecuteStatement'), puts: clients.count('PutItem') };
}

test('rule 5: the appends of a batch of messages are stored with one request', async () => {
  const instance = await watching();
  const { keys, messages } = await appended(...numbered(10));
  const before = (await system.cache.stats()).itemsStored;
  expect(await instance.cache.flushMessages(messages)).toEqual({ failed: [] });
  expect(requests(instance)).toEqual({ batches: 1, puts: 0 });
  for (const [n, key] of keys.entries()) {
    expect(await system.stored(key)).toMatchObject({ n });
    expect(await system.isDirty(key)).toBe(false);
    expect(await system.cache.get(key)).toMatchObject({ source: 'cache', persisted: true });
  }
  expect((await system.cache.stats()).itemsStored).toBe(before + 10);
});

test('rule 5: a batch stores what a put stores', async () => {
  const instance = await watching();
  const value = { n: 1, nothing: null, list: [{ a: -0.5 }, [], ''], map: { "it's": true, größe: {} } };
  const options = { actor: 'Ann', comment: 'why', durability: 'cache' } as const;
  const { key: alone } = await system.cache.append('log', value, options);
  await instance.cache.flush();
  const { key } = await system.cache.append('log', value, options);
  await system.cache.append('log', value, options);
  await instance.cache.flush();
  expect(requests(instance)).toEqual({ batches: 1, puts: 1 });
  const varying = { pk: expect.any(String), _v: expect.any(Number), _at: expect.any(String) };
  expect(await system.stored(alone)).toEqual({ ...value, _by: 'Ann', _comment: 'why', ...varying });
  expect(await system.stored(key)).toEqual({ ...(await system.stored(alone)), ...varying });
});

test('rule 5: a drain stores appends by 25, and says how many requests it took', async () => {
  const instance = await watching();
  for (const value of numbered(60)) await system.cache.append('log', value, { durability: 'cache' });
  await system.cache.execute({ op: 'put', key: 'log/of-my-own', value: {} });
  expect(await instance.cache.flush()).toMatchObject({ flushed: 61, failed: 0, databaseCalls: 4, remaining: 0 });
  // A round of 50 items, and one of 11.
  expect(requests(instance)).toEqual({ batches: 3, puts: 1 });
});

test('rule 5: batches that come late do not take items back, nor tombstones', async () => {
  const gate = new Gate();
  const { cache } = await watching({
    before: async ({ command }) => {
      if (command === 'BatchExecuteStatementCommand') await gate.wait();
    },
  });
  const { keys, messages } = await appended(...numbered(3));
  const late = cache.flushMessages(messages);
  await gate.reached;
  await system.cache.execute({ op: 'put', key: keys[0]!, value: { n: 'newer' } });
  await system.cache.execute({ op: 'delete', key: keys[1]! });
  await Promise.all(messages.map((message) => system.remove(message)));
  await system.deliverAll();
  gate.open();
  expect(await late).toEqual({ failed: [] });
  expect(await system.stored(keys[0]!)).toMatchObject({ n: 'newer' });
  expect(await system.stored(keys[1]!)).toMatchObject({ _deleted: true });
  expect(await system.stored(keys[2]!)).toMatchObject({ n: 2 });
  for (const key of keys) expect(await system.isDirty(key)).toBe(false);
  expect(await system.cache.get(keys[0]!)).toMatchObject({ value: { n: 'newer' }, persisted: true });
  expect(await system.cache.get(keys[1]!)).toBeNull();
});

test('rule 5: an append meets what is in the table as a put would', async () => {
  const { keys, versions, messages } = await appended(...numbered(4));
  await system.seed({ pk: keys[0]!, n: 'of another program' });
  await system.seed({ pk: keys[1]!, _v: versions[1]! - 1, n: 'older' });
  await system.seed({ pk: keys[2]!, _v: versions[2]! + 1, n: 'newer' });
  const instance = await watching();
  expect(await instance.cache.flushMessages(messages)).toEqual({ failed: [] });
  expect(requests(instance)).toEqual({ batches: 1, puts: 3 });
  expect(await Promise.all(keys.map(async (key) => (await system.stored(key))?.n))).toEqual([0, 1, 'newer', 3]);
});

test('rule 5: a batch whose answer is lost is stored once', async () => {
  let lost = false;
  const instance = await watching({
    after: ({ command }) => {
      if (lost || command !== 'BatchExecuteStatementCommand') return;
      lost = true;
      throw new Error('the answer never came');
    },
  });
  const { keys, messages } = await appended(...numbered(3));
  expect((await instance.cache.flushMessages(messages)).failed.toSorted()).toEqual(idsOf(messages).toSorted());
  const stored = await Promise.all(keys.map((key) => system.stored(key)));
  const { stale } = await system.cache.stats();
  expect(await instance.cache.flushMessages(messages)).toEqual({ failed: [] });
  expect(await Promise.all(keys.map((key) => system.stored(key)))).toEqual(stored);
  for (const key of keys) expect(await system.isDirty(key)).toBe(false);
  expect((await system.cache.stats()).stale).toBe(stale);
});

test('rule 5: names, lengths and sizes that do not fit a statement are put, exactly as they are', async () => {
  const values = [
    { "it's": 1 },
    { 'a\\': 1, '?': 2, '"': 3, "':?}; --": 4 },
    { größe: 1 },
    Object.fromEntries(Array.from({ length: 900 }, (_, n) => [`attribute${n}`, n])),
    { text: 'ü'.repeat(70_000) },
  ];
  const { keys, messages } = await appended(...values, ...numbered(2));
  const instance = await watching();
  expect(await instance.cache.flushMessages(messages)).toEqual({ failed: [] });
  expect(requests(instance)).toEqual({ batches: 1, puts: values.length });
  for (const [index, value] of values.entries()) expect(await system.stored(keys[index]!)).toMatchObject(value);
});

test('rule 5: what is no append, or alone, is put', async () => {
  const instance = await watching();
  await system.cache.execute({ op: 'put', key: 'log/a', value: {} });
  await system.cache.execute({ op: 'put', key: 'log/01ARZ3NDEKTSV4RRFFQ69G5FAV', value: {} });
  const { messages } = await appended({ n: 1 });
  await instance.cache.flushMessages(messages);
  await instance.cache.flush();
  expect(requests(instance)).toEqual({ batches: 0, puts: 3 });
});

test('rule 11: an append that DynamoDB refuses does not fail its neighbours', async () => {
  const { keys, messages } = await appended(...numbered(10));
  const instance = await watching({
    before: (request) => {
      if (puts(request, keys[4]!)) throw refused();
    },
  });
  refuseStatements(instance.clients.dynamodb, new Map([[keys[4]!, 'ValidationError']]));
  expect(await instance.cache.flushMessages(messages)).toEqual({ failed: [messages[4]!.messageId] });
  expect(requests(instance)).toEqual({ batches: 1, puts: 1 });
  // The first wait of a refused item, not that of the back-off.
  expect(waits(instance.clients)).toEqual([
    { handle: messages[4]!.receiptHandle, seconds: system.config.refusedRetrySeconds[0] },
  ]);
  const stored = await Promise.all(keys.map(async (key) => (await system.stored(key))?.n));
  expect(stored).toEqual([0, 1, 2, 3, undefined, 5, 6, 7, 8, 9]);
});

test('rule 11: an append that makes DynamoDB refuse the whole batch does not fail its neighbours', async () => {
  const { keys, messages } = await appended(...numbered(5));
  const instance = await watching({
    before: (request) => {
      if (request.command === 'BatchExecuteStatementCommand' || puts(request, keys[4]!)) throw refused();
    },
  });
  expect(await instance.cache.flushMessages(messages)).toEqual({ failed: [messages[4]!.messageId] });
  expect(requests(instance)).toEqual({ batches: 1, puts: 5 });
});

test.each(['ThrottlingError', 'ProvisionedThroughputExceeded', 'InternalServerError'] as const)(
  'rule 11: an append answered with %s waits for the back-off, and is not asked for again at once',
  async (code) => {
    const { keys, messages } = await appended(...numbered(5));
    const instance = await watching();
    const codes = new Map([[keys[1]!, code]]);
    refuseStatements(instance.clients.dynamodb, codes);
    expect(await instance.cache.flushMessages(messages)).toEqual({ failed: [messages[1]!.messageId] });
    expect(requests(instance)).toEqual({ batches: 1, puts: 0 });
    expect(waits(instance.clients)).toEqual([{ handle: messages[1]!.receiptHandle, seconds: 1 }]);
    expect(await system.isDirty(keys[1]!)).toBe(true);

    codes.clear();
    expect(await instance.cache.flushMessages([messages[1]!])).toEqual({ failed: [] });
    expect(await system.stored(keys[1]!)).toMatchObject({ n: 1 });
  },
);

test('rule 11: while DynamoDB throttles whole batches, each item waits for the back-off', async () => {
  const instance = await watching({
    before: ({ command }) => {
      if (command === 'BatchExecuteStatementCommand') throw throttled();
    },
  });
  const { messages } = await appended(...numbered(5));
  expect((await instance.cache.flushMessages(messages)).failed.toSorted()).toEqual(idsOf(messages).toSorted());
  expect(requests(instance)).toEqual({ batches: 1, puts: 0 });
  expect(waits(instance.clients).map(({ seconds }) => seconds)).toEqual([1, 1, 1, 1, 1]);
});

test('rule 13: a drain stops asking a database that fails whole batches', async () => {
  const instance = await watching({
    before: ({ command }) => {
      if (command === 'BatchExecuteStatementCommand') throw throttled();
    },
  });
  for (const value of numbered(220)) await system.cache.append('log', value, { durability: 'cache' });
  // Two rounds of 50 are under way, each of two batches.
  expect(await instance.cache.flush()).toMatchObject({ failed: 100, databaseCalls: 4 });
});
