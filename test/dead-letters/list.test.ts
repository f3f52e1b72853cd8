import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { DeadLetter } from '../../lib/dead-letters/types.ts';
import { Cursors } from '../../lib/model/cursor.ts';
import { encodeSignal, groupOf } from '../../lib/queue/signal.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { type Parking, startParking } from '../support/parking.ts';
import { receivedAgain } from '../support/refusals.ts';
import { Gate } from '../support/system.ts';

let parking: Parking;
let cache: WriteBehind;
beforeAll(async () => {
  parking = await startParking();
  cache = parking.cache;
});
afterEach(() => parking.clear());
afterAll(() => parking.stop());

test('an empty list is complete', async () => {
  expect(await cache.deadLetters.list()).toEqual({ deadLetters: [], complete: true });
});

test('pages hold each dead letter once, oldest failure first, and leave all of them visible', async () => {
  const keys = Array.from({ length: 7 }, (_, index) => `listed/${index}`);
  for (const key of keys) await parking.park(key, {});
  const pages: DeadLetter[][] = [];
  let cursor: string | undefined;
  do {
    const page = await cache.deadLetters.list({ limit: 3, ...(cursor && { cursor }) });
    expect(page.complete).toBe(true);
    pages.push([...page.deadLetters]);
    cursor = page.cursor;
  } while (cursor);
  expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
  const letters = pages.flat();
  expect(letters.map(({ key }) => key)).toEqual(keys);
  expect(letters.map(({ failedAt }) => failedAt).toSorted()).toEqual(letters.map(({ failedAt }) => failedAt));
  expect(await parking.visibleLetters()).toBe(7);
});

test('a cursor goes on where it was, although letters before it are gone and others came', async () => {
  const parked = [];
  for (const id of ['a', 'b', 'c']) parked.push(await parking.park(`moving/${id}`, {}));
  const { cursor } = await cache.deadLetters.list({ limit: 2 });
  await cache.deadLetters.discard({ ids: [parked[0]!.id, parked[1]!.id] }, { actor: 'ann', comment: 'test' });
  await parking.park('moving/d', {});
  const { deadLetters } = await cache.deadLetters.list({ cursor: cursor! });
  expect(deadLetters.map(({ key }) => key)).toEqual(['moving/c', 'moving/d']);
});

test.each(['', 'soon', '[]', '["2026-01-01T00:00:00.000Z"]', '["soon","id"]'])(
  'a cursor that is made up for the place %j is refused',
  async (place) => {
    const cursor = new Cursors(`dead letters\0${parking.config.endpoints.deadLetterQueueUrl}`).encode(place);
    const refused = { code: 'invalid-input', facts: { path: 'cursor' } };
    await expect(cache.deadLetters.list({ cursor })).rejects.toMatchObject(refused);
  },
);

test('a page has 50 letters unless asked otherwise, and 1 to 100', async () => {
  await fill(60);
  expect((await cache.deadLetters.list()).deadLetters).toHaveLength(50);
  expect((await cache.deadLetters.list({ limit: 100 })).deadLetters).toHaveLength(60);
  for (const limit of [0, 101, 1.5, Number.NaN]) {
    await expect(cache.deadLetters.list({ limit })).rejects.toMatchObject({
      code: 'invalid-input',
      facts: { path: 'limit' },
    });
  }
});

test('names are the exact ones, and messages that SQS moved have what SQS knows of them', async () => {
  const key = 'listed/\u0001 "ключ"';
  await parking.park(key, {});
  await parking.send(encodeSignal({ key: 'listed/moved', version: 1_700_000_000_000_000 }), groupOf('listed/moved'));
  await parking.send('{"broken":');
  const { deadLetters } = await cache.deadLetters.list();
  expect(deadLetters.map((letter) => letter.key)).toEqual([key, 'listed/moved', undefined]);
  for (const { reason, receiveCount, failedAt } of deadLetters.slice(1)) {
    expect(reason).toMatch(/^No reason is recorded/);
    expect(receiveCount).toBeGreaterThan(0);
    expect(Math.abs(Date.parse(failedAt) - Date.now())).toBeLessThan(60_000);
  }
});

test('several dead letters of one key are all seen, because each is a group of its own', async () => {
  const key = 'listed/often';
  for (let n = 0; n < 3; n += 1) await parking.park(key, { n });
  parking.refusing.add('listed/swept');
  await cache.execute({ op: 'put', key: 'listed/swept', value: {}, durability: 'cache' });
  const sweeper = await parking.another({ clients: parking.clients, clock: () => (Date.now() + 86_400_000) * 1000 });
  await sweeper.sweep();
  expect(await cache.deadLetters.list()).toMatchObject({
    complete: true,
    deadLetters: [{ key }, { key }, { key }, { key: 'listed/swept' }],
  });
});

