import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../lib/errors.ts';
import type { Json } from '../../lib/model/json.ts';
import {
  attributeBytes,
  checkAttributeName,
  checkNumber,
  checkValue,
  encodeAttribute,
  MAX_ATTRIBUTES,
  MAX_LEVELS,
} from '../../lib/model/value.ts';
import { MAX_ITEM_BYTES } from '../../lib/settings.ts';
import { attributeName, illFormedText, itemValue, json, nested, RESERVED_NAMES } from '../arbitraries.ts';

function pathAtFault(check: () => void): unknown {
  try {
    check();
  } catch (error) {
    if (error instanceof InvalidInputError) return error.facts.path;
    throw error;
  }
  return 'nothing';
}

const valueFault = (value: unknown) => pathAtFault(() => checkValue(value));

/** JSON text as a message may hold it: SQS takes U+FFFE and U+FFFF only escaped. */
const asMessage = (value: Json) =>
  JSON.stringify(value).replace(/[\uFFFE\uFFFF]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);

describe('checkValue', () => {
  test('accepts every JSON object within the limits', () => {
    fc.assert(
      fc.property(itemValue, (value) => {
        expect(valueFault(value)).toBe('nothing');
      }),
    );
  });

  test('accepts objects without a prototype, shared parts, and -0', () => {
    const shared = { a: [1] };
    expect(valueFault(Object.assign(Object.create(null), { a: shared, b: [shared], c: -0 }))).toBe('nothing');
  });

  class Point {
    x = 1;
  }
  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['a bigint', 1n],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['a number that is too large', 1e126],
    ['a number that is too small', -9.999999999999999e-131],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['bytes', new Uint8Array(1)],
    ['a boxed string', new String('a')],
    ['a class instance', new Point()],
    ['an object with an inherited part', Object.create({ a: 1 })],
    ['a string with an unpaired surrogate', 'a\ud800'],
  ])('refuses %s wherever it stands, naming the path', (_, bad) => {
    expect(valueFault(bad)).toBe('value');
    expect(valueFault({ ok: 1, n: bad })).toBe('value.n');
    expect(valueFault({ a: [1, { 'b c': [bad] }] })).toBe('value.a[1]["b c"][0]');
    expect(pathAtFault(() => checkValue({ n: bad }, 'set'))).toBe('set.n');
  });

  test.each([[[]], [null], ['text'], [1], [true]])('refuses %j as an item', (value) =>
    expect(valueFault(value)).toBe('value'),
  );

  test('refuses a hole in an array', () => {
    const sparse = [1, 2, 3];
    delete sparse[1];
    expect(valueFault({ a: sparse })).toBe('value.a[1]');
  });

  test('refuses reserved names and __proto__ at top level only', () => {
    for (const name of RESERVED_NAMES) {
      const object = Object.fromEntries([[name, 1]]);
      expect(valueFault(object)).toBe(`value.${name}`);
      expect(valueFault({ a: object, b: [object] })).toBe('nothing');
    }
    for (const name of ['PK', '_', '_V', '_id', 'constructor', '_ttl '])
      expect(valueFault({ [name]: 1 })).toBe('nothing');
  });

  test('refuses names that are empty, too long or ill-formed at any depth', () => {
    const longest = 'é'.repeat(32_767);
    for (const name of ['', `${longest}éé`, 'a'.repeat(65_536), 'a\udc00']) {
      expect(valueFault({ [name]: 1 })).toMatch(/^value\[/);
      expect(valueFault({ a: [{ [name]: 1 }] })).toMatch(/^value\.a\[0\]\[/);
    }
    expect(valueFault({ [`${longest}a`]: { [`${longest}a`]: 1 } })).toBe('nothing');
  });

  test('counts the containers around a scalar, the item not included, and accepts 31', () => {
    for (const core of [1, [], {}]) {
      const own = typeof core === 'object' ? 1 : 0;
      expect(valueFault({ v: nested(MAX_LEVELS - own, core) })).toBe('nothing');
      expect(valueFault({ v: nested(MAX_LEVELS - own + 1, core) })).toMatch(/^value\.v(\.a|\[0\]){31}$/);
    }
  });

  test('refuses a value of any depth, or a cyclic one, without overflowing the stack', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.a = [cyclic];
    for (const value of [{ v: nested(10_000, 1) }, nested(1_000_000, 1), cyclic])
      expect(valueFault(value)).toMatch(/^value/);
  });

  test('accepts 1,000 attributes and refuses more', () => {
    const attributes = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, i]));
    expect(valueFault(attributes(MAX_ATTRIBUTES))).toBe('nothing');
    expect(valueFault(attributes(MAX_ATTRIBUTES + 1))).toBe('value');
    expect(valueFault({ a: attributes(MAX_ATTRIBUTES + 1) })).toBe('nothing');
  });
});

