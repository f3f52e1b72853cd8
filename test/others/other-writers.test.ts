/** Other programs change the table, and its real stream tells. */
import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../functions/logger.ts';
import { createStreamHandler } from '../../functions/stream/handler.ts';
import { toAttributeValue } from '../../lib/store/attribute-values.ts';
import { type StreamSource, startStreamSource } from '../../local/stream-source.ts';
import { patient } from '../support/patient.ts';
import { type System, startSystem, until } from '../support/system.ts';

const shared = {
  name: 'inventory-of-others',
  partitionKey: { name: 'sku' },
  attributes: { shared: ['left', 'price'] },
  versionAttribute: 'version',
  deletedAttribute: 'gone',
  unversioned: 'cacheWins' as const,
};
const settings = {
  ...patient,
  defaultDurability: 'cache' as const,
  collections: {
    cacheWins: { otherWriters: 'cacheWins' as const, audited: true },
    databaseWins: { otherWriters: 'databaseWins' as const, audited: true },
    merge: { otherWriters: 'merge' as const, audited: true },
    unwatched: {},
    stock: { otherWriters: 'merge' as const, table: shared },
  },
};

let system: System;
let documents: DynamoDBDocumentClient;
let streams: StreamSource;
/** Partition keys of the records that were dealt with. */
const seen = new Set<string>();
let markers = 0;
beforeAll(async () => {
  system = await startSystem({ settings });
  documents = DynamoDBDocumentClient.from(system.dynamodb);
  const handle = createStreamHandler(system.cache, { logger: createLogger({ service: 'stream', level: 'WARN' }) });
  streams = await startStreamSource({
    endpoint: system.servers.dynamodb.url,
    streamArns: system.streamArns,
    handler: async (event, context) => {
      const answer = await handle(event, context);
      for (const { dynamodb } of event.Records) seen.add(Object.values(dynamodb?.Keys ?? {})[0]?.S ?? '');
      return answer;
    },
  });
});
afterAll(async () => {
  await streams.stop();
  await system.stop();
});

const table = () => system.config.endpoints.tableName;
/** Changes single attributes as another program would, and waits until the stream has told. */
async function change(key: string, set: Record<string, unknown>, TableName = table(), pk = 'pk'): Promise<void> {
  await told(
    () =>
      documents.send(
        new UpdateCommand({
          TableName,
          Key: { [pk]: key },
          UpdateExpression: `SET ${Object.keys(set).map((_, index) => `#a${index} = :a${index}`)}`,
          ExpressionAttributeNames: Object.fromEntries(Object.keys(set).map((name, index) => [`#a${index}`, name])),
          ExpressionAttributeValues: Object.fromEntries(
            Object.values(set).map((value, index) => [`:a${index}`, value]),
          ),
        }),
      ),
    TableName,
    pk,
  );
}
/** Waits until the stream has told of what `write` does, and of all before it: of an item that is written after it. */
async function told(write: () => Promise<unknown>, TableName = table(), pk = 'pk'): Promise<void> {
  await write();
  markers += 1;
  const marker = `marker ${markers}`;
  await documents.send(new PutCommand({ TableName, Item: { [pk]: marker } }));
  await until('the stream has told', () => seen.has(marker));
}
/** Stores an item, so that it is clean. */
async function clean(key: string, value: Record<string, number>): Promise<number> {
  return (await system.cache.execute({ op: 'put', key, value, durability: 'database' })).version;
}
const cached = async (key: string) => (await system.cache.get(key))?.value;
const conflicts = async () => (await system.cache.stats()).conflicts;
/** Stores what is dirty, and the table then. */
async function flushed(key: string) {
  await system.cache.flush();
  return system.stored(key);
}