test('an attempt to give a message up that is repeated is one dead letter', async () => {
  const key = 'listed/repeated';
  parking.refusing.add(key);
  await cache.execute({ op: 'put', key, value: {}, durability: 'queue' });
  const [message] = await parking.receive();
  for (let attempt = 0; attempt < 2; attempt += 1) await cache.flushMessages([receivedAgain(message!, 4)]);
  await parking.remove(message!);
  expect(await parking.lettersOf(key)).toHaveLength(1);
});

test('what a group hides makes the list incomplete, and so does what somebody else holds for long', async () => {
  // More than one receive brings, even where it brings ten of a group.
  for (let version = 1; version <= 11; version += 1) {
    await parking.send(encodeSignal({ key: 'hidden/a', version }), groupOf('hidden/a'));
  }
  const { complete, deadLetters } = await cache.deadLetters.list();
  expect(complete).toBe(false);
  expect(new Set(deadLetters.map(({ key }) => key))).toEqual(new Set(['hidden/a']));
  await parking.clear();

  const { id } = await parking.park('hidden/b', {});
  const [held] = await parking.receive('dead');
  expect(await cache.deadLetters.list()).toEqual({ complete: false, deadLetters: [] });
  expect(await cache.deadLetters.show(id)).toBeNull();
  expect(await cache.deadLetters.redrive({ ids: [id] })).toEqual({
    done: 0,
    failed: [{ id, reason: 'not among those that could be looked at' }],
    complete: false,
  });
  await parking.release(held!);
  expect(await cache.deadLetters.list()).toMatchObject({ complete: true, deadLetters: [{ id }] });
});

test('a look waits for another one that is under way', async () => {
  const { id } = await parking.park('listed/contended', {});
  const gate = new Gate();
  const slow = await parking.watching({
    before: ({ command }) => (command === 'ChangeMessageVisibilityBatchCommand' ? gate.wait() : undefined),
  });
  const waiting = await parking.watching({
    before: ({ command, input }) => {
      if (command === 'ReceiveMessageCommand' && input.WaitTimeSeconds > 0) gate.open();
    },
  });
  const first = slow.deadLetters.list();
  await gate.reached;
  const second = waiting.deadLetters.list();
  for (const page of [await first, await second]) expect(page).toMatchObject({ complete: true, deadLetters: [{ id }] });
});

test('a thousand are looked at, and the list says that there are more', async () => {
  await fill(1010);
  const page = await cache.deadLetters.list({ limit: 1 });
  expect(page).toMatchObject({ complete: false, deadLetters: [{}], cursor: expect.any(String) });
  expect(await parking.visibleLetters()).toBe(10);
  expect(await cache.deadLetters.discard({ all: true }, { actor: 'ann', comment: 'too many' })).toEqual({
    done: 1010,
    failed: [],
    complete: true,
  });
});

test('a look ends in time', async () => {
  await fill(30);
  const page = await cache.deadLetters.list({ deadlineMs: 0 });
  expect(page).toMatchObject({ complete: false });
  expect(page.deadLetters).toHaveLength(10);
  expect(await cache.deadLetters.redrive({ all: true }, { deadlineMs: 0 })).toMatchObject({ done: 0, complete: false });
  expect((await cache.deadLetters.list()).deadLetters).toHaveLength(30);
});

test('without the dead-letter queue there is no list, and the error says so', async () => {
  const gone = parking.config.endpoints.deadLetterQueueUrl.replace('dead', 'gone');
  const stranded = await parking.another({}, {}, { deadLetterQueueUrl: gone });
  await expect(stranded.deadLetters.list()).rejects.toMatchObject({ code: 'queue-unavailable' });
  await expect(stranded.deadLetters.redrive({ all: true })).rejects.toMatchObject({ code: 'queue-unavailable' });
});

/** Puts many texts that are no signals into the dead-letter queue. */
async function fill(count: number): Promise<void> {
  for (let start = 0; start < count; start += 10) {
    await parking.sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: parking.config.endpoints.deadLetterQueueUrl,
        Entries: Array.from({ length: Math.min(10, count - start) }, (_, index) => ({
          Id: String(index),
          MessageBody: `text ${start + index}`,
          MessageGroupId: crypto.randomUUID(),
          MessageDeduplicationId: crypto.randomUUID(),
        })),
      }),
    );
  }
}
