/** What a version does with messages and entries of other formats; `mixed.test.ts` runs two versions beside each other. */
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FORMAT } from '../../lib/model/format.ts';
import { groupOf } from '../../lib/queue/signal.ts';
import { everything } from '../support/everything.ts';
import { type Parking, startParking } from '../support/parking.ts';
import { messageOfSignal } from '../support/system.ts';

const NEXT = FORMAT + 1;
const FOREIGN = FORMAT + 2;
let system: Parking;
beforeAll(async () => {
  system = await startParking();
});
afterAll(() => system.stop());

async function send(body: Record<string, unknown>): Promise<void> {
  await system.sqs.send(
    new SendMessageCommand({
      QueueUrl: system.config.endpoints.queueUrl,
      MessageBody: JSON.stringify(body),
      MessageGroupId: groupOf(String(body.key)),
      MessageDeduplicationId: crypto.randomUUID(),
    }),
  );
}

/** Receives the one message that is visible, as it would be delivered the `receiveCount`th time. */
async function deliverTimes(receiveCount: number) {
  const [message] = await system.receive();
  expect(message).toBeDefined();
  const { failed } = await system.cache.flushMessages([{ ...message!, receiveCount }]);
  return { message: message!, failed };
}

const deadLetters = async () => (await system.receive('dead')).map(({ raw, body }) => ({ raw, body }));

test('what the next format has added to a message is passed over, and its state is stored', async () => {
  const version = Date.now() * 1000;
  await send({ key: 'next/a', version, value: { n: 1 }, format: NEXT, trace: { id: 'x' } });
  await system.deliverAll();
  expect(await system.stored('next/a')).toEqual(expect.objectContaining({ n: 1, _v: version }));
  expect(await system.stored('next/a')).not.toHaveProperty('trace');
});

test('a dead letter keeps what the next format has added, and is redriven with it', async () => {
  system.refusing.add('next/refused');
  const version = Date.now() * 1000;
  const body = { key: 'next/refused', version, value: { n: 1 }, format: NEXT, trace: { id: 'x' } };
  await send(body);
  const { message } = await deliverTimes(4);
  await system.remove(message);
  const [letter] = await deadLetters();
  expect(JSON.parse(letter!.body)).toEqual(body);
  await system.release({ ...message, receiptHandle: letter!.raw.ReceiptHandle! });

  system.refusing.clear();
  expect(await system.cache.deadLetters.redrive({ all: true })).toMatchObject({ done: 1, failed: [] });
  const [again] = await system.receive();
  expect(JSON.parse(again!.body)).toEqual(body);
  expect(await system.cache.flushMessages([again!])).toEqual({ failed: [] });
  await system.remove(again!);
  expect(await system.stored('next/refused')).toMatchObject({ n: 1 });
});

test('a message of a format further away is tried again, and then a dead letter as it is, with the reason', async () => {
  const body = { key: 'foreign/a', version: Date.now() * 1000, value: { n: 1 }, format: FOREIGN };
  for (const receiveCount of [1, 2, 3]) {
    await send(body);
    const { message, failed } = await deliverTimes(receiveCount);
    expect(failed).toEqual([message.messageId]);
    await system.remove(message);
  }
  expect(await deadLetters()).toEqual([]);
  await send(body);
  const { message, failed } = await deliverTimes(4);
  expect(failed).toEqual([]);
  await system.remove(message);
  expect(await system.stored('foreign/a')).toBeUndefined();
  const [letter] = await deadLetters();
  expect(JSON.parse(letter!.body)).toEqual(body);
  expect(letter!.raw.MessageAttributes?.reason?.StringValue).toContain(`format ${FOREIGN}`);
  await system.release({ ...message, receiptHandle: letter!.raw.ReceiptHandle! });

  const { done, failed: refused } = await system.cache.deadLetters.redrive({ all: true });
  expect(done).toBe(0);
  expect(refused[0]?.reason).toContain(`format ${FOREIGN}`);
  await system.clear();
});

test('an entry of the next format is read, patched and flushed, and keeps what that has added', async () => {
  const key = 'next/entry';
  await system.cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'cache' });
  await system.redis.hset(system.keysOf(key).entry, { format: NEXT, added: 'x' });
  await system.cache.execute({ op: 'patch', key, add: { n: 1 }, durability: 'cache' });
  expect(await system.cache.get(key)).toMatchObject({ value: { n: 2 } });
  await system.cache.flush({ keys: [key] });
  expect(await system.stored(key)).toMatchObject({ n: 2 });
  expect(await system.entry(key)).toMatchObject({ format: String(NEXT), added: 'x' });
});

test('an entry of a format further away is neither read nor changed, whoever asks, and stays dirty', async () => {
  const key = 'foreign/entry';
  const { version } = await system.cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'cache' });
  const { entry } = system.keysOf(key);
  await system.redis.hset(entry, { format: FOREIGN });
  const before = (await everything(system.redis))[entry];
  await expect(system.cache.get(key)).rejects.toMatchObject({ code: 'entry-format' });
  await expect(system.cache.execute({ op: 'put', key, value: {} })).rejects.toMatchObject({ code: 'entry-format' });
  await expect(system.cache.execute({ op: 'patch', key, add: { n: 1 } })).rejects.toMatchObject({
    code: 'entry-format',
  });
  expect(await system.cache.flush({ keys: [key] })).toMatchObject({ flushed: 0, failed: 1 });
  const message = messageOfSignal({ key, version, image: { version, deleted: false, value: { n: 1 } } });
  expect(await system.cache.flushMessages([message])).toEqual({ failed: [message.messageId] });
  expect((await everything(system.redis))[entry]).toEqual(before);
  expect(await system.isDirty(key)).toBe(true);
  await system.redis.hdel(entry, 'format');
  await system.cache.flush({ keys: [key] });
  expect(await system.stored(key)).toMatchObject({ n: 1 });
});
