import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { DeadLetterSelection } from '../../lib/dead-letters/types.ts';
import { encodeSignal, groupOf } from '../../lib/queue/signal.ts';
import { type Parking, startParking } from '../support/parking.ts';
import { puts, receivedAgain } from '../support/refusals.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

let parking: Parking;
beforeAll(async () => {
  parking = await startParking();
});
afterEach(() => parking.clear());
afterAll(() => parking.stop());

test('rule 11: a redrive releases the parked entry, sends its signal and deletes the dead letter; the flush stores it', async () => {
  const key = 'redriven/a';
  const { id, version } = await parking.park(key, { n: 1 });
  const { parkedItems, dirtyItems } = await parking.cache.stats();
  parking.refusing.delete(key);
  const before = Date.now();
  expect(await parking.cache.deadLetters.redrive({ ids: [id] })).toEqual({ done: 1, failed: [], complete: true });

  // Dirty again, and waiting since now: the sweep gives the message its time, and the lag does not count what lay parked.
  expect(await parking.entry(key)).not.toHaveProperty('parked');
  expect(Number(await parking.redis.zscore(parking.keysOf(key).shard.dirty, key))).toBeGreaterThanOrEqual(before);
  expect(await parking.cache.stats()).toMatchObject({
    parkedItems: parkedItems - 1,
    dirtyItems: dirtyItems + 1,
    deadLetters: 0,
  });
  const [message, ...more] = await parking.receive();
  expect(more).toEqual([]);
  expect(message).toMatchObject({ groupId: groupOf(key), receiveCount: 1 });
  expect(message!.raw.Attributes?.MessageDeduplicationId).toBe(`${groupOf(key)}:${version}:${id}`);
  expect(JSON.parse(message!.body)).toEqual({ key, version, value: { n: 1 }, actor: 'someone' });

  expect(await parking.cache.flushMessages([message!])).toEqual({ failed: [] });
  expect(await parking.stored(key)).toMatchObject({ n: 1, _v: version });
  expect(await parking.cache.consistency(key)).toMatchObject({ consistent: true });
  expect(await parking.isDirty(key)).toBe(false);
  await parking.remove(message!);
});

test('rule 11: a dead letter that becomes one again can be redriven again, however soon', async () => {
  const key = 'redriven/again';
  let { id } = await parking.park(key, { n: 1 });
  for (let round = 0; round < 3; round += 1) {
    expect(await parking.cache.deadLetters.redrive({ ids: [id] })).toMatchObject({ done: 1 });
    const [message] = await parking.receive();
    expect(await parking.cache.flushMessages([receivedAgain(message!, 4)])).toEqual({ failed: [] });
    await parking.remove(message!);
    expect((await parking.entry(key)).parked).toContain('refuses');
    const letters = await parking.lettersOf(key);
    expect(letters).toHaveLength(1);
    expect(letters[0]!.id).not.toBe(id);
    id = letters[0]!.id;
  }
  parking.refusing.delete(key);
  await parking.cache.deadLetters.redrive({ all: true });
  await parking.deliverAll(parking.cache);
  expect(await parking.stored(key)).toMatchObject({ n: 1 });
});

test('rule 11: a dead letter whose signal cannot be sent stays, and its entry stays parked', async () => {
  const key = 'redriven/unsent';
  const { id } = await parking.park(key, { n: 1 });
  parking.failing = ({ command }) => command === 'SendMessageBatchCommand';
  const { done, failed } = await parking.cache.deadLetters.redrive({ ids: [id] });
  expect({ done, failed }).toEqual({ done: 0, failed: [{ id, reason: expect.stringContaining('SQS') }] });
  expect(await parking.lettersOf(key)).toMatchObject([{ id }]);
  expect((await parking.entry(key)).parked).toContain('refuses');
});

test('rule 11: a redrive that is cut off before it deletes can be repeated; the item is stored once', async () => {
  const key = 'redriven/twice';
  const { id, version } = await parking.park(key, { n: 1 });
  parking.refusing.delete(key);
  parking.failing = deletes;
  expect(await parking.cache.deadLetters.redrive({ ids: [id] })).toEqual({
    done: 0,
    failed: [{ id, reason: expect.stringMatching(/could not be deleted, repeat/) }],
    complete: true,
  });
  parking.failing = undefined;
  expect(await parking.lettersOf(key)).toMatchObject([{ id }]);
  await parking.deliverAll(parking.cache);
  const stored = await parking.stored(key);
  expect(stored).toMatchObject({ n: 1, _v: version });

  expect(await parking.cache.deadLetters.show(id)).toMatchObject({ redrive: 'nothing' });
  expect(await parking.cache.deadLetters.redrive({ ids: [id] })).toEqual({ done: 1, failed: [], complete: true });
  await parking.deliverAll(parking.cache);
  expect(await parking.stored(key)).toEqual(stored);
  expect(await parking.cache.consistency(key)).toMatchObject({ consistent: true });
  expect(await parking.cache.deadLetters.redrive({ ids: [id] })).toEqual({
    done: 0,
    failed: [{ id, reason: 'not there' }],
    complete: true,
  });
});

