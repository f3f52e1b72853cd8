import { type AttributeValue, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, test } from 'vitest';
import { ItemRefusedError } from '../../lib/errors.ts';
import { defineSettings, type SettingsInput } from '../../lib/settings.ts';
import { DynamoDbStore } from '../../lib/store/dynamodb-store.ts';
import { KeyScan } from '../../lib/store/key-scan.ts';
import { MappedTable } from '../../lib/store/mapped-table.ts';
import { mappingOf } from '../../lib/tables/table-mapping.ts';
import { provisionMappedTables } from '../../local/mapped-tables.ts';
import { type Database, image, NOW, TOMBSTONE_DAYS, tombstone } from './database.subject.ts';

const keys = {
  id: '{shop}/{day}',
  partitionKey: { name: 'shop', template: 'SHOP#{shop}' },
  sortKey: { name: 'day', type: 'number', template: '{day}' },
} as const;

const collections: SettingsInput['collections'] = {
  own: {
    table: {
      ...keys,
      name: 'contract-own',
      attributes: 'own',
      versionAttribute: 'version',
      unversioned: 'cacheWins',
      timeAttribute: 'changed',
      actorAttribute: 'by',
      deletedAttribute: 'gone',
      expiresAttribute: 'expires',
    },
  },
  shared: {
    table: {
      ...keys,
      name: 'contract-shared',
      attributes: { shared: ['left', 'price', '#odd name'] },
      versionAttribute: 'version',
      unversioned: 'cacheWins',
      deletedAttribute: 'gone',
    },
  },
  guarded: {
    table: {
      ...keys,
      name: 'contract-guarded',
      attributes: { shared: ['left'] },
      versionAttribute: 'version',
      unversioned: 'refused',
    },
  },
};

type Item = Record<string, AttributeValue>;