describe('a change of an item that the table has as the cache has it', () => {
  test.each(['cacheWins', 'databaseWins', 'merge'])('is read from the cache then (%s)', async (policy) => {
    const key = `${policy}/clean`;
    const version = await clean(key, { n: 1 });
    await change(key, { n: 2 });
    expect(await system.cache.get(key)).toMatchObject({ value: { n: 2 }, version, source: 'database' });
    await told(() => documents.send(new DeleteCommand({ TableName: table(), Key: { pk: key } })));
    expect(await system.cache.get(key)).toBe(null);
    await told(() => system.seed({ pk: key, n: 3 }));
    expect(await system.cache.get(key)).toMatchObject({ value: { n: 3 }, version: 0 });
    const { version: next } = await system.cache.execute({ op: 'patch', key, add: { n: 1 } });
    expect(await flushed(key)).toMatchObject({ n: 4, _v: next });
  });

  test('is not looked at where no policy is set', async () => {
    const before = (await system.cache.stats()).foreignChanges;
    await clean('unwatched/a', { n: 1 });
    await change('unwatched/a', { n: 2 });
    expect(await cached('unwatched/a')).toEqual({ n: 1 });
    expect((await system.cache.stats()).foreignChanges).toBe(before);
  });

  test('stops a load from before it', async () => {
    const key = 'cacheWins/loaded';
    await told(() => system.seed({ pk: key, n: 1 }));
    const another = await system.another({});
    // A reader that has read the old state, and is slow to fill.
    const { Cache } = await import('../../lib/cache/cache.ts');
    const { Valkey } = await import('../../lib/cache/valkey.ts');
    const cache = new Cache(new Valkey(system.redis), system.config);
    expect(await cache.lease(key, 'slow')).toBe('leased');
    await change(key, { n: 2 });
    expect(await cache.fill(key, 'slow', { version: 0, deleted: false, value: { n: 1 } }, [], 600)).toBe(false);
    expect((await another.get(key))?.value).toEqual({ n: 2 });
  });
});

describe('a change of an item that has waiting writes', () => {
  test('cacheWins: what waits is stored over it, and the history keeps it', async () => {
    const key = 'cacheWins/dirty';
    await clean(key, { n: 1, m: 1 });
    const { version } = await system.cache.execute({ op: 'patch', key, set: { n: 2 } });
    const before = await conflicts();
    await change(key, { n: 7, x: 7 });
    expect(await system.cache.get(key)).toMatchObject({ value: { n: 2, m: 1 }, version, persisted: false });
    expect(await flushed(key)).toEqual(expect.objectContaining({ n: 2, m: 1, _v: version }));
    expect(await system.stored(key)).not.toHaveProperty('x');
    expect(await conflicts()).toBe(before + 1);
    const { history } = await system.cache.history(key);
    expect(history).toContainEqual(
      expect.objectContaining({ set: { n: 7, m: 1, x: 7 }, comment: expect.stringContaining('another program') }),
    );
  });

  test('databaseWins: the item becomes what the table has, by a write of its own, and the history keeps both', async () => {
    const key = 'databaseWins/dirty';
    await clean(key, { n: 1, m: 1 });
    const { version } = await system.cache.execute({ op: 'put', key, value: { n: 2 } });
    const before = await conflicts();
    await change(key, { n: 7 });
    const item = await system.cache.get(key);
    expect(item).toMatchObject({ value: { n: 7, m: 1 }, comment: 'Changed in the table by another program' });
    expect(item!.version).toBeGreaterThan(version);
    expect(await flushed(key)).toMatchObject({ n: 7, m: 1, _v: item!.version });
    expect(await conflicts()).toBe(before + 1);
    const sets = (await system.cache.history(key)).history.map(({ set }) => set);
    expect(sets.slice(0, 2)).toEqual([{ n: 7, m: 1 }, { n: 2 }]);
  });

  test('databaseWins: a deleted item is deleted, and one that waits to be deleted stays', async () => {
    await clean('databaseWins/gone', { n: 1 });
    await system.cache.execute({ op: 'put', key: 'databaseWins/gone', value: { n: 2 } });
    await told(() => documents.send(new DeleteCommand({ TableName: table(), Key: { pk: 'databaseWins/gone' } })));
    expect(await system.cache.get('databaseWins/gone')).toBe(null);
    expect(await flushed('databaseWins/gone')).toMatchObject({ _deleted: true });

    await clean('databaseWins/stays', { n: 1 });
    await system.cache.execute({ op: 'delete', key: 'databaseWins/stays' });
    await change('databaseWins/stays', { n: 7 });
    expect(await cached('databaseWins/stays')).toEqual({ n: 7 });
    expect(await flushed('databaseWins/stays')).toMatchObject({ n: 7 });
  });

  test('merge: it gets the attributes that the other program changed', async () => {
    const key = 'merge/dirty';
    await clean(key, { theirs: 1, ours: 1, contested: 1, dropped: 1 });
    await system.cache.execute({ op: 'patch', key, set: { ours: 2, contested: 2 } });
    await told(() =>
      documents.send(
        new UpdateCommand({
          TableName: table(),
          Key: { pk: key },
          UpdateExpression: 'SET theirs = :n, contested = :n REMOVE dropped',
          ExpressionAttributeValues: { ':n': 7 },
        }),
      ),
    );
    expect(await cached(key)).toEqual({ theirs: 7, ours: 2, contested: 7 });
    expect(await flushed(key)).toMatchObject({ theirs: 7, ours: 2, contested: 7 });
    expect(await system.stored(key)).not.toHaveProperty('dropped');
  });

  test('of a shared item: the others may change what is theirs', async () => {
    const key = 'stock/croissant';
    await clean(key, { left: 9, price: 2 });
    const before = await conflicts();
    await system.cache.execute({ op: 'patch', key, add: { left: -1 } });
    await change('croissant', { title: 'Croissant' }, 'inventory-of-others', 'sku');
    expect(await conflicts()).toBe(before);
    expect(await cached(key)).toEqual({ left: 8, price: 2 });
    await change('croissant', { price: 3 }, 'inventory-of-others', 'sku');
    expect(await cached(key)).toEqual({ left: 8, price: 3 });
    await system.cache.flush();
    const { Item } = await documents.send(
      new GetCommand({ TableName: 'inventory-of-others', Key: { sku: 'croissant' } }),
    );
    expect(Item).toMatchObject({ left: 8, price: 3, title: 'Croissant' });
  });
});

