/** Collections in tables of one's own, from the write to the table and back. */
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { provisionTables } from '../../local/provision.ts';
import { patient } from '../support/patient.ts';
import { type System, startSystem } from '../support/system.ts';

const settings = {
  ...patient,
  refusedRetrySeconds: [],
  collections: {
    stock: {
      audited: true,
      table: {
        name: 'inventory',
        id: '{shop}/{sku}',
        partitionKey: { name: 'shop', template: 'SHOP#{shop}' },
        sortKey: { name: 'sku', template: '{sku}' },
        attributes: { shared: ['left', 'price'] },
        versionAttribute: 'stockVersion',
        deletedAttribute: 'stockDeleted',
        unversioned: 'cacheWins' as const,
      },
    },
    devices: {
      table: {
        name: 'devices',
        partitionKey: { name: 'device', type: 'number' as const },
        attributes: 'own' as const,
        versionAttribute: 'version',
        unversioned: 'refused' as const,
      },
    },
    logs: {
      table: {
        name: 'logs',
        partitionKey: { name: 'id' },
        attributes: 'own' as const,
        versionAttribute: 'version',
        unversioned: 'refused' as const,
      },
    },
  },
};

let system: System;
let documents: DynamoDBDocumentClient;
beforeAll(async () => {
  system = await startSystem({ settings });
  documents = DynamoDBDocumentClient.from(system.dynamodb);
});
afterAll(() => system.stop());
beforeEach(() => system.deliverAll());

