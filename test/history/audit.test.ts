import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import { createClients } from '../../lib/clients.ts';
import type { HistoryEntry } from '../../lib/history/history-reader.ts';
import { Cursors } from '../../lib/model/cursor.ts';
import { Gate, type System, startSystem, watchedClients } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ settings: { collections: { gates: { audited: true }, big: { audited: true } } } });
});
afterAll(() => system.stop());

let count = 0;
/** A key that no other test uses. */
const freshKey = (collection = 'gates') => `${collection}/${++count}`;
const logOf = (key: string) => system.redis.llen(new Keys(system.config.shards).of(key).log);

/** The items of the history as a plain DynamoDB client sees them. */
async function recorded(key: string): Promise<{ pk: string; _v: number; changes: string }[]> {
  const { Items = [] } = await DynamoDBDocumentClient.from(system.dynamodb).send(
    new QueryCommand({
      TableName: system.config.endpoints.historyTableName,
      KeyConditionExpression: 'pk = :key',
      ExpressionAttributeValues: { ':key': key },
    }),
  );
  return Items as { pk: string; _v: number; changes: string }[];
}

async function whole(key: string, limit = 1000): Promise<HistoryEntry[]> {
  const all: HistoryEntry[] = [];
  let cursor: string | undefined;
  do {
    const page = await system.cache.history(key, { limit, ...(cursor && { cursor }) });
    all.push(...page.history);
    cursor = page.cursor;
  } while (cursor);
  return all;
}

const versions = (entries: readonly { version: number }[]) => entries.map(({ version }) => version);

describe('the history of an audited item', () => {
  test('has every acknowledged write with who, why and what, before and after the flush', async () => {
    const key = freshKey();
    const put = await system.cache.execute({
      op: 'put',
      key,
      value: { gate: 'A1', seats: 3 },
      actor: 'desk',
      comment: 'planned',
    });
    const patch = await system.cache.execute({
      op: 'patch',
      key,
      set: { gate: 'B2' },
      add: { seats: -1 },
      remove: ['none', 'gone'],
      caller: 'arn:aws:iam::1:user/ann',
      durability: 'cache',
    });
    const gone = await system.cache.execute({ op: 'delete', key, actor: '', durability: 'cache' });
    const expected = [
      { version: gone.version, op: 'delete', actor: '' },
      {
        version: patch.version,
        op: 'patch',
        set: { gate: 'B2', seats: 2 },
        caller: 'arn:aws:iam::1:user/ann',
      },
      { version: put.version, op: 'put', set: { gate: 'A1', seats: 3 }, actor: 'desk', comment: 'planned' },
    ].map((entry) => ({ ...entry, at: new Date(entry.version / 1000).toISOString() }));
    expect(await whole(key)).toEqual(expected.map((entry) => expect.objectContaining(entry)));
    const before = await whole(key);
    expect(await recorded(key)).toEqual([]);
    await system.deliverAll();
    await system.cache.flush();
    expect(await whole(key)).toEqual(before);
    expect(await logOf(key)).toBe(0);
  });

  test('costs one item of the table for all changes of a window', async () => {
    const key = freshKey();
    const written = [];
    for (let n = 0; n < 20; n++) {
      written.push(await system.cache.execute({ op: 'patch', key, add: { n: 1 }, durability: 'cache' }));
    }
    await system.cache.flush();
    expect(await recorded(key)).toHaveLength(1);
    expect(versions(await whole(key))).toEqual(versions(written).reverse());
  });

  test('is split when it is large', async () => {
    const key = freshKey('big');
    const text = 'x'.repeat(15_000);
    for (let n = 0; n < 10; n++)
      await system.cache.execute({ op: 'put', key, value: { n, text }, durability: 'cache' });
    await system.cache.flush();
    expect((await recorded(key)).length).toBeGreaterThan(3);
    expect((await whole(key)).map(({ set }) => set?.n)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  test('is read in pages, newest first, without a gap or a repetition', async () => {
    const key = freshKey();
    for (let n = 0; n < 7; n++) {
      await system.cache.execute({ op: 'put', key, value: { n }, durability: 'cache' });
      if (n === 2 || n === 4) await system.cache.flush();
    }
    expect((await whole(key, 2)).map(({ set }) => set?.n)).toEqual([6, 5, 4, 3, 2, 1, 0]);
    const { history, cursor } = await system.cache.history(key, { limit: 7 });
    expect(history).toHaveLength(7);
    expect(cursor).toBeUndefined();
  });

  test('keeps names and values exactly', async () => {
    const key = freshKey();
    const value = { 'a "b" 🙂 \\n': [1, { __proto__x: null }], text: ' ', n: 0.1, deep: { a: { b: [[[]]] } } };
    await system.cache.execute({ op: 'put', key, value, comment: 'ä"\n' });
    expect((await whole(key))[0]).toMatchObject({ set: value, comment: 'ä"\n' });
    await system.deliverAll();
    expect((await whole(key))[0]).toMatchObject({ set: value, comment: 'ä"\n' });
  });
});

describe('each change is in the history once', () => {
  test('when a message is delivered twice, late, and after others', async () => {
    const key = freshKey();
    const written = [];
    for (let n = 0; n < 3; n++) written.push(await system.cache.execute({ op: 'put', key, value: { n } }));
    const messages = await system.receive();
    for (const message of messages) await system.remove(message);
    for (const message of [...messages].reverse()) await system.cache.flushMessages([message]);
    for (const message of messages) await system.cache.flushMessages([message]);
    await system.deliverAll();
    const stored = (await recorded(key)).flatMap(({ changes }) => JSON.parse(changes));
    expect(versions(stored).sort()).toEqual(versions(written));
  });

  test('when a flush dies after it recorded, and writes go on', async () => {
    const key = freshKey();
    const dying = new Gate();
    const clients = watchedClients(system.config, async (command, input) => {
      if (command === 'PutItemCommand' && input.TableName === system.config.endpoints.tableName) {
        await dying.wait();
        throw new Error('killed');
      }
    });
    const doomed = await system.another({ clients });
    await system.cache.execute({ op: 'put', key, value: { n: 0 }, durability: 'cache' });
    const flushing = doomed.flush();
    await dying.reached;
    expect(await recorded(key)).toHaveLength(1);
    await system.cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'cache' });
    dying.open();
    await flushing;
    await system.cache.flush();
    const stored = (await recorded(key)).flatMap(({ changes }) => JSON.parse(changes));
    expect(stored.map(({ set }) => set.n)).toEqual([0, 1]);
    expect(await logOf(key)).toBe(0);
  });

  test('when it is made while a flush of the changes before it runs', async () => {
    const key = freshKey();
    const gate = new Gate();
    const clients = watchedClients(system.config, async (command, input) => {
      if (command === 'PutItemCommand' && input.TableName === system.config.endpoints.tableName) await gate.wait();
    });
    const slow = await system.another({ clients });
    const first = await system.cache.execute({ op: 'put', key, value: { n: 0 }, durability: 'cache' });
    const flushing = slow.flush();
    await gate.reached;
    const second = await system.cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'cache' });
    gate.open();
    await flushing;
    expect(versions(await whole(key))).toEqual([second.version, first.version]);
    await system.cache.flush();
    expect(versions(await whole(key))).toEqual([second.version, first.version]);
    expect(await logOf(key)).toBe(0);
  });

  test('when a request is repeated under its idempotency key', async () => {
    const key = freshKey();
    const request = { op: 'patch', key, add: { n: 1 }, idempotencyKey: 'once' } as const;
    const first = await system.cache.execute(request);
    expect(await system.cache.execute(request)).toEqual(first);
    await system.deliverAll();
    expect(versions(await whole(key))).toEqual([first.version]);
  });
});

