import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import { BoundError, IdempotencyConflictError, LevelNotMetError } from '../../lib/errors.ts';
import type { WriteOperation } from '../../lib/model/operation.ts';
import { decodeSignal, dedupIdOf } from '../../lib/queue/signal.ts';
import { patient } from '../support/patient.ts';
import { type System, startSystem, until } from '../support/system.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

let system: System;
let sqsProxy: TcpProxy;
let dynamodbProxy: TcpProxy;
beforeAll(async () => {
  system = await startSystem({ settings: { ...patient, defaultDurability: 'cache' } });
  sqsProxy = await TcpProxy.start(system.servers.sqs.url);
  dynamodbProxy = await TcpProxy.start(system.servers.dynamodb.url);
});
afterAll(async () => {
  await Promise.all([sqsProxy.close(), dynamodbProxy.close()]);
  await system.stop();
});

async function messagesOf(key: string) {
  return (await system.receive()).filter(({ body }) => JSON.parse(body).key === key);
}

describe('rule 14: a replay gets the first answer and changes nothing', () => {
  test.each<[string, WriteOperation]>([
    ['put', { op: 'put', key: 'once/put', value: { n: 1 }, actor: 'a', comment: 'c' }],
    ['patch', { op: 'patch', key: 'once/patch', add: { n: 1 }, set: { text: 'é"\n' } }],
    ['delete', { op: 'delete', key: 'once/delete' }],
  ])('%s', async (_, operation) => {
    const once = { ...operation, idempotencyKey: 'k' };
    const first = await system.cache.execute(once);
    expect(await system.cache.execute(once)).toEqual(first);
    expect((await system.entry(operation.key)).version).toBe(String(first.version));

    // The first answer also after others have written, and after the item is stored.
    await system.cache.execute({ op: 'put', key: operation.key, value: { n: 100 } });
    const entry = await system.entry(operation.key);
    expect(await system.cache.execute(once)).toEqual(first);
    expect(await system.entry(operation.key)).toEqual(entry);
    await system.deliverAll();
    expect(await system.cache.execute(once)).toEqual(first);
    expect(await system.stored(operation.key)).toMatchObject({ n: 100, _v: Number(entry.version) });
    expect((await system.cache.get(operation.key))?.value).toEqual({ n: 100 });
  });
});

test('rule 14: ten attempts at once, over two instances, are one increment with one answer', async () => {
  const other = await system.another();
  const operation = {
    op: 'patch',
    key: 'once/crowd',
    add: { n: 1 },
    idempotencyKey: 'k',
    durability: 'queue',
  } as const;
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) => (i % 2 ? other : system.cache).execute(operation)),
  );
  expect(answers).toEqual(Array.from({ length: 10 }, () => answers[0]));
  expect(answers[0]?.value).toEqual({ n: 1 });
  expect(await messagesOf('once/crowd')).toHaveLength(1);
});

test('rule 14: the same key with other content is a conflict, and the key belongs to the item', async () => {
  const first = { op: 'put', key: 'once/conflict', value: { n: 1 }, idempotencyKey: 'k' } as const;
  const { version } = await system.cache.execute(first);
  const others: WriteOperation[] = [
    { ...first, value: { n: 2 } },
    { ...first, actor: 'somebody else' },
    { ...first, ifMatch: version },
    { ...first, durability: 'queue' },
    { op: 'patch', key: first.key, set: { n: 1 }, idempotencyKey: 'k' },
    { op: 'delete', key: first.key, idempotencyKey: 'k' },
  ];
  for (const other of others)
    await expect(system.cache.execute(other)).rejects.toBeInstanceOf(IdempotencyConflictError);
  expect((await system.entry(first.key)).version).toBe(String(version));
  expect((await system.cache.execute({ ...first, key: 'once/another' })).version).not.toBe(version);
  expect((await system.cache.execute({ ...first, idempotencyKey: 'k2' })).version).toBeGreaterThan(version);
});

test.each<[string, WriteOperation, object]>([
  ['put', { op: 'put', key: 'once/signal-put', value: { n: 1 } }, { value: { n: 1 } }],
  ['patch', { op: 'patch', key: 'once/signal-patch', add: { n: 1 } }, { value: { n: 1 } }],
  ['delete', { op: 'delete', key: 'once/signal-delete' }, { deleted: true }],
])(
  'rule 14: the replay of a %s sends the signal that the first attempt could not send',
  async (_, operation, state) => {
    await sqsProxy.refuse();
    const stranded = await system.another({}, {}, { sqsEndpoint: sqsProxy.url });
    const once = { ...operation, idempotencyKey: 'k', durability: 'queue' } as const;
    const refusal = await stranded.execute(once).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(LevelNotMetError);
    expect(refusal).toMatchObject({ facts: { inCache: true } });
    const { version } = await system.entry(operation.key);

    expect(await system.cache.execute(once)).toMatchObject({ version: Number(version), durability: 'queue' });
    expect((await system.entry(operation.key)).version).toBe(version);
    const messages = await messagesOf(operation.key);
    expect(messages.map(({ body }) => JSON.parse(body))).toEqual([
      { key: operation.key, version: Number(version), ...state },
    ]);
    expect(messages[0]?.raw.Attributes?.MessageDeduplicationId).toBe(
      dedupIdOf({ ...decodeSignal(messages[0]?.body ?? '') }),
    );
    await system.cache.flushMessages(messages);
    expect(await system.isDirty(operation.key)).toBe(false);
  },
);

