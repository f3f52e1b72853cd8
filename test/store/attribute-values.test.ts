import { deepStrictEqual } from 'node:assert/strict';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../lib/model/json.ts';
import { fromAttributeValue, toAttributeValue } from '../../lib/store/attribute-values.ts';
import { json } from '../arbitraries.ts';

describe('the codec', () => {
  test('gives back every value exactly, with the prototype and the own __proto__ of its objects', () => {
    fc.assert(fc.property(json, (value) => deepStrictEqual(fromAttributeValue(toAttributeValue(value)), value)));
  });

  test('writes numbers in decimal, -0 as 0', () => {
    expect([0, -0, -1.5, 1e21, 1e-7].map(toAttributeValue)).toEqual(
      ['0', '0', '-1.5', '1e+21', '1e-7'].map((N) => ({ N })),
    );
  });

  test('reads what only other programs store', () => {
    const read: [AttributeValue, Json][] = [
      [{ SS: ['a', ''] }, ['a', '']],
      [{ NS: ['1', '2.5'] }, [1, 2.5]],
      [{ B: new Uint8Array([0, 255, 16]) }, 'AP8Q'],
      [{ BS: [new Uint8Array([0, 255, 16]), new Uint8Array()] }, ['AP8Q', '']],
      [{ N: '0.1000000000000000000000000000000000001' }, 0.1],
      [{ N: '9007199254740993' }, 9007199254740992],
    ];
    for (const [stored, value] of read) expect(fromAttributeValue(stored)).toEqual(value);
  });

  test('reads an item from which the SDK lost a top-level __proto__', () => {
    const item = Object.fromEntries([
      ['__proto__', undefined],
      ['a', { N: '1' }],
    ]) as Record<string, AttributeValue>;
    deepStrictEqual(fromAttributeValue({ M: item }), { a: 1 });
  });

  test('refuses a type that it does not know', () => {
    expect(() => fromAttributeValue({ $unknown: ['X', 1] })).toThrow('unknown type');
  });
});