describe('a change at queue level', () => {
  test('survives the loss of all of Valkey', async () => {
    const key = freshKey();
    const written = [];
    for (let n = 0; n < 3; n++)
      written.push(await system.cache.execute({ op: 'put', key, value: { n }, actor: `a${n}` }));
    await system.redis.flushall();
    await system.deliverAll();
    expect(versions(await whole(key))).toEqual(versions(written).reverse());
    expect((await whole(key)).map(({ actor }) => actor)).toEqual(['a2', 'a1', 'a0']);
  });

  test('survives it also where a reader has loaded a newer state meanwhile', async () => {
    const key = freshKey();
    const first = await system.cache.execute({ op: 'put', key, value: { n: 0 } });
    const [early] = await system.receive();
    await system.remove(early!);
    await system.redis.flushall();
    const second = await system.cache.execute({ op: 'put', key, value: { n: 1 } });
    await system.deliverAll();
    await system.cache.flushMessages([early!]);
    expect(versions(await whole(key))).toEqual([second.version, first.version]);
  });

  test('goes straight to the queue while Valkey is away, and into the history from there', async () => {
    const key = freshKey();
    const away = await system.another({}, { valkeyTimeoutMs: 50 }, { valkeyUrl: 'redis://127.0.0.1:1' });
    const { version } = await away.execute({ op: 'put', key, value: { n: 1 }, actor: 'night shift' });
    await system.deliverAll();
    expect(await whole(key)).toMatchObject([{ version, actor: 'night shift', set: { n: 1 } }]);
  });

  test('of a batch whose changes do not fit into one message is in several', async () => {
    const key = freshKey('big');
    const text = 'x'.repeat(300_000);
    const operations = [0, 1, 2, 3].map((n) => ({ op: 'put', key, value: { n, text } }) as const);
    const outcomes = await system.cache.batch(operations);
    expect(outcomes.every(({ kind }) => kind === 'written')).toBe(true);
    await system.redis.flushall();
    await system.deliverAll();
    expect((await whole(key)).map(({ set }) => set?.n)).toEqual([3, 2, 1, 0]);
  });
});

