import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { DiscardedLetter } from '../../lib/dead-letters/report.ts';
import { type Parking, startParking } from '../support/parking.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const recorded: DiscardedLetter[] = [];
const deadLetterReport = { discarded: (letter: DiscardedLetter) => void recorded.push(letter) };
const why = { actor: 'ann', comment: 'sold out' };

let parking: Parking;
beforeAll(async () => {
  parking = await startParking({ deadLetterReport });
});
beforeEach(() => recorded.splice(0));
afterEach(() => parking.clear());
afterAll(() => parking.stop());

test('rule 11: a discard gives the refused write up: reads show the table again, and it is on record who did it and why', async () => {
  const key = 'discarded/a';
  await parking.seed({ pk: key, _v: 17, n: 1 });
  const { id, version } = await parking.park(key, { n: 2, secret: 'payload' });
  const { parkedItems } = await parking.cache.stats();
  expect(await parking.cache.get(key)).toMatchObject({ value: { n: 2 } });

  const outcome = await parking.cache.deadLetters.discard({ ids: [id] }, { ...why, caller: 'arn:of:ann' });
  expect(outcome).toEqual({ done: 1, failed: [], complete: true });
  expect(await parking.cache.get(key)).toMatchObject({
    value: { n: 1 },
    version: 17,
    source: 'database',
    persisted: true,
  });
  expect(await parking.cache.stats()).toMatchObject({ parkedItems: parkedItems - 1, deadLetters: 0, dirtyItems: 0 });
  expect(recorded).toEqual([
    { id, key, version, reason: expect.stringContaining('size has exceeded'), ...why, caller: 'arn:of:ann' },
  ]);

  // The item lives on: its next version is greater than the one that was given up.
  parking.refusing.delete(key);
  const next = await parking.cache.execute({ op: 'patch', key, add: { n: 1 }, durability: 'database' });
  expect(next).toMatchObject({ value: { n: 2 } });
  expect(next.version).toBeGreaterThan(version);
  expect(await parking.stored(key)).toMatchObject({ n: 2 });
});

test('rule 11: a discard leaves a newer write as it is', async () => {
  const key = 'discarded/newer';
  const { id } = await parking.park(key, { n: 1 });
  await parking.cache.execute({ op: 'put', key, value: { n: 2 }, durability: 'cache' });
  expect(await parking.cache.deadLetters.discard({ ids: [id] }, why)).toMatchObject({ done: 1 });
  expect(await parking.cache.get(key)).toMatchObject({ value: { n: 2 }, persisted: false });
  expect(await parking.isDirty(key)).toBe(true);
  parking.refusing.delete(key);
  await parking.deliverAll(parking.cache);
  expect(await parking.stored(key)).toMatchObject({ n: 2 });
});

test('rule 11: a discard leaves what is parked at a newer version to its own dead letter', async () => {
  const key = 'discarded/older';
  const first = await parking.park(key, { n: 1 });
  const second = await parking.park(key, { n: 2 });
  expect(await parking.cache.deadLetters.discard({ ids: [first.id] }, why)).toMatchObject({ done: 1 });
  expect(await parking.cache.get(key)).toMatchObject({ value: { n: 2 } });
  expect((await parking.entry(key)).parked).toContain('refuses');
  expect(await parking.cache.deadLetters.discard({ ids: [second.id] }, why)).toMatchObject({ done: 1 });
  expect(await parking.cache.get(key)).toBeNull();
});

test('rule 11: a discard drops what is parked at an older version, as after a cache that was rolled back', async () => {
  const key = 'discarded/rolled-back';
  const first = await parking.park(key, { n: 1 });
  const entry = await parking.entry(key);
  const second = await parking.park(key, { n: 2 });
  await parking.redis.hset(parking.keysOf(key).entry, entry);
  expect(await parking.cache.deadLetters.discard({ ids: [second.id] }, why)).toMatchObject({ done: 1 });
  expect(await parking.entry(key)).toEqual({});
  expect(await parking.cache.stats()).toMatchObject({ parkedItems: 0 });
  expect((await parking.lettersOf(key)).map(({ id }) => id)).toEqual([first.id]);
});

test('rule 11: an entry that waits for a redriven message is not dropped', async () => {
  const key = 'discarded/redriven';
  const { id } = await parking.park(key, { n: 1 });
  parking.failing = ({ command }) => command === 'DeleteMessageBatchCommand';
  await parking.cache.deadLetters.redrive({ ids: [id] });
  parking.failing = undefined;
  expect(await parking.cache.deadLetters.discard({ ids: [id] }, why)).toMatchObject({ done: 1 });
  parking.refusing.delete(key);
  await parking.deliverAll(parking.cache);
  expect(await parking.stored(key)).toMatchObject({ n: 1 });
});

test('rule 11: while Valkey is away nothing is discarded: the entry could not be dropped any more', async () => {
  const key = 'discarded/away';
  const { id } = await parking.park(key, { n: 1 });
  const proxy = await TcpProxy.start(parking.servers.valkey.url);
  const away = await parking.another({ deadLetterReport }, { valkeyTimeoutMs: 200 }, { valkeyUrl: proxy.url });
  await proxy.refuse();
  const { done, failed } = await away.deadLetters.discard({ ids: [id] }, why);
  expect({ done, failed }).toEqual({ done: 0, failed: [{ id, reason: expect.stringContaining('Valkey') }] });
  expect(recorded).toEqual([]);
  await proxy.close();
  expect(await parking.lettersOf(key)).toMatchObject([{ id }]);
  expect(await parking.cache.get(key)).toMatchObject({ value: { n: 1 } });
});

test('rule 11: a discard that is cut off before it deletes can be repeated, and is on record each time', async () => {
  const key = 'discarded/twice';
  const { id } = await parking.park(key, { n: 1 });
  parking.failing = ({ command }) => command === 'DeleteMessageBatchCommand';
  expect(await parking.cache.deadLetters.discard({ ids: [id] }, why)).toMatchObject({ done: 0, failed: [{ id }] });
  expect(recorded).toMatchObject([{ id, key }]);
  parking.failing = undefined;
  expect(await parking.cache.get(key)).toBeNull();
  expect(await parking.cache.deadLetters.discard({ ids: [id] }, why)).toEqual({ done: 1, failed: [], complete: true });
  expect(recorded).toMatchObject([{ id }, { id }]);
  expect(await parking.cache.deadLetters.discard({ ids: [id] }, why)).toMatchObject({
    done: 0,
    failed: [{ id, reason: 'not there' }],
  });
  expect(recorded).toHaveLength(2);
});

test('rule 11: what is no signal is discarded, and on record without a key', async () => {
  await parking.send('no signal');
  expect(await parking.cache.deadLetters.discard({ all: true }, why)).toEqual({ done: 1, failed: [], complete: true });
  expect(recorded).toEqual([{ id: expect.any(String), reason: expect.stringContaining('No reason'), ...why }]);
});

test.each([
  ['actor', { ...why, actor: '' }],
  ['actor', { ...why, actor: 'x'.repeat(257) }],
  ['actor', { ...why, actor: 'a\nb' }],
  ['comment', { ...why, comment: '' }],
  ['comment', { ...why, comment: 'é'.repeat(513) }],
])('rule 11: nothing is discarded without a good %s', async (path, reason) => {
  await parking.send('no signal');
  await expect(parking.cache.deadLetters.discard({ all: true }, reason)).rejects.toMatchObject({
    code: 'invalid-input',
    facts: { path },
  });
  expect((await parking.cache.deadLetters.list()).deadLetters).toHaveLength(1);
});
