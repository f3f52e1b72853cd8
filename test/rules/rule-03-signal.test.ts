import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LevelNotMetError } from '../../lib/errors.ts';
import { dedupIdOf, groupOf } from '../../lib/queue/signal.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { messageOfSignal, type System, startSystem, watchedClients } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());
beforeEach(() => system.deliverAll());

const waiting = async () => (await system.cache.stats()).queue.visible;

test('rule 3: a signal is sent after the write that it tells of', async () => {
  const seen: { sent: number; written: number }[] = [];
  const clients = watchedClients(system.config, async (command, input) => {
    if (!command.startsWith('SendMessage')) return;
    for (const { MessageBody } of input.Entries as { MessageBody: string }[]) {
      const { key, version } = JSON.parse(MessageBody) as { key: string; version: number };
      seen.push({ sent: version, written: Number((await system.entry(key)).version) });
    }
  });
  const items = (await system.another({ clients })).collection('order');
  const { version } = await items.put('a', { n: 1 }, { durability: 'queue' });
  const { version: cached } = await items.put('b', { n: 1 }, { durability: 'cache' });
  expect(seen).toEqual([
    { sent: version, written: version },
    { sent: cached, written: cached },
  ]);
});

describe('names that SQS takes, whatever the id', () => {
  const unicode = '😀é漢\uFFFE\u0001\n "{}%2F'.repeat(40);
  const cut = (text: string) => Buffer.from(text).subarray(0, 500).toString().replaceAll('\uFFFD', '');
  const ids: [string, string][] = [
    ['of 512 bytes of Unicode', `${cut(unicode)}${'x'.repeat(512 - Buffer.byteLength(cut(unicode)))}`],
    ['with slashes and spaces', ' / //{a}'],
    ['of control characters', '\u0001\u001F\n\r\t\u007F'],
    ['of characters that no message may hold', '\uFFFE\uFFFF'],
  ];

  test.for(ids)('rule 3: an id %s', async ([, id]) => {
    const { key, version } = await system.cache.collection('names').put(id, { id });
    const [message] = await system.receive();
    const { MessageGroupId, MessageDeduplicationId } = message!.raw.Attributes!;
    expect(MessageGroupId).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(MessageDeduplicationId).toBe(`${MessageGroupId}:${version}:value`);
    expect(MessageDeduplicationId!.length).toBeLessThanOrEqual(128);
    expect(message!.body).not.toMatch(/[\uFFFE\uFFFF]/);
    await system.cache.flushMessages([message!]);
    await system.remove(message!);
    expect(await system.stored(key)).toMatchObject({ id, _v: version });
  });

  test('rule 3: different keys have different groups, one key has one', () => {
    expect(groupOf('a/b')).not.toBe(groupOf('a/c'));
    expect(groupOf('a/b')).toBe(groupOf('a/b'));
    expect(dedupIdOf({ key: 'a/b', version: 1 })).not.toBe(dedupIdOf({ key: 'a/b', version: 1 }, 'redrive'));
  });
});

describe('a send that fails', () => {
  const broken: [string, () => Promise<WriteBehind>][] = [
    [
      'because the queue does not exist',
      () => system.another({}, {}, { queueUrl: system.config.endpoints.queueUrl.replace('.fifo', '-not.fifo') }),
    ],
    ['because SQS cannot be reached', () => system.another({}, {}, { sqsEndpoint: 'http://127.0.0.1:1' })],
  ];

  test.for(broken)(
    'rule 3: a cache write is acknowledged all the same, and the next one signals again: %s',
    async ([id, connect]) => {
      const items = (await connect()).collection('unsent');
      await items.put(id, { n: 1 }, { durability: 'cache' });
      await items.patch(id, { add: { n: 1 } }, { durability: 'cache' });
      expect(await system.isDirty(`unsent/${id}`)).toBe(true);
      expect(await system.entry(`unsent/${id}`)).not.toHaveProperty('signalled');
      expect(await waiting()).toBe(0);
      await system.cache.collection('unsent').patch(id, { add: { n: 1 } }, { durability: 'cache' });
      expect(await waiting()).toBe(1);
      await system.deliverAll();
      expect(await system.stored(`unsent/${id}`)).toMatchObject({ n: 3 });
    },
  );

  test.for(broken)('rule 3: a queue write is answered that it is in the cache only: %s', async ([id, connect]) => {
    const key = `half-sent/${id}`;
    const error = await (await connect())
      .execute({ op: 'put', key, value: { n: 1 } })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LevelNotMetError);
    expect(error).toMatchObject({ facts: { inCache: true } });
    expect(await system.isDirty(key)).toBe(true);
    expect(await system.cache.get(key)).toMatchObject({ value: { n: 1 }, persisted: false });
    expect(await waiting()).toBe(0);
    await system.cache.execute({ op: 'patch', key, add: { n: 1 }, durability: 'cache' });
    expect(await waiting()).toBe(1);
  });

  test('rule 3: what failed to be signalled is stored by the sweep', async () => {
    const cache = await system.another({}, { sweepAfterSeconds: 0 }, { sqsEndpoint: 'http://127.0.0.1:1' });
    await cache.collection('stranded').put('a', { n: 1 }, { durability: 'cache' });
    await (await system.another({ clock: () => (Date.now() + 1000) * 1000 }, { sweepAfterSeconds: 0 })).sweep();
    expect(await system.stored('stranded/a')).toMatchObject({ n: 1 });
  });

  test('rule 3: of one request with writes of both levels, only those fail that SQS had to hold', async () => {
    const cache = await broken[0]![1]();
    const outcomes = await cache.batch([
      { op: 'put', key: 'both/a', value: { n: 1 }, durability: 'cache' },
      { op: 'put', key: 'both/a', value: { n: 2 }, durability: 'queue' },
      { op: 'put', key: 'both/b', value: { n: 3 }, durability: 'cache' },
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['written', 'failed', 'written']);
  });
});

test('rule 3: signals that arrive out of order are harmless', async () => {
  const key = 'disorder/a';
  const signals = [];
  for (let n = 1; n <= 3; n += 1) {
    const value = { n };
    const { version } = await system.cache.execute({ op: 'put', key, value, durability: 'queue' });
    signals.push({ key, version, image: { version, deleted: false, value } });
  }
  for (const index of [1, 2, 0, 1]) {
    await system.cache.flushMessages([messageOfSignal(signals[index]!)]);
    expect(await system.stored(key)).toMatchObject({ n: 3, _v: signals[2]!.version });
  }
  expect(await system.isDirty(key)).toBe(false);
});

test('rule 3: a write that is retried with its idempotency key is one message', async () => {
  const put = () => system.cache.collection('retried').put('a', { n: 1 }, { idempotencyKey: 'once' });
  const first = await put();
  expect(await put()).toEqual(first);
  expect(await waiting()).toBe(1);
});