test('a change written through is in the history when it is acknowledged', async () => {
  const key = freshKey();
  const { version } = await system.cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'database' });
  expect(versions((await recorded(key)).flatMap(({ changes }) => JSON.parse(changes)))).toEqual([version]);
});

test('what is stored is in the history: while the history cannot be written, nothing is stored, and nothing is lost', async () => {
  const key = freshKey();
  const clients = createClients(system.config);
  const broken = await system.another({ clients }, {}, { historyTableName: 'missing-history' });
  await broken.execute({ op: 'put', key, value: { n: 1 } });
  const [message] = await system.receive();
  expect(await broken.flushMessages([message!])).toEqual({ failed: [message!.messageId] });
  expect(await system.stored(key)).toBeUndefined();
  await system.cache.flushMessages([message!]);
  await system.remove(message!);
  expect(await system.stored(key)).toMatchObject({ n: 1 });
  expect(await whole(key)).toHaveLength(1);
});

test('a change that would not fit into the history as text is refused before it is acknowledged', async () => {
  // Small by DynamoDB's formula, long as JSON.
  const rows = Array.from({ length: 15_500 }, (_, id) => ({ id, ok: true, on: false }));
  await expect(system.cache.execute({ op: 'put', key: freshKey(), value: { rows } })).rejects.toMatchObject({
    code: 'item-too-large',
  });
  await expect(system.cache.execute({ op: 'patch', key: freshKey(), set: { rows } })).rejects.toMatchObject({
    code: 'item-too-large',
  });
  const { version } = await system.cache.execute({ op: 'put', key: 'plain/long', value: { rows } });
  expect(version).toBeGreaterThan(0);
});

test('a patch of a large item fits into its message: values are in it once', async () => {
  const key = freshKey();
  const text = 'x'.repeat(300_000);
  await system.cache.execute({ op: 'put', key, value: { text } });
  await system.cache.execute({ op: 'patch', key, set: { text: `${text}y` } });
  const messages = (await system.receive()).filter(({ body }) => JSON.parse(body).key === key);
  expect(Math.max(...messages.map(({ body }) => body.length))).toBeLessThan(310_000);
  await system.redis.flushall();
  for (const message of messages) {
    await system.cache.flushMessages([message]);
    await system.remove(message);
  }
  await system.deliverAll();
  expect((await whole(key)).map(({ op, set }) => [op, String(set?.text).length])).toEqual([
    ['patch', 300_001],
    ['put', 300_000],
  ]);
});

test('a change at database level is in the history also where Valkey loses it before the claim', async () => {
  const key = freshKey();
  const clients = createClients(system.config);
  const evalsha = clients.valkey.evalsha.bind(clients.valkey);
  clients.valkey.evalsha = (async (...args: Parameters<typeof evalsha>) => {
    const reply = await evalsha(...args);
    if (args.includes('put')) await system.redis.flushall();
    return reply;
  }) as typeof clients.valkey.evalsha;
  const cache = await system.another({ clients });
  const { version } = await cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'database' });
  expect(await system.stored(key)).toMatchObject({ n: 1 });
  expect(versions(await whole(key))).toEqual([version]);
});

test('a log of any length is recorded, and does not hold the flush up', async () => {
  const key = freshKey();
  const text = 'x'.repeat(20_000);
  const operations = Array.from(
    { length: 100 },
    (_, n) => ({ op: 'put', key, value: { n, text }, durability: 'cache' }) as const,
  );
  await system.cache.batch(operations);
  expect(await system.cache.flush()).toMatchObject({ flushed: 1, failed: 0 });
  expect(await logOf(key)).toBe(0);
  expect(await whole(key)).toHaveLength(100);
});

test('a collection that is not audited keeps nothing, and says so', async () => {
  await system.cache.execute({ op: 'put', key: 'plain/1', value: { n: 1 } });
  expect(await logOf('plain/1')).toBe(0);
  await expect(system.cache.history('plain/1')).rejects.toMatchObject({ code: 'not-audited' });
});

test.each([
  [{ limit: 0 }, 'limit'],
  [{ limit: 1001 }, 'limit'],
  [{ limit: 1.5 }, 'limit'],
  [{ cursor: 'abc' }, 'cursor'],
  [{ cursor: '1800000000000000-AAAAAAAA' }, 'cursor'],
  [{ cursor: new Cursors('history\0gates/any').encode('soon') }, 'cursor'],
])('a bad page %j is refused by name', async (options, path) => {
  await expect(system.cache.history('gates/any', options)).rejects.toMatchObject({
    code: 'invalid-input',
    facts: { path },
  });
});

test("another item's cursor is refused", async () => {
  const [one, other] = [freshKey(), freshKey()];
  for (const n of [1, 2]) await system.cache.execute({ op: 'put', key: one, value: { n } });
  const { cursor } = await system.cache.history(one, { limit: 1 });
  expect(cursor).toBeDefined();
  await expect(system.cache.history(other, { cursor: cursor! })).rejects.toMatchObject({ code: 'invalid-input' });
});