test('rule 11: a redrive takes back nothing newer, be it in the table or in the cache', async () => {
  const overtaken = await parking.park('redriven/overtaken', { n: 1 });
  const rewritten = await parking.park('redriven/rewritten', { n: 1 });
  parking.refusing.clear();
  const newer = { pk: 'redriven/overtaken', _v: Date.now() * 1000 + 1_000_000, n: 2 };
  await parking.seed(newer);
  await parking.cache.execute({ op: 'put', key: 'redriven/rewritten', value: { n: 2 }, durability: 'cache' });
  expect(await parking.cache.deadLetters.redrive({ ids: [overtaken.id, rewritten.id] })).toMatchObject({ done: 2 });
  expect(await parking.cache.get('redriven/rewritten')).toMatchObject({ value: { n: 2 } });
  await parking.deliverAll(parking.cache);
  expect(await parking.stored('redriven/overtaken')).toEqual(newer);
  expect(await parking.stored('redriven/rewritten')).toMatchObject({ n: 2 });
  for (const id of ['overtaken', 'rewritten']) {
    expect(await parking.cache.get(`redriven/${id}`)).toMatchObject({ value: { n: 2 }, persisted: true });
  }
});

test('rule 11: an older dead letter does not release what is parked at a newer version', async () => {
  const key = 'redriven/older';
  const first = await parking.park(key, { n: 1 });
  const second = await parking.park(key, { n: 2 });
  expect(await parking.cache.deadLetters.redrive({ ids: [first.id] })).toMatchObject({ done: 1 });
  expect((await parking.entry(key)).parked).toContain('refuses');
  expect(await parking.cache.deadLetters.redrive({ ids: [second.id] })).toMatchObject({ done: 1 });
  expect(await parking.entry(key)).not.toHaveProperty('parked');
});

test('rule 11: a redrive that comes after the flush leaves the clean entry as it is', async () => {
  const key = 'redriven/late';
  const { id, version } = await parking.park(key, { n: 1 });
  parking.refusing.delete(key);
  const late = await parking.watching({
    // The message is flushed before whoever sent it goes on.
    after: async ({ command }) => {
      if (command === 'SendMessageBatchCommand') await parking.deliverAll(parking.cache);
    },
  });
  expect(await late.deadLetters.redrive({ ids: [id] })).toMatchObject({ done: 1 });
  expect(await parking.stored(key)).toMatchObject({ _v: version });
  expect(await parking.isDirty(key)).toBe(false);
  expect(await parking.cache.get(key)).toMatchObject({ persisted: true, lagMs: 0 });
});

test('rule 11: dead letters are redriven from what they carry while Valkey is away, and after it lost everything', async () => {
  const key = 'redriven/alone';
  const { id, version } = await parking.park(key, { n: 1 });
  const proxy = await TcpProxy.start(parking.servers.valkey.url);
  const away = await parking.another({}, { valkeyTimeoutMs: 200 }, { valkeyUrl: proxy.url });
  await proxy.refuse();
  expect(await away.deadLetters.redrive({ ids: [id] })).toEqual({ done: 1, failed: [], complete: true });
  await proxy.close();
  parking.refusing.delete(key);
  await parking.redis.flushall();
  await parking.deliverAll(parking.cache);
  expect(await parking.stored(key)).toMatchObject({ n: 1, _v: version });
});

test('rule 11: what is no signal cannot be redriven and stays; the others are', async () => {
  await parking.send('no signal');
  const { id } = await parking.park('redriven/beside', { n: 1 });
  const { done, failed } = await parking.cache.deadLetters.redrive({ all: true });
  expect(done).toBe(1);
  expect(failed).toEqual([{ id: expect.any(String), reason: expect.stringContaining('not a signal') }]);
  expect((await parking.cache.deadLetters.list()).deadLetters).toMatchObject([{ id: failed[0]!.id }]);
  expect(failed[0]!.id).not.toBe(id);
});

test("rule 11: messages that SQS moved hide each other in their key's group; a redrive gets all of them", async () => {
  const key = 'redriven/grouped';
  const versions = [1, 2, 3].map((n) => 1_700_000_000_000_000 + n);
  for (const version of versions) {
    const image = { version, deleted: false, value: { version } };
    await parking.send(encodeSignal({ key, version, image }), groupOf(key));
  }
  expect(await parking.cache.deadLetters.redrive({ all: true })).toEqual({ done: 3, failed: [], complete: true });
  await parking.deliverAll(parking.cache);
  expect(await parking.stored(key)).toMatchObject({ _v: versions.at(-1) });
  expect(parking.clients.seen.filter((request) => puts(request, key)).length).toBeGreaterThan(0);
});

test('rule 11: from 1 to 100 ids can be named, and what is left out does not mean all', async () => {
  const { id } = await parking.park('redriven/unnamed', {});
  const wrong = [
    { ids: [] },
    { ids: Array(101).fill('x') },
    {},
    { ids: undefined },
    { all: false },
    { ids: [id], all: true },
  ];
  for (const which of wrong) {
    await expect(parking.cache.deadLetters.redrive(which as DeadLetterSelection)).rejects.toMatchObject({
      code: 'invalid-input',
      facts: { path: 'ids' },
    });
  }
  expect(await parking.lettersOf('redriven/unnamed')).toHaveLength(1);
});

function deletes({ command }: { command: string }): boolean {
  return command === 'DeleteMessageBatchCommand';
}
