import { afterAll, beforeAll, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import { silentReport } from '../../lib/flush/report.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { patient } from '../support/patient.ts';
import { puts, receivedAgain, refused, waits } from '../support/refusals.ts';
import { messageOfSignal, type System, startSystem } from '../support/system.ts';
import { type WatchedClients, watchedClients } from '../support/watched-clients.ts';

let system: System;
let clients: WatchedClients;
let cache: WriteBehind;
const refusing = new Set<string>();
const DAY_US = 86_400_000_000;

beforeAll(async () => {
  system = await startSystem({ settings: patient });
  clients = watchedClients(system.config, {
    before: (request) => {
      if (puts(request, ...refusing)) throw refused();
    },
  });
  cache = await system.another({ clients, random: () => 1 });
});
afterAll(() => system.stop());

async function putAndReceive(key: string, value: Record<string, number>) {
  await cache.execute({ op: 'put', key, value, durability: 'queue', actor: 'someone' });
  const message = (await system.receive()).find(({ body }) => JSON.parse(body).key === key);
  return message!;
}

/** The dead letters of a key, taken off the queue. */
async function deadLetters(key: string) {
  const own = (await system.receive('dead')).filter(({ raw }) => raw.MessageAttributes?.key?.StringValue === key);
  await Promise.all(own.map((message) => system.remove(message, 'dead')));
  return own;
}

/** Brings an item that DynamoDB refuses past its last try. */
async function park(key: string, value: Record<string, number>) {
  refusing.add(key);
  const message = await putAndReceive(key, value);
  expect(await cache.flushMessages([receivedAgain(message, 4)])).toEqual({ failed: [] });
  await system.remove(message);
  return { message, letters: await deadLetters(key) };
}

test('rule 11: a refused item is tried again after 60, 120 and 300 s, then it is a dead letter and its message done', async () => {
  const key = 'refused/a';
  refusing.add(key);
  const message = await putAndReceive(key, { n: 1 });
  for (const [receive, seconds] of [60, 120, 300].entries()) {
    expect(await cache.flushMessages([receivedAgain(message, receive + 1)])).toEqual({ failed: [message.messageId] });
    expect(waits(clients).at(-1)).toEqual({ handle: message.receiptHandle, seconds });
    expect(await deadLetters(key)).toEqual([]);
    expect(await system.isDirty(key)).toBe(true);
  }
  expect(await cache.flushMessages([receivedAgain(message, 4)])).toEqual({ failed: [] });

  const [letter, ...more] = await deadLetters(key);
  expect(more).toEqual([]);
  const { version } = JSON.parse(message.body);
  expect(JSON.parse(letter!.body)).toEqual({ key, version, value: { n: 1 }, actor: 'someone' });
  const { reason, receiveCount, failedAt } = letter!.raw.MessageAttributes!;
  expect(reason?.StringValue).toContain('Item size has exceeded');
  expect(receiveCount?.StringValue).toBe('4');
  expect(Date.parse(failedAt!.StringValue!)).toBeGreaterThan(0);
  // A group of its own: in the key's group it would hide, and be hidden by, others of the key.
  expect(letter!.groupId).toBe(`${message.groupId}:${version}:${message.messageId}`);
});

test('rule 11: a real refusal by DynamoDB is one: an item of more than 400 KB', async () => {
  const key = 'refused/large';
  const message = await putAndReceive(key, { n: 1 });
  // No write through the library could make it so large.
  await system.redis.hset(new Keys(system.config.shards).of(key).entry, '.big', `1 "${'x'.repeat(410_000)}"`);
  expect(await cache.flushMessages([message])).toEqual({ failed: [message.messageId] });
  expect(waits(clients).at(-1)).toEqual({ handle: message.receiptHandle, seconds: 60 });
  expect(await cache.flushMessages([receivedAgain(message, 4)])).toEqual({ failed: [] });
  const [letter] = await deadLetters(key);
  expect(JSON.parse(letter!.body).value.big).toHaveLength(410_000);
  expect((await cache.consistency(key)).parked).toContain('refuses');
});

test('rule 11: a parked item is counted and shown, not swept, and its neighbours are', async () => {
  const key = 'refused/parked';
  const before = await cache.stats();
  await park(key, { n: 1 });
  expect(await cache.stats()).toMatchObject({ parkedItems: before.parkedItems + 1, dirtyItems: before.dirtyItems });
  expect(await cache.consistency(key)).toMatchObject({
    consistent: false,
    cache: { value: { n: 1 } },
    database: null,
    parked: expect.stringContaining('Item size has exceeded'),
  });
  expect((await cache.health()).checks.backlog).toMatchObject({ status: 'degraded' });
  expect(await cache.get(key)).toMatchObject({ value: { n: 1 }, source: 'cache', persisted: false });

  await cache.execute({ op: 'put', key: 'refused/neighbour', value: {}, durability: 'cache' });
  const later = await system.another({ clients, clock: () => Date.now() * 1000 + DAY_US });
  const calls = clients.seen.filter((request) => puts(request, key)).length;
  const report = await later.sweep();
  expect(report.failures).toEqual([]);
  expect(report.parkedItems).toBe(before.parkedItems + 1);
  expect(clients.seen.filter((request) => puts(request, key))).toHaveLength(calls);
  expect(await system.stored('refused/neighbour')).toMatchObject({ pk: 'refused/neighbour' });
});

test('rule 11: a newer write releases a parked item', async () => {
  const key = 'refused/rewritten';
  await park(key, { n: 1 });
  const { parkedItems } = await cache.stats();
  refusing.delete(key);
  await cache.execute({ op: 'patch', key, set: { n: 2 }, durability: 'cache' });
  expect(await cache.stats()).toMatchObject({ parkedItems: parkedItems - 1 });
  expect(await system.isDirty(key)).toBe(true);
  expect(await system.entry(key)).not.toHaveProperty('parked');
  await system.deliverAll(cache);
  expect(await system.stored(key)).toMatchObject({ n: 2 });
  expect(await system.isDirty(key)).toBe(false);
});

test('rule 11: the dead letter, flushed again once DynamoDB takes the item, stores it and releases it', async () => {
  const key = 'refused/redriven';
  const { letters } = await park(key, { n: 1 });
  const { parkedItems } = await cache.stats();
  refusing.delete(key);
  expect(await cache.flushMessages([letters[0]!])).toEqual({ failed: [] });
  expect(await system.stored(key)).toMatchObject({ n: 1, _by: 'someone' });
  expect(await cache.stats()).toMatchObject({ parkedItems: parkedItems - 1 });
  expect(await cache.consistency(key)).toMatchObject({ consistent: true });
  expect(await cache.consistency(key)).not.toHaveProperty('parked');
});

test('rule 11: the dead letter alone is enough when Valkey has lost the item', async () => {
  const key = 'refused/survivor';
  const { letters } = await park(key, { n: 1 });
  await system.redis.flushall();
  refusing.delete(key);
  expect(await cache.flushMessages([letters[0]!])).toEqual({ failed: [] });
  expect(await system.stored(key)).toMatchObject({ n: 1 });
});

test('rule 11: a dead letter that DynamoDB refuses again stays parked and becomes a dead letter again', async () => {
  const key = 'refused/hopeless';
  const { letters } = await park(key, { n: 1 });
  const { parkedItems } = await cache.stats();
  expect(await cache.flushMessages([receivedAgain(letters[0]!, 4)])).toEqual({ failed: [] });
  expect(await deadLetters(key)).toHaveLength(1);
  expect(await cache.stats()).toMatchObject({ parkedItems });
});

test('rule 11: an item that was written again while it was refused is not parked', async () => {
  const key = 'refused/raced';
  refusing.add(key);
  const message = await putAndReceive(key, { n: 1 });
  const racing = watchedClients(system.config, {
    before: async (request) => {
      if (!puts(request, key)) return;
      await cache.execute({ op: 'put', key, value: { n: 2 }, durability: 'cache' });
      throw refused();
    },
  });
  const racer = await system.another({ clients: racing });
  await racer.flushMessages([receivedAgain(message, 4)]);
  await system.remove(message);
  expect(await system.isDirty(key)).toBe(true);
  refusing.delete(key);
  await system.deliverAll(cache);
  expect(await system.stored(key)).toMatchObject({ n: 2 });
});

test('rule 11: without a dead-letter queue the message comes again, and nothing is parked', async () => {
  const key = 'refused/no-queue';
  refusing.add(key);
  const gone = { deadLetterQueueUrl: system.config.endpoints.deadLetterQueueUrl.replace('dead', 'gone') };
  const config = { ...system.config, endpoints: { ...system.config.endpoints, ...gone } };
  const failures: unknown[] = [];
  const own = watchedClients(config, {
    before: (request) => {
      if (puts(request, key)) throw refused();
    },
  });
  const report = { ...silentReport, deadLetterFailed: (of: { messageId: string }) => failures.push(of.messageId) };
  const stranded = await system.another({ clients: own, report, random: () => 1 }, {}, gone);
  const message = await putAndReceive(key, { n: 1 });
  expect(await stranded.flushMessages([receivedAgain(message, 4)])).toEqual({ failed: [message.messageId] });
  expect(failures).toEqual([message.messageId]);
  expect(waits(own)).toEqual([{ handle: message.receiptHandle, seconds: 8 }]);
  expect(await system.isDirty(key)).toBe(true);
  expect(await system.entry(key)).not.toHaveProperty('parked');
});

test('rule 11: an item whose messages are gone becomes a dead letter by the sweep, once its retries would be over', async () => {
  const key = 'refused/swept';
  refusing.add(key);
  await system.remove(await putAndReceive(key, { n: 1 }));
  const { sweepAfterSeconds, refusedRetrySeconds } = system.config;
  const retriesSeconds = refusedRetrySeconds.reduce((sum, seconds) => sum + seconds, 0);
  const sweeper = async (seconds: number) =>
    (await system.another({ clients, clock: () => (Date.now() + seconds * 1000) * 1000 })).sweep();

  expect((await sweeper(sweepAfterSeconds + 60)).failures.map((failure) => failure.key)).toContain(key);
  expect(await deadLetters(key)).toEqual([]);
  expect(await system.isDirty(key)).toBe(true);
  await sweeper(sweepAfterSeconds + retriesSeconds + 60);
  expect(await deadLetters(key)).toHaveLength(1);
  expect(await system.isDirty(key)).toBe(false);
});

test('rule 11: the dead letter of an older state does not answer for a newer version that Valkey has lost', async () => {
  const key = 'refused/older';
  refusing.add(key);
  const older = await putAndReceive(key, { n: 1 });
  const { version } = JSON.parse(older.body);
  const newer = messageOfSignal({ key, version: version + 1 });
  await system.redis.flushall();
  const lost: number[] = [];
  const report = { ...silentReport, lost: (_: string, version: number) => lost.push(version) };
  const flusher = await system.another({ clients, report });
  expect(await flusher.flushMessages([receivedAgain(older, 4), newer])).toEqual({ failed: [newer.messageId] });
  await system.remove(older);
  expect((await deadLetters(key)).map(({ body }) => JSON.parse(body).version)).toEqual([version]);
  expect(lost).toEqual([]);

  expect(await flusher.flushMessages([newer])).toEqual({ failed: [] });
  expect(lost).toEqual([version + 1]);
});

test('rule 11: operators hear of an item that is parked, with the version of its dead letter', async () => {
  const key = 'refused/heard-of';
  refusing.add(key);
  const message = await putAndReceive(key, { n: 1 });
  const parked: [string, number, string | undefined][] = [];
  const report = { ...silentReport, parked: (...what: [string, number, string?]) => parked.push([...what] as never) };
  const flusher = await system.another({ clients, report });
  const traceHeader = 'Root=1-67891233-abcdef012345678912345678;Sampled=1';
  await flusher.flushMessages([{ ...receivedAgain(message, 3), traceHeader }]);
  expect(parked).toEqual([]);
  await flusher.flushMessages([{ ...receivedAgain(message, 4), traceHeader }]);
  expect(parked).toEqual([[key, JSON.parse(message.body).version, traceHeader]]);
  await system.remove(message);
  const letter = (await system.receive('dead')).find(({ raw }) => raw.MessageAttributes?.key?.StringValue === key);
  expect(letter?.traceHeader).toBe(traceHeader);
});
