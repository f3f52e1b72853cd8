/** What somebody can do who sends messages of his own, or writes to Valkey or the table past the functions; docs/security.md. */
import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import type { QueueMessage } from '../../lib/flush/flush-messages.ts';
import type { Signal } from '../../lib/queue/signal.ts';
import { patient } from '../support/patient.ts';
import { messageOfSignal, type System, startSystem } from '../support/system.ts';

let system: System;
let keys: Keys;
// One shard: what spreads from an item spreads to the others.
beforeAll(async () => {
  system = await startSystem({ settings: { ...patient, shards: 1 } });
  keys = new Keys(1);
});
afterAll(() => system.stop());

beforeEach(async () => {
  await system.deliverAll();
  for (const letter of await system.receive('dead')) await system.remove(letter, 'dead');
  await system.redis.flushall();
});

const LAST = Number.MAX_SAFE_INTEGER;
const MINUTE_US = 60_000_000;
const nowUs = () => Date.now() * 1000;
let count = 0;
const freshKey = () => `forged/${++count}`;

function forged(key: string, version: number, more: Partial<Signal> = {}): QueueMessage {
  return messageOfSignal({ key, version, image: { version, deleted: false, value: { by: 'forger' } }, ...more });
}

/** Lets others see a dead letter that was received. */
async function release({ receiptHandle }: QueueMessage): Promise<void> {
  const QueueUrl = system.config.endpoints.deadLetterQueueUrl;
  await system.sqs.send(
    new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout: 0 }),
  );
}

/** That writes of an item are acknowledged, ordered and stored as if nothing had been forged. */
async function expectUsable(key: string): Promise<void> {
  for (const durability of ['queue', 'cache', 'database'] as const) {
    const { version } = await system.cache.execute({ op: 'put', key, value: { durability }, durability });
    expect(Math.abs(version - nowUs())).toBeLessThan(10 * MINUTE_US);
    await system.deliverAll();
    await system.cache.flush();
    expect(await system.stored(key)).toMatchObject({ durability, _v: version });
  }
}

test.each([
  ['the last version there is', () => LAST],
  ['tomorrow', () => nowUs() + 24 * 60 * MINUTE_US],
  ['eleven minutes ahead', () => nowUs() + 11 * MINUTE_US],
])('a message of %s becomes a dead letter and stops no write of its item or shard', async (_, version) => {
  const key = freshKey();
  const beside = { key: freshKey(), value: { n: 1 } };
  await system.cache.execute({ op: 'put', ...beside });
  const [neighbour] = await system.receive();
  expect(await system.cache.flushMessages([forged(key, version()), neighbour!])).toEqual({ failed: [] });
  await system.remove(neighbour!);
  expect(await system.stored(key)).toBeUndefined();
  expect(await system.stored(beside.key)).toMatchObject(beside.value);
  const [letter] = await system.receive('dead');
  expect(letter?.raw.MessageAttributes?.reason?.StringValue).toMatch(/^The message is of the future: /);
  await release(letter!);
  expect(await system.cache.deadLetters.show(letter!.messageId)).toMatchObject({ key, redrive: 'refused' });
  await expectUsable(key);
  await expectUsable(beside.key);
});

test('a forged message beside a real one of the same key does not take that along', async () => {
  const key = freshKey();
  await system.cache.execute({ op: 'put', key, value: { by: 'owner' } });
  const [real] = await system.receive();
  await system.redis.flushall();
  expect(await system.cache.flushMessages([forged(key, LAST), real!])).toEqual({ failed: [] });
  expect(await system.stored(key)).toMatchObject({ by: 'owner' });
  await system.remove(real!);
});

test('a message of the future without a value counts no loss', async () => {
  const key = freshKey();
  const message = messageOfSignal({ key, version: LAST });
  expect(await system.cache.flushMessages([message])).toEqual({ failed: [] });
  expect(await system.cache.stats()).toMatchObject({ knownLost: 0 });
});