/** What every DynamoDB must do for collections in tables of one's own. */
export function mappedContract(database: () => Database): void {
  let store: DynamoDbStore;
  let tables: Map<string, MappedTable>;
  let days = 0;
  /** A key that no other test uses, in the cache and in the table. */
  const fresh = (collection: string, day?: number) => {
    days += 1;
    const its = String(day ?? days);
    const Key = { shop: { S: 'SHOP#eu' }, day: { N: its } };
    return { key: `${collection}/eu/${its}`, Key, TableName: `contract-${collection}` };
  };
  type Fresh = ReturnType<typeof fresh>;
  const raw = async ({ Key, TableName }: Fresh) =>
    (await database().client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
  const seed = ({ Key, TableName }: Fresh, attributes: Item) =>
    database().client.send(new PutItemCommand({ TableName, Item: { ...attributes, ...Key } }));

  beforeAll(async () => {
    const { client, tableName } = database();
    const settings = defineSettings({ collections });
    await provisionMappedTables(client, settings);
    tables = new Map(
      Object.entries(settings.collections).map(([name, { table }]) => [
        name,
        new MappedTable(client, name, mappingOf(table!), TOMBSTONE_DAYS),
      ]),
    );
    const mappedTableOf = (key: string) => tables.get(key.split('/')[0]!);
    store = new DynamoDbStore(client, { tableName, tombstoneDays: TOMBSTONE_DAYS, mappedTableOf });
  });

  test('an item has the key, the names and nothing else than the mapping says', async () => {
    const item = fresh('own');
    const first = image(0, { n: 1, gone: 'no' }, { actor: 'Ann', comment: 'why' });
    await expect(store.put(item.key, first)).rejects.toThrow(/cannot have the item.*reserved/);
    expect(await store.put(item.key, { ...first, value: { n: 1 } })).toEqual({ version: NOW, written: true });
    expect(await raw(item)).toEqual({
      ...item.Key,
      n: { N: '1' },
      version: { N: String(NOW) },
      changed: { S: new Date(NOW / 1000).toISOString() },
      by: { S: 'Ann' },
    });
    expect(await store.get(item.key)).toEqual(image(0, { n: 1 }, { actor: 'Ann' }));
    expect(await store.get(fresh('own').key)).toBe(null);
    expect(await database().store.get(item.key)).toBe(null);
  });

  test('a newer version replaces an item, an older one changes nothing', async () => {
    const item = fresh('own');
    await store.put(item.key, image(5, { a: 1 }, { actor: 'Ann' }));
    expect(await store.put(item.key, image(4, { b: 1 }))).toEqual({ version: NOW + 5, written: false });
    expect(await store.put(item.key, image(6, { c: 1 }))).toEqual({ version: NOW + 6, written: true });
    expect(await store.get(item.key)).toEqual(image(6, { c: 1 }));
    await store.put(item.key, tombstone(7));
    expect(await raw(item)).toMatchObject({ gone: { BOOL: true }, expires: { N: expect.any(String) } });
    expect(await store.get(item.key)).toEqual(tombstone(7));
    expect(await store.put(item.key, image(6, { late: 1 }))).toEqual({ version: NOW + 7, written: false });
  });

  test('of a shared item only the attributes of the cache are written, removed and read', async () => {
    const item = fresh('shared');
    await seed(item, { title: { S: 'Croissant' }, left: { N: '9' }, tags: { SS: ['a', 'b'] } });
    expect(await store.get(item.key)).toEqual({ version: 0, deleted: false, value: { left: 9 } });
    const theirs = { ...item.Key, title: { S: 'Croissant' }, tags: { SS: ['a', 'b'] } };
    expect(await store.put(item.key, image(0, { left: 8, '#odd name': [1] }))).toMatchObject({ written: true });
    const version = (later: number) => ({ version: { N: String(NOW + later) } });
    expect(await raw(item)).toEqual({ ...theirs, ...version(0), left: { N: '8' }, '#odd name': { L: [{ N: '1' }] } });
    await store.put(item.key, image(1, { price: 2 }));
    expect(await raw(item)).toEqual({ ...theirs, ...version(1), price: { N: '2' } });
    expect(await store.put(item.key, image(0, { left: 8 }))).toEqual({ version: NOW + 1, written: false });
    await store.put(item.key, tombstone(2));
    expect(await raw(item)).toEqual({ ...theirs, ...version(2), gone: { BOOL: true } });
    expect(await store.get(item.key)).toEqual(tombstone(2));
    await store.put(item.key, image(3, {}));
    expect(await raw(item)).toEqual({ ...theirs, ...version(3) });
    await expect(store.put(item.key, image(4, { title: 'x' }))).rejects.toThrow(/writes only left, price/);
  });

  test('a write to an item without a version is stored or refused, as the policy says', async () => {
    const won = fresh('own');
    await seed(won, { theirs: { BOOL: true } });
    expect(await store.put(won.key, image(0, { n: 1 }))).toMatchObject({ written: true });
    expect((await store.get(won.key))?.value).toEqual({ n: 1 });

    const guarded = fresh('guarded');
    await seed(guarded, { left: { N: '9' } });
    await expect(store.put(guarded.key, image(0, { left: 1 }))).rejects.toThrow(ItemRefusedError);
    expect((await store.get(guarded.key))?.value).toEqual({ left: 9 });
    const absent = fresh('guarded');
    expect(await store.put(absent.key, image(0, { left: 1 }))).toMatchObject({ written: true });
    expect(await store.put(absent.key, image(1, { left: 2 }))).toMatchObject({ written: true });
  });

  test('a version that is none is refused, and nothing is changed', async () => {
    const item = fresh('own');
    await seed(item, { version: { S: 'two' } });
    await expect(store.put(item.key, image(0, { n: 1 }))).rejects.toThrow(/version that is no version/);
    expect(await raw(item)).toMatchObject({ version: { S: 'two' } });
  });

  test('an id without a key is refused instead of being stored somewhere', async () => {
    await expect(store.put('own/eu', image(0))).rejects.toThrow(ItemRefusedError);
    await expect(store.put('own/eu/07', image(0))).rejects.toThrow(ItemRefusedError);
    await expect(tables.get('guarded')!.put('guarded/eu/1', tombstone(0))).rejects.toThrow(/cannot be deleted/);
  });

  test('batches leave it to a put', async () => {
    const [one, two] = [fresh('own'), fresh('own')];
    const puts = [one, two].map(({ key }) => [key, { image: image(0, { n: 1 }), isNew: true }] as const);
    expect(store.statementsOf(new Map(puts))).toEqual(new Map());
  });

  test('a scan finds the keys of the collection, page by page', async () => {
    const [there, deleted] = [fresh('own', 1_000_001), fresh('own', 1_000_002)];
    await store.put(there.key, image(0, { n: 1 }));
    await store.put(deleted.key, tombstone(0));
    await seed({ ...there, Key: { shop: { S: 'USER#1' }, day: { N: '1' } } }, {});
    const scan = new KeyScan(database().client, database().tableName, tables);
    const found: string[] = [];
    let next: string | undefined;
    do {
      const page = await scan.page('own', next);
      found.push(...page.keys);
      next = page.next;
    } while (next !== undefined);
    expect(found).toContain(there.key);
    expect(found).not.toContain(deleted.key);
    expect(found.filter((key) => !key.startsWith('own/eu/'))).toEqual([]);
    // Where a page ended is a key of this table.
    expect((await scan.page('own', JSON.stringify(there.Key))).keys).not.toContain(there.key);
  });
}
