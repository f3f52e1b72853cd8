import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defineSettings, type SettingsInput } from '../../lib/settings.ts';
import { mappingOf, type TableMapping } from '../../lib/tables/table-mapping.ts';
import { Template, templateFault } from '../../lib/tables/template.ts';

type Table = NonNullable<NonNullable<SettingsInput['collections']>[string]['table']>;

const rest = { name: 'stock', attributes: 'own', versionAttribute: 'version', unversioned: 'cacheWins' } as const;
const simple: Table = { ...rest, partitionKey: { name: 'sku' } };

function mapped(table: Table, more: object = {}) {
  return defineSettings({ collections: { stock: { table, ...more } } }).collections.stock!.table!;
}
const mappingWith = (table: Table): TableMapping => mappingOf(mapped(table));

describe('a template', () => {
  test('is filled with parts and taken apart again', () => {
    const template = new Template('SHOP#{shop}/{sku}.');
    expect(template.match('SHOP#eu/croissant.')).toEqual(new Map(Object.entries({ shop: 'eu', sku: 'croissant' })));
    expect(
      template.fill(
        new Map([
          ['shop', 'eu'],
          ['sku', 'x'],
        ]),
      ),
    ).toBe('SHOP#eu/x.');
    for (const text of ['SHOP#/x.', 'SHOP#eu/.', 'shop#eu/x.', 'SHOP#eu/x', 'SHOP#eu/x.y']) {
      expect(template.match(text)).toBe(undefined);
    }
  });

  test.each([
    ['{a}{b}', /two parts need text/],
    ['{a}#{a}', /twice/],
    ['{a', /braces/],
    ['{}', /braces/],
    ['a}', /braces/],
  ])('%s is none', (text, fault) => expect(templateFault(text)).toMatch(fault));
});

describe('the mapping', () => {
  test('takes the key from the id, and the id from the key', () => {
    const mapping = mappingWith({
      ...rest,
      id: '{shop}/{day}/{sku}',
      partitionKey: { name: 'PK', template: 'SHOP#{shop}#{sku}' },
      sortKey: { name: 'SK', type: 'number', template: '{day}' },
    });
    const key = { PK: { S: 'SHOP#eu#pain au chocolat' }, SK: { N: '20261121' } };
    expect(mapping.keyOf('eu/20261121/pain au chocolat')).toEqual(key);
    expect(mapping.idOf({ ...key, left: { N: '3' } })).toBe('eu/20261121/pain au chocolat');
    expect(mapping.idOf({ ...key, SK: { S: '1' } })).toBe(undefined);
    expect(mapping.idOf({ ...key, PK: { S: 'USER#1' } })).toBe(undefined);
  });

  test('a part may stand in both keys, and must then be the same in both', () => {
    const mapping = mappingWith({
      ...rest,
      partitionKey: { name: 'PK', template: 'USER#{id}' },
      sortKey: { name: 'SK', template: 'USER#{id}' },
    });
    expect(mapping.keyOf('7')).toEqual({ PK: { S: 'USER#7' }, SK: { S: 'USER#7' } });
    expect(mapping.idOf({ PK: { S: 'USER#7' }, SK: { S: 'USER#8' } })).toBe(undefined);
  });

  test.each(['07', '7.0', '7e0', '-0', '+7', ' 7', '0x7', '', '1'.repeat(39), 'NaN'])(
    'the number %o has no key: another spelling would be the same item',
    (id) => {
      const mapping = mappingWith({ ...rest, partitionKey: { name: 'n', type: 'number' } });
      expect(() => mapping.keyOf(id)).toThrow(
        expect.objectContaining({ code: 'invalid-input', facts: { path: 'id' } }),
      );
    },
  );

  test('numbers keep all the digits that DynamoDB keeps', () => {
    const mapping = mappingWith({ ...rest, partitionKey: { name: 'n', type: 'number' } });
    for (const id of ['0', '7', '-7', '-0.5', '1795257461188818', '12345678901234567890.12345678']) {
      expect(mapping.keyOf(id)).toEqual({ n: { N: id } });
      expect(mapping.idOf({ n: { N: id } })).toBe(id);
    }
  });

  test('no two ids have the same key', () => {
    const mapping = mappingWith({
      ...rest,
      id: '{a}/{b}',
      partitionKey: { name: 'PK', template: '{a}#{b}' },
      sortKey: { name: 'SK', template: 'one' },
    });
    expect(() => mapping.keyOf('x#y/z')).toThrow(/like "\{a\}\/\{b\}"/);
    const part = fc.string({ unit: fc.constantFrom('#', '/', 'a'), minLength: 1, maxLength: 3 });
    const id = fc.tuple(part, part).map((parts) => parts.join('/'));
    const keyOf = (text: string) => {
      try {
        return JSON.stringify(mapping.keyOf(text));
      } catch {
        return null;
      }
    };
    fc.assert(
      fc.property(id, id, (one, other) => {
        const [a, b] = [keyOf(one), keyOf(other)];
        if (a !== null && one !== other) expect(a).not.toBe(b);
      }),
    );
  });
});

describe('a mapping that cannot work is refused, naming the setting', () => {
  const at = 'settings.collections.stock.table';
  const shared = { shared: ['left'] };
  test.each<[string, Partial<Table>, string]>([
    ['a part that the id does not have', { partitionKey: { name: 'sku', template: '{sku}' } }, 'partitionKey.template'],
    ['a part of the id in no key', { id: '{shop}/{sku}', partitionKey: { name: 's', template: '{sku}' } }, 'id'],
    ['text in a number', { partitionKey: { name: 's', type: 'number', template: 'N{id}' } }, 'partitionKey.template'],
    ['a name for two things', { timeAttribute: 'sku' }, 'timeAttribute'],
    ['the version among what is shared', { attributes: { shared: ['version'] } }, 'attributes.shared'],
    ['a shared name that no write can have', { attributes: { shared: ['_at'] } }, 'attributes.shared'],
    [
      'expiry of what is shared',
      { attributes: shared, deletedAttribute: 'gone', expiresAttribute: 'ttl' },
      'expiresAttribute',
    ],
    ['expiry of what cannot be deleted', { expiresAttribute: 'ttl' }, 'expiresAttribute'],
    ['no word about items without a version', { unversioned: undefined as never }, 'unversioned'],
    ['no word about whose the attributes are', { attributes: undefined as never }, 'attributes'],
  ])('%s', (_what, change, setting) => {
    expect(() => mapped({ ...simple, ...change })).toThrow(
      expect.objectContaining({ code: 'configuration', facts: { setting: `${at}.${setting}` } }),
    );
  });

  test('a list of what is in a table of its own', () => {
    expect(() => mapped(simple, { listable: true })).toThrow(/listable/);
  });

  test('two collections that could have the same item', () => {
    const other = (template: string, name = 'stock'): Table => ({
      ...rest,
      name,
      partitionKey: { name: 'sku', template },
    });
    const both = (a: Table, b: Table) => defineSettings({ collections: { a: { table: a }, b: { table: b } } });
    expect(() => both(other('{id}'), other('B#{id}'))).toThrow(
      /settings.collections.b.table: could have the same items/,
    );
    expect(() => both(other('A#{id}'), other('B#{id}'))).not.toThrow();
    expect(() => both(other('{id}'), other('{id}', 'elsewhere'))).not.toThrow();
  });
});
