/** Texts that parsers, key names and encodings have been seen to trip over. */
import fc from 'fast-check';
import { illFormedText, text } from '../arbitraries.ts';

/** Ids that differ only in what is special to Valkey, SQS, DynamoDB, URLs, JavaScript or Unicode. */
export const ALIKE = [
  ...[
    'a',
    'A',
    'a ',
    ' a',
    'a\t',
    'a\n',
    'a\r\n',
    'a\\n',
    'a\u0000b',
    'a\u001f',
    'a\u007f',
    'a\u00a0',
    'a\ufeff',
    'a\u200d',
  ],
  ...['{a}', '{a', 'a}', '{}a', '{{a}}', 'a{b}c', '{wb:0}:entry:a', '{wb:0}:dirty', ':a', 'entry:a', 'wb:0', '}:shard'],
  ...['*', 'a*', '?', '[a]', '[^a]', '\\a', '$1', '+a', '-a', '*3\r\n$3\r\nDEL', ':1\r\n', '-ERR', '(nil)'],
  ...[
    'a/',
    '/a',
    'a//',
    'a/b',
    '.',
    '..',
    'a/../b',
    '%',
    '%61',
    '%2F',
    '%252F',
    'a%00',
    '%c0%af',
    ';a',
    '#a',
    '?a=1',
    '&',
  ],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'null',
    'undefined',
    '0',
    '-1',
    '01',
    '1e3',
    'NaN',
  ],
  ...[
    'é',
    'e\u0301',
    'ﬀ',
    'ff',
    'ß',
    'ẞ',
    'I',
    'ı',
    'İ',
    '\u2028',
    '\ufffe',
    '\uffff',
    '😀',
    '\u202eab',
    "a'b",
    'a"b',
    '`a`',
  ],
  ...['consistency', 'history', 'items', 'x'.repeat(512), 'é'.repeat(256), `${'x'.repeat(511)}y`],
];

/** An id or collection, mostly well-formed. */
export const name: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...ALIKE) },
  { weight: 3, arbitrary: text.filter((each) => each !== '') },
  fc.string({ unit: 'binary', minLength: 100, maxLength: 700 }),
);

/** A segment of a path as it is sent: encoded, or as no encoder would write it. */
export const segment: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: name.map(encodeURIComponent) },
  fc.constantFrom(
    '',
    '%',
    '%f',
    '%zz',
    '%ff',
    '%c0%af',
    '%ed%a0%80',
    '%f8%88%80%80%80',
    '%e2%82',
    '%2500',
    '%u0041',
    '+',
    '..',
    '.',
  ),
  fc.webPath().map((path) => path.replaceAll('/', '')),
  fc.integer({ min: 1, max: 6000 }).map((length) => 'x'.repeat(length)),
);

/** Text of a header: bytes that HTTP lets through. */
export const headerText: fc.Arbitrary<string> = fc.oneof(
  fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code)),
    maxLength: 40,
  }),
  fc.constantFrom(
    '',
    '*',
    '"1"',
    '"9007199254740993"',
    '"-1"',
    'W/"1"',
    '"1", "2"',
    'none',
    'null',
    '0x10',
    'x'.repeat(4000),
  ),
);

/** A piece of JSON text: values of all kinds, and what only looks like one. */
export const jsonText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.json() },
  { weight: 2, arbitrary: text.map((each) => JSON.stringify(each)) },
  illFormedText.map((each) => JSON.stringify(each)),
  fc.constantFrom(
    ...[
      'null',
      'true',
      '-0',
      '1e400',
      '-1e400',
      '1e-400',
      '9007199254740993',
      '0.1234567890123456789',
      '01',
      '+1',
      '.5',
      '1.',
      'NaN',
    ],
    ...[
      'Infinity',
      '0x1',
      '"\\ud800"',
      '"\\u0000"',
      '"\\x00"',
      '"\u0000"',
      "'a'",
      '{"a":1,"a":2}',
      '{"__proto__":{"a":1}}',
    ],
    ...[
      '{"a":1,}',
      '[,]',
      '{a:1}',
      '/**/1',
      '\ufeff{}',
      '{"constructor":{"prototype":{"polluted":1}}}',
      '{"":1}',
      '[[],[[]]]',
    ],
  ),
  fc.integer({ min: 1, max: 6000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  fc.integer({ min: 1, max: 6000 }).map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
  fc.integer({ min: 10, max: 20_000 }).map((digits) => '7'.repeat(digits)),
);