describe('what the stream tells', () => {
  const image = (value: Record<string, number>, version: number): Record<string, AttributeValue> => ({
    pk: { S: 'merge/told' },
    _v: { N: String(version) },
    ...Object.fromEntries(Object.entries(value).map(([name, n]) => [name, toAttributeValue(n)])),
  });
  const record = (sequenceNumber: string, oldImage: Record<string, AttributeValue>, newImage: typeof oldImage) => ({
    tableName: table(),
    sequenceNumber,
    oldImage,
    newImage,
    atSeconds: 1,
  });

  test('of writes of the cache, of tombstones that expire and of other items changes nothing', async () => {
    const key = 'merge/told';
    const version = await clean(key, { n: 1 });
    const report = await system.cache.seeTableChanges([
      record('1', image({}, 5), image({ n: 1 }, 6)),
      { ...record('2', { ...image({}, 5), _deleted: { BOOL: true } }, {}), newImage: undefined },
      record('3', { pk: { S: 'no key' } }, { pk: { S: 'no key' }, a: { N: '1' } }),
      { ...record('4', image({}, 5), image({ n: 1 }, 5)), tableName: 'elsewhere' },
    ]);
    expect(report).toEqual({ foreign: 0, conflicts: 0, failures: [] });
    expect(await system.cache.get(key)).toMatchObject({ source: 'cache', version });
  });

  test('comes too late where a newer state was stored over it: it is counted, and nothing is taken back', async () => {
    const key = 'merge/told';
    const older = await clean(key, { n: 1 });
    const newer = await clean(key, { n: 2 });
    const before = await conflicts();
    const late = record('1', image({ n: 1 }, older), image({ n: 9 }, older));
    expect(await system.cache.seeTableChanges([late])).toMatchObject({ foreign: 1, conflicts: 1 });
    expect(await system.cache.get(key)).toMatchObject({ value: { n: 2 }, version: newer });
    expect(await conflicts()).toBe(before + 1);
  });

  test('is tried again where DynamoDB is away, with what comes after it of the same item, and holds no other up', async () => {
    await clean('databaseWins/away', { n: 1 });
    const { version } = await system.cache.execute({ op: 'put', key: 'databaseWins/away', value: { n: 2 } });
    await clean('merge/told', { n: 1 });
    const cut = await system.another({}, {}, { dynamodbEndpoint: 'http://127.0.0.1:1' });
    const ofAway = (sequenceNumber: string, n: number) => ({
      ...record(sequenceNumber, image({ n: 1 }, version - 1), image({ n }, version - 1)),
      oldImage: { ...image({ n: 1 }, version - 1), pk: { S: 'databaseWins/away' } },
      newImage: { ...image({ n }, version - 1), pk: { S: 'databaseWins/away' } },
    });
    const { version: known } = (await system.cache.get('merge/told'))!;
    const report = await cut.seeTableChanges([
      ofAway('1', 3),
      record('2', image({ n: 1 }, known), image({ n: 5 }, known)),
      ofAway('3', 4),
    ]);
    expect(report).toMatchObject({ foreign: 1, failures: [{ sequenceNumber: '1', key: 'databaseWins/away' }] });
    expect(await cached('databaseWins/away')).toEqual({ n: 2 });
  });
});

test('items of other programs keep what JSON has not, unless a policy makes them a write', async () => {
  const sets = { pk: { S: 'cacheWins/sets' }, tags: { SS: ['a', 'b'] } };
  await told(() => system.dynamodb.send(new PutItemCommand({ TableName: table(), Item: sets })));
  expect(await cached('cacheWins/sets')).toEqual({ tags: ['a', 'b'] });
  expect((await system.stored('cacheWins/sets'))?.tags).toBeInstanceOf(Set);
});
