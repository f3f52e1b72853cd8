import fc from 'fast-check';
import type { Json, JsonObject } from '../lib/model/json.ts';

/** Names that codecs, object prototypes, DynamoDB expressions and SQS have been seen to trip over. */
const NASTY_NAMES = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'toJSON', 'length'],
  ...[
    '0',
    '-1',
    '1e3',
    ' ',
    'a b',
    'a.b',
    '[0]',
    '$',
    '#n',
    ':v',
    '"',
    '\\',
    '\\\\',
    '\\n',
    '\n',
    '\0',
    '\x7f',
    '\u2028',
  ],
  ...['\uFFFE', '\uFFFF', '\uFEFF', 'é', 'e\u0301', '漢字', '😀', 'pk', '_v', '_at', '_by', 'S', 'N', 'M', 'NULL'],
];

const NASTY_NUMBERS = [
  ...[0, 1, -1, 0.1, -0.1, 0.30000000000000004, 1e21, 1e-7, 123456789012345680000, 1e22, 5e-7, 1e15 + 0.5],
  ...[2 ** 53, 2 ** 53 + 2, -(2 ** 53), 1e-130, -1e-130, 9.99e125, 9.999999999999998e125, -9.999999999999998e125],
];

/** Well-formed text: unicode of all planes, control characters, the empty string. */
export const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme' }) },
  { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
  fc.string({ unit: fc.constantFrom('\0', '\x01', '\n', '"', '\\', '\uFFFE', '\uFFFF', '\u2028', '😀') }),
  fc.constantFrom('', ...NASTY_NAMES),
);

/** Text with a lone half of a surrogate pair. */
export const illFormedText: fc.Arbitrary<string> = fc
  .tuple(fc.string({ unit: 'grapheme-ascii' }), fc.constantFrom('\ud800', '\udbff', '\udc00', '\udfff'), fc.string())
  .map(([before, half, after]) => before + half + after);

/** Names that an attribute of a nested object can have. */
export const nestedName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...NASTY_NAMES),
  text.filter((name) => name !== ''),
);

/** Names that no attribute of an item can have. */
export const RESERVED_NAMES = ['pk', '_v', '_at', '_by', '_comment', '_deleted', '_ttl', '__proto__'] as const;

/** Names that an attribute of an item can have. */
export const attributeName: fc.Arbitrary<string> = nestedName.filter(
  (name) => !(RESERVED_NAMES as readonly string[]).includes(name),
);

/** Numbers within DynamoDB's range, without -0, which JSON does not keep. */
export const number: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(...NASTY_NUMBERS),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((cents) => cents / 100 + 0),
  fc
    .double({ noNaN: true, min: -9.999999999999998e125, max: 9.999999999999998e125 })
    .filter((n) => Math.abs(n) >= 1e-130),
);

/** Any JSON that an attribute may hold, in a few levels. */
export const json: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, depthSize: 'small', withCrossShrink: true },
    fc.oneof(text, number, fc.boolean(), fc.constant(null)),
    fc.array(tie('json'), { maxLength: 5 }),
    objectOf(nestedName, tie('json')),
  ),
})).json;

/** Values that an item can have. */
export const itemValue: fc.Arbitrary<JsonObject> = objectOf(attributeName, json);

/** `Object.fromEntries` and not `fc.dictionary`, because a name may be `__proto__`. */
function objectOf(name: fc.Arbitrary<string>, value: fc.Arbitrary<Json>): fc.Arbitrary<JsonObject> {
  return fc
    .uniqueArray(fc.tuple(name, value), { maxLength: 6, selector: ([key]) => key })
    .map((entries) => Object.fromEntries(entries));
}

/** Something inside so many containers, lists and maps by turns. */
export function nested(levels: number, core: Json): Json {
  let value = core;
  for (let level = 0; level < levels; level += 1) value = level % 2 ? [value] : { a: value };
  return value;
}