test('while Valkey is away a message of the future waits: only Valkey can say whether it counts', async () => {
  const key = freshKey();
  const away = await system.another({}, { valkeyTimeoutMs: 50 }, { valkeyUrl: 'redis://127.0.0.1:1' });
  const message = forged(key, LAST);
  expect(await away.flushMessages([message])).toEqual({ failed: [message.messageId] });
  expect(await system.stored(key)).toBeUndefined();
  expect(await system.receive('dead')).toEqual([]);
});

test('what a writer with a clock an hour ahead was acknowledged is stored, and later writes come after it', async () => {
  const key = freshKey();
  const ahead = await system.another({ clock: () => nowUs() + 60 * MINUTE_US });
  const first = await ahead.execute({ op: 'put', key, value: { n: 1 } });
  await system.deliverAll();
  expect(await system.stored(key)).toMatchObject({ n: 1, _v: first.version });
  const second = await system.cache.execute({ op: 'put', key, value: { n: 2 } });
  expect(second.version).toBeGreaterThan(first.version);
  await system.deliverAll();
  expect(await system.stored(key)).toMatchObject({ n: 2, _v: second.version });
  expect(await system.receive('dead')).toEqual([]);
});

test('where somebody put the last version into Valkey, writes are refused; none is acknowledged and then lost', async () => {
  const key = freshKey();
  await system.cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'database' });
  await system.redis.hset(keys.of(key).entry, 'version', LAST, 'persisted', LAST);
  const refused = { code: 'level-not-met', facts: { inCache: false } };
  for (const operation of [{ op: 'put', value: { n: 2 } }, { op: 'patch', set: { n: 2 } }, { op: 'delete' }] as const) {
    await expect(system.cache.execute({ key, ...operation })).rejects.toMatchObject(refused);
  }
  // Other items of the shard go on, until somebody changes the shard's clock, too.
  await expectUsable(freshKey());
  await system.redis.hset(keys.of(key).shard.shard, 'clock', LAST);
  await expect(system.cache.execute({ op: 'put', key: freshKey(), value: {} })).rejects.toMatchObject(refused);
  expect(await system.stored(key)).toMatchObject({ n: 1 });
});

test.each([
  ['a number that is too large', 10n ** 20n],
  ['a number that is too large to be exact', 2n ** 53n],
  ['a fraction', 1.5],
  ['a negative number', -1],
  ['text', 'seven'],
  ['a list', [1]],
])(
  'an item that another program stored with %s as its _v is read, and never silently in the way of a write',
  async (_, _v) => {
    const key = freshKey();
    await system.seed({ pk: key, _v, n: 1 });
    expect(await system.cache.get(key)).toMatchObject({ value: { n: 1 }, version: 0 });
    await system.cache.execute({ op: 'put', key, value: { n: 2 }, durability: 'cache' });
    const { failed, remaining } = await system.cache.flush();
    const stored = await system.stored(key);
    // Below every version of ours it is simply older; else whoever operates this hears of it.
    if (stored?.n === 2) expect({ failed, remaining }).toEqual({ failed: 0, remaining: 0 });
    else {
      expect(stored).toMatchObject({ n: 1 });
      expect({ failed, remaining }).toEqual({ failed: 1, remaining: 1 });
    }
    await expectUsable(freshKey());
  },
);

test('the history that a message carries is checked like its value', async () => {
  const version = nowUs();
  const change = { op: 'put', set: { n: 1 } };
  const bodyOf = (change: object) => JSON.stringify({ key: freshKey(), version, value: {}, changes: [change] });
  const bodies = [
    bodyOf({ ...change, version: version + 1 }),
    bodyOf({ ...change, version, set: { _v: 1 } }),
    bodyOf({ ...change, version, set: { n: 1e300 } }),
    `{"key":"forged/deep","version":1,"value":{},"changes":[{"version":1,"op":"put","set":{"a":${'['.repeat(5000)}${']'.repeat(5000)}}}]}`,
  ];
  const messages = bodies.map((body, index) => ({
    messageId: `history-${count}-${index}`,
    receiptHandle: String(index),
    body,
    receiveCount: 1,
  }));
  expect(await system.cache.flushMessages(messages)).toEqual({ failed: [] });
  expect((await system.receive('dead')).map(({ body }) => body).toSorted()).toEqual(bodies.toSorted());
});