const stored = async (TableName: string, Key: Record<string, unknown>) =>
  (await documents.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item;
const seed = (TableName: string, Item: Record<string, unknown>) => documents.send(new PutCommand({ TableName, Item }));

test('an item that another program made is read, changed, deleted and made again, and keeps what is theirs', async () => {
  const Key = { shop: 'SHOP#eu', sku: 'croissant' };
  await seed('inventory', { ...Key, title: 'Croissant', left: 9 });
  const stock = system.cache.collection('stock');
  expect(await stock.get('eu/croissant')).toMatchObject({ value: { left: 9 }, version: 0, source: 'database' });

  const { version } = await stock.patch('eu/croissant', { add: { left: { by: -1, min: 0 } } }, { actor: 'Ann' });
  expect(await system.cache.consistency('stock/eu/croissant')).toMatchObject({ consistent: false });
  await system.deliverAll();
  expect(await stored('inventory', Key)).toEqual({ ...Key, title: 'Croissant', left: 8, stockVersion: version });
  expect(await system.cache.consistency('stock/eu/croissant')).toMatchObject({ consistent: true });
  expect((await system.cache.history('stock/eu/croissant')).history).toMatchObject([{ version, actor: 'Ann' }]);

  const deleted = await stock.delete('eu/croissant', { durability: 'database' });
  expect(await stored('inventory', Key)).toEqual({
    ...Key,
    title: 'Croissant',
    stockVersion: deleted.version,
    stockDeleted: true,
  });
  expect(await stock.get('eu/croissant')).toBe(null);

  const again = await stock.put('eu/croissant', { price: 2.5 }, { durability: 'cache' });
  expect(await system.cache.flush()).toMatchObject({ flushed: 1, failed: 0 });
  expect(await stored('inventory', Key)).toEqual({
    ...Key,
    title: 'Croissant',
    price: 2.5,
    stockVersion: again.version,
  });
});

test('a read that is not cached finds what was stored, and nothing in the table of the cache', async () => {
  const { version } = await system.cache.collection('devices').put('7', { on: true });
  await system.deliverAll();
  await system.redis.flushall();
  expect(await system.cache.get('devices/7')).toMatchObject({ value: { on: true }, version, source: 'database' });
  expect(await stored('devices', { device: 7 })).toEqual({ device: 7, on: true, version });
  expect(await system.stored('devices/7')).toBe(undefined);
});

test.each([
  ['an id that the template cannot produce', 'stock/croissant', { left: 1 }, 'id'],
  ['an attribute of the key', 'stock/eu/croissant', { shop: 'SHOP#us' }, 'value.shop'],
  ['an attribute of others', 'stock/eu/croissant', { title: 'x' }, 'value.title'],
  ['the version', 'stock/eu/croissant', { stockVersion: 1 }, 'value.stockVersion'],
  ['another spelling of a number', 'devices/07', {}, 'id'],
])('a put with %s is refused before it is acknowledged', async (_what, key, value, path) => {
  const written = system.cache.execute({ op: 'put', key, value });
  await expect(written).rejects.toMatchObject({ code: 'invalid-input', facts: { path } });
  expect(await system.receive()).toEqual([]);
});

test('patches, deletes, reads and batches are checked as puts are', async () => {
  const { cache } = system;
  const invalid = (path: string) => expect.objectContaining({ code: 'invalid-input', facts: { path } });
  await expect(cache.execute({ op: 'patch', key: 'stock/eu/x', remove: ['title'] })).rejects.toThrow(
    invalid('remove.title'),
  );
  await expect(cache.execute({ op: 'delete', key: 'devices/7' })).rejects.toThrow(invalid('op'));
  await expect(cache.get('devices/x')).rejects.toThrow(invalid('id'));
  await expect(cache.consistency('devices/x')).rejects.toThrow(invalid('id'));
  await expect(cache.history('stock/x')).rejects.toThrow(invalid('id'));
  await expect(cache.flush({ keys: ['devices/x'] })).rejects.toThrow(invalid('id'));
  const [read, written] = await cache.batch([
    { op: 'get', key: 'devices/x' },
    { op: 'put', key: 'devices/8', value: {} },
  ]);
  expect([read!.kind, written!.kind]).toEqual(['failed', 'written']);
});

test('a write that the policy refuses becomes a dead letter, and the item stays as it is', async () => {
  await seed('devices', { device: 13, theirs: true });
  const { version } = await system.cache.collection('devices').put('13', { on: true });
  await system.deliverAll();
  expect(await stored('devices', { device: 13 })).toEqual({ device: 13, theirs: true });
  const { deadLetters } = await system.cache.deadLetters.list();
  expect(deadLetters).toMatchObject([{ key: 'devices/13', reason: expect.stringContaining('without a version') }]);
  // What the reason says to do.
  await seed('devices', { device: 13, theirs: true, version: 0 });
  await system.cache.deadLetters.redrive({ all: true });
  await system.deliverAll();
  expect(await stored('devices', { device: 13 })).toEqual({ device: 13, on: true, version });
});

test('appends are stored one by one, and a collection is warmed up from its own table', async () => {
  const logs = system.cache.collection('logs');
  const { key, version } = await logs.append({ line: 1 });
  await logs.append({ line: 2 });
  await system.deliverAll();
  expect(await stored('logs', { id: key.slice('logs/'.length) })).toMatchObject({ line: 1, version });
  await system.redis.flushall();
  expect(await system.cache.warm({ collection: 'logs' })).toMatchObject({ loaded: 2, missing: 0 });
  expect(await logs.get(key.slice('logs/'.length))).toMatchObject({ source: 'cache', value: { line: 1 } });
});

test('a message from before the table was mapped is refused, not stored wrongly', async () => {
  const before = await system.another({}, { collections: {} });
  await before.execute({ op: 'put', key: 'stock/eu/old', value: { title: 'x', left: 1 } });
  await system.deliverAll();
  expect(await stored('inventory', { shop: 'SHOP#eu', sku: 'old' })).toBe(undefined);
  const { deadLetters } = await system.cache.deadLetters.list();
  expect(deadLetters.map(({ key }) => key)).toContain('stock/eu/old');
});

test('a table with another key than the mapping says stops the start', async () => {
  const { stock, devices } = system.config.collections;
  const wrong = { ...devices, table: { ...devices!.table!, name: 'inventory' } };
  await expect(provisionTables(system.dynamodb, { collections: { stock: stock!, wrong } })).rejects.toThrow(
    'settings.collections.wrong.table: the key of inventory is shop (S), sku (S), by the mapping it would be device (N)',
  );
});

test('a mapping needs the name of a table, and not the one of the cache', async () => {
  const named = (name: string | undefined) => ({
    collections: {
      devices: { table: { ...settings.collections.devices.table, ...(name ? { name } : { name: undefined }) } },
    },
  });
  const fault = expect.objectContaining({ facts: { setting: 'settings.collections.devices.table.name' } });
  await expect(async () => system.another({}, named(undefined) as never)).rejects.toThrow(fault);
  await expect(async () => system.another({}, named('write-behind'))).rejects.toThrow(fault);
});