describe('checkAttributeName and checkNumber', () => {
  test('accept a name if and only if an item can have it', () => {
    const nameFault = (name: unknown) => pathAtFault(() => checkAttributeName(name, 'remove[0]'));
    fc.assert(
      fc.property(attributeName, (name) => {
        expect(nameFault(name)).toBe('nothing');
      }),
    );
    fc.assert(
      fc.property(illFormedText, (name) => {
        expect(nameFault(name)).toBe('remove[0]');
      }),
    );
    for (const name of [...RESERVED_NAMES, '', 'a'.repeat(65_536), 1, undefined])
      expect(nameFault(name)).toBe('remove[0]');
  });

  test('accept a number if and only if it is storable', () => {
    const numberFault = (n: unknown) => pathAtFault(() => checkNumber(n, 'add.n'));
    for (const n of [0, -0, 1, -1.5, 1e-130, -1e-130, 9.999999999999998e125]) expect(numberFault(n)).toBe('nothing');
    for (const n of [1e126, -1e126, 9.999999999999999e-131, Number.NaN, Number.NEGATIVE_INFINITY, '1', 1n, null]) {
      expect(numberFault(n)).toBe('add.n');
    }
  });
});

describe('attributeBytes', () => {
  test.each<[Json, number]>([
    ['abcdef', 6],
    ['é漢😀', 9],
    [null, 2],
    [true, 2],
    [[], 3],
    [{}, 3],
    [['abc', 'abcdef'], 14],
    [{ név: 'abcdef' }, 14],
    [0, 1],
    [7, 2],
    [-7, 3],
    [42, 3],
    [1.5, 3],
    [1e21, 2],
    [-1e100, 3],
    [1200, 3],
    [0.001, 2],
    [0.30000000000000004, 10],
  ])('counts %j as %i bytes', (value, bytes) => expect(attributeBytes(value)).toBe(bytes));

  test('lets no item of the largest size outgrow the message that carries it', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(attributeBytes(value)).toBeGreaterThanOrEqual(0.35 * Buffer.byteLength(asMessage(value)));
      }),
    );
    for (const unit of ['\0', '\uFFFF', '"', 'a', '漢', '😀']) {
      const filler = unit.repeat(Math.floor((MAX_ITEM_BYTES / attributeBytes(unit.repeat(10_000))) * 10_000));
      expect(attributeBytes(filler)).toBeLessThanOrEqual(MAX_ITEM_BYTES);
      expect(Buffer.byteLength(asMessage(filler))).toBeLessThanOrEqual(1000 * 1024);
    }
  });

  test('counts strings and containers as DynamoDB does unless their JSON text is far longer', () => {
    expect(attributeBytes('a'.repeat(1000))).toBe(1000);
    expect(attributeBytes(Array(100).fill('abc'))).toBe(3 + 100 * 4);
    expect(attributeBytes('\0'.repeat(1000))).toBe(Math.ceil(0.35 * 6002));
  });
});

describe('encodeAttribute', () => {
  test('gives JSON text that parses to the value, and counts the UTF-8 of the name', () => {
    fc.assert(
      fc.property(attributeName, json, (name, value) => {
        const attribute = encodeAttribute(name, value);
        expect(attribute.name).toBe(name);
        expect(attribute.json).toBe(JSON.stringify(value));
        expect(attribute.bytes).toBeGreaterThanOrEqual(Buffer.byteLength(name) + attributeBytes(value));
      }),
    );
    expect(encodeAttribute('név', 7)).toEqual({ name: 'név', json: '7', bytes: 4 + 2 });
    expect(encodeAttribute('a', 7).bytes).toBe(3);
  });

  test('counts a name that JSON must escape by what it takes in a message', () => {
    expect(encodeAttribute('\0'.repeat(1000), 0).bytes).toBe(2100 + 1);
  });
});
