import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInputError, MalformedJsonError, WriteBehindError } from '../../lib/errors.ts';
import { parseJson } from '../../lib/model/json.ts';
import { illFormedText, json, nested } from '../arbitraries.ts';

function pathAtFault(text: string): unknown {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof InvalidInputError) return error.facts.path;
    throw error;
  }
  return 'nothing';
}

/** Compares a decimal with a double in whole numbers, by a way that shares nothing with the code under test. */
function isExact(whole: string, fraction: string, exponent: number): boolean {
  const n = Number(`${whole}.${fraction || '0'}e${exponent}`);
  const [mantissa = '', power = '0'] = String(n).split('e');
  const [w = '', f = ''] = mantissa.split('.');
  const sent = { digits: BigInt(whole + fraction), power: exponent - fraction.length };
  const held = { digits: BigInt(w + f), power: Number(power) - f.length };
  const least = Math.min(sent.power, held.power);
  return sent.digits * 10n ** BigInt(sent.power - least) === held.digits * 10n ** BigInt(held.power - least);
}

describe('parseJson', () => {
  test('gives back every storable value that was stringified, compact or indented', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        deepStrictEqual(parseJson(JSON.stringify(value, null, indent)), value);
      }),
      { numRuns: 500 },
    );
  });

  test('reads escaped text as it reads plain text', () => {
    fc.assert(
      fc.property(json, (value) => {
        const escaped = JSON.stringify(value).replace(
          /[^\0-\x7f]/g,
          (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
        );
        deepStrictEqual(parseJson(escaped), value);
      }),
    );
  });

  test.each(['{"__proto__":{"a":[{"__proto__":1}]}}', '{"__proto__":{"a":[{"__proto__":1e2}]}}'])(
    'keeps __proto__ as an own property at any depth: %s',
    (text) => {
      const outer = parseJson(text) as { ['__proto__']: { a: [object] } };
      expect(Object.getPrototypeOf(outer)).toBe(Object.prototype);
      expect(Object.keys(outer)).toEqual(['__proto__']);
      const inner = Object.getOwnPropertyDescriptor(outer, '__proto__')?.value.a[0];
      expect(Object.keys(inner)).toEqual(['__proto__']);
    },
  );

  test.each([
    '',
    '{',
    '{"a":1,}',
    "{'a':1}",
    'undefined',
    'NaN',
    '01',
    '1.',
    '.5',
    '+1',
    '[1 2]',
    '"\n"',
    '{"a":1}x',
    '\uFEFF1',
  ])('calls %j malformed', (text) => expect(() => parseJson(text)).toThrow(MalformedJsonError));

  test('accepts a number if and only if a double holds exactly its decimal value', () => {
    const digits = (maxLength: number) => fc.string({ unit: fc.constantFrom(...'0012345678999'), maxLength });
    const whole = fc.tuple(fc.constantFrom(...'123456789'), digits(24)).map(([first, rest]) => first + rest);
    const number = fc.tuple(fc.oneof(whole, fc.constant('0')), digits(20), fc.integer({ min: -60, max: 60 }));
    let exact = 0;
    fc.assert(
      fc.property(number, fc.constantFrom('', '-'), fc.constantFrom('e', 'E', 'e+'), ([w, f, exponent], sign, e) => {
        const power = exponent === 0 ? '' : exponent > 0 ? `${e}${exponent}` : `${e[0]}${exponent}`;
        const source = `${sign}${w}${f && `.${f}`}${power}`;
        const expected = isExact(w, f, exponent);
        if (expected) exact += 1;
        expect(pathAtFault(`{"a": ${source}}`)).toBe(expected ? 'nothing' : 'a');
      }),
      { numRuns: 2000 },
    );
    expect(exact).toBeGreaterThan(50);
  });

  test.each([
    '0',
    '-0',
    '0.0',
    '0e5',
    '-0.0E-7',
    '100000000000000000000',
    '1.0000000000000000000000',
    '9007199254740992',
  ])('accepts %s, which is exact', (text) => expect(parseJson(text)).toBe(Number(text)));

  test.each([
    '9007199254740993',
    '0.1000000000000000055511151231257827',
    '1e400',
    '-1e400',
    '1e-400',
    '12345678901234567',
  ])('refuses %s, which is not exact', (text) => expect(pathAtFault(text)).toBe(''));

  test.each(['1e-130', '-1e-130', '9.999999999999998e125', '-9.99E+125', `0.${'0'.repeat(129)}1`])(
    'accepts %s, which is within the range of DynamoDB',
    (text) => expect(parseJson(text)).toBe(Number(text)),
  );

  test.each([
    '9.999999999999999e-131',
    '-1e-131',
    '1e126',
    '-1e126',
    '1e300',
    `1${'0'.repeat(126)}`,
    `0.${'0'.repeat(130)}1`,
  ])('refuses %s, which is outside the range of DynamoDB', (text) => expect(pathAtFault(text)).toBe(''));

  test.each([
    ['{"value":{"a":[1,{},[],"1e400",1e400]}}', 'value.a[4]'],
    ['{"a":{"b":{}},"c":[[1],[2,9007199254740993]]}', 'c[1][1]'],
    ['{"a b":{"\\"":1e400}}', '["a b"]["\\""]'],
    ['[{"n":1,"m":"}],[{"},{"n":1e400}]', '[1].n'],
    ['{"n":"x\\\\","m":\n1e400}', 'm'],
  ])('names the number at fault in %s', (text, path) => expect(pathAtFault(text)).toBe(path));

  test('does not mistake digits inside a string for a number', () => {
    const value = { a: 'x, 9007199254740993, [1e400]', '9007199254740993': ': 1e400' };
    expect(parseJson(JSON.stringify(value))).toEqual(value);
  });

  test('reads names with escapes right, whatever names with backslashes were read before', () => {
    const value = (name: string) => ({ first: 1, [name]: 2 });
    for (const [earlier, later] of [
      ['\\', '\n'],
      ['5\\', '5"'],
      ['a\\n', 'a\nx'],
      ['\\\\', '\\x'],
      ['na\\u0', 'na\u00efv'],
    ]) {
      expect(parseJson(JSON.stringify(value(earlier!)))).toEqual(value(earlier!));
      expect(parseJson(JSON.stringify(value(later!)))).toEqual(value(later!));
      expect(parseJson(JSON.stringify(value(later!)).replace('\u00ef', '\\u00ef'))).toEqual(value(later!));
    }
    expect(parseJson('{"\\u0061":1,"\\n":{"__proto__":"\\\\"},"1":"#0","a":2}')).toEqual(
      JSON.parse('{"1":"#0","a":2,"\\n":{"__proto__":"\\\\"}}'),
    );
  });

  test.each(['{"\\n":1', '{"\\n":}', '{"\\x":1}', '{"\\n":"a', '{"\\n":"\\', '{"\\n":"\n"}', '{"\\n":1}"', '{"\\":1}'])(
    'calls %j with its escaped name malformed',
    (text) => expect(() => parseJson(text)).toThrow(MalformedJsonError),
  );

  test('reads names and strings that look like the end of others', () => {
    const value = { 'a"\\': ' "\\":', '\\\\': ['\\', ',', '\\'], ' ': '\\', '{"\\":1}': '{"\\":1}' };
    expect(parseJson(JSON.stringify(value))).toEqual(value);
    expect(parseJson(JSON.stringify(value, null, 1))).toEqual(value);
  });

  test('refuses strings and names with an unpaired surrogate, escaped or not', () => {
    fc.assert(
      fc.property(illFormedText, (bad) => {
        const raw = `"${JSON.stringify(bad)
          .slice(1, -1)
          .replace(/\\u(d[89a-f]..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))}"`;
        expect(pathAtFault(JSON.stringify({ a: ['', bad] }))).toBe('a[1]');
        expect(pathAtFault(`{"a":["",${raw}]}`)).toBe('a[1]');
        expect(pathAtFault(JSON.stringify({ a: { [bad]: 1 } }))).toMatch(/^a\["/);
        expect(pathAtFault(`{"a":{${raw}:1}}`)).toMatch(/^a\["/);
      }),
    );
  });

  test('accepts a surrogate pair of which any half is escaped', () => {
    for (const text of ['"\\ud83d\\ude00"', '"\\uD83D\ude00"', '"\ud83d\\uDE00"', '"\\\\ud800"']) {
      expect(parseJson(text)).toBe(JSON.parse(text));
    }
  });

  test('reads text of any depth without overflowing the stack, and keeps the path of an error short', () => {
    expect(pathAtFault(`{"a":${'['.repeat(100_000)}1e2${']'.repeat(100_000)}}`)).toBe('nothing');
    const path = pathAtFault(`{"a":${'['.repeat(100_000)}1e400${']'.repeat(100_000)}}`) as string;
    expect(path.startsWith('a[0][0]')).toBe(true);
    expect(path.length).toBeLessThan(1100);
    expect((pathAtFault(JSON.stringify({ ['x'.repeat(100_000)]: 1e300 })) as string).length).toBeLessThan(100);
    expect(() => parseJson(`{"\\n":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toThrow(InvalidInputError);
    expect(parseJson(JSON.stringify(nested(31, 1e21)))).toEqual(nested(31, 1e21));
  });

  test.each([
    ['a number of 2 million digits', `[1${'0'.repeat(2_000_000)}1]`],
    ['a string of 2 million escapes', `["${'\\n'.repeat(2_000_000)}\\ud800"]`],
    ['unclosed strings of 2 million escapes', `["\\n":"${'\\"'.repeat(2_000_000)}`],
  ])('takes linear time for %s', (_, text) => {
    const start = performance.now();
    expect(() => parseJson(text)).toThrow(WriteBehindError);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