test('rule 14: a signal that was sent although its sender never heard so is one message', async () => {
  await sqsProxy.pass();
  const unlucky = await system.another({}, {}, { sqsEndpoint: sqsProxy.url });
  const once = { op: 'put', key: 'once/heard', value: {}, idempotencyKey: 'k', durability: 'queue' } as const;
  // The SDK tries twice; the write itself is repeated until it is acknowledged.
  for (let i = 0; i < 2; i += 1) sqsProxy.cutReply((request) => request.includes('once/heard'));
  await expect(unlucky.execute(once)).rejects.toMatchObject({ facts: { inCache: true } });
  expect(sqsProxy.cutsLeft).toBe(0);
  const { version } = await unlucky.execute(once);
  expect(await messagesOf('once/heard')).toHaveLength(1);
  expect((await system.entry('once/heard')).version).toBe(String(version));
});

test('rule 14: the replay at database level does the store that the first attempt could not do', async () => {
  await dynamodbProxy.refuse();
  const stranded = await system.another({}, {}, { dynamodbEndpoint: dynamodbProxy.url });
  const once = {
    op: 'put',
    key: 'once/store',
    value: { n: 1 },
    idempotencyKey: 'k',
    durability: 'database',
  } as const;
  await expect(stranded.execute(once)).rejects.toMatchObject({ code: 'level-not-met', facts: { inCache: true } });
  expect(await system.stored('once/store')).toBeUndefined();
  const { version } = await system.entry('once/store');
  expect(await system.cache.execute(once)).toEqual({
    key: 'once/store',
    version: Number(version),
    durability: 'database',
  });
  expect(await system.stored('once/store')).toMatchObject({ n: 1, _v: Number(version) });
  expect(await system.isDirty('once/store')).toBe(false);
});

test('rule 14: an answer that nothing was changed is not remembered', async () => {
  await system.seed({ pk: 'once/loaded', n: 5 });
  await dynamodbProxy.refuse();
  const stranded = await system.another({}, {}, { dynamodbEndpoint: dynamodbProxy.url });
  const once = { op: 'patch', key: 'once/loaded', add: { n: { by: -6, min: 0 } }, idempotencyKey: 'k' } as const;
  await expect(stranded.execute(once)).rejects.toMatchObject({ code: 'level-not-met', facts: { inCache: false } });
  await expect(system.cache.execute(once)).rejects.toBeInstanceOf(BoundError);
  await system.cache.execute({ op: 'patch', key: 'once/loaded', add: { n: 1 } });
  expect((await system.cache.execute(once)).value).toEqual({ n: 0 });
  expect((await system.cache.execute(once)).value).toEqual({ n: 0 });
});

test('rule 14: a key is forgotten after idempotencySeconds, and not before', async () => {
  const cache = await system.another({}, { idempotencySeconds: 1 });
  const once = { op: 'patch', key: 'once/forgotten', add: { n: 1 }, idempotencyKey: 'k' } as const;
  const record = new Keys(system.config.shards).idempotency(once.key, 'k');
  await cache.execute(once);
  const ttlMs = await system.redis.pttl(record);
  expect(ttlMs).toBeLessThanOrEqual(1000);
  await until('the record expired', async () => (await system.redis.exists(record)) === 0);
  expect((await cache.execute(once)).value).toEqual({ n: 2 });
  await system.cache.execute({ ...once, idempotencyKey: 'longer' });
  const longerMs = await system.redis.pttl(new Keys(system.config.shards).idempotency(once.key, 'longer'));
  expect(longerMs).toBeGreaterThan(500_000);
  expect(longerMs).toBeLessThanOrEqual(600_000);
});

describe('rule 14: a retried append', () => {
  const append = (idempotencyKey: string, n = 1, collection = 'once-lines') =>
    system.cache.append(collection, { n }, { idempotencyKey });

  test('keeps its id and is one item', async () => {
    const first = await append('line');
    expect(await append('line')).toEqual(first);
    expect(await append('other line')).not.toMatchObject({ key: first.key });
  });

  test('keeps it also while the first attempt is still running', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => append('at once')));
    expect(new Set(all.map(({ key, version }) => `${key} ${version}`)).size).toBe(1);
  });

  test('is a conflict with another value, and nothing of it in another collection', async () => {
    const { key } = await append('shared');
    await expect(append('shared', 2)).rejects.toThrow(IdempotencyConflictError);
    expect((await system.cache.get(key))?.value).toEqual({ n: 1 });
    expect((await append('shared', 2, 'once-other')).key).toMatch(/^once-other\//);
  });

  test('is refused while Valkey is away: nobody would know the id', async () => {
    const away = await system.another({}, { valkeyTimeoutMs: 50 }, { valkeyUrl: 'redis://127.0.0.1:1' });
    await expect(
      away.append('once-lines', { n: 1 }, { idempotencyKey: 'k', durability: 'queue' }),
    ).rejects.toMatchObject({
      code: 'level-not-met',
      facts: { inCache: false },
    });
  });
});
