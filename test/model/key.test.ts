import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../lib/errors.ts';
import { checkAuthor, checkAuthorText, checkKey } from '../../lib/model/key.ts';

function pathAtFault(check: () => void): unknown {
  try {
    check();
  } catch (error) {
    if (error instanceof InvalidInputError) return error.facts.path;
    throw error;
  }
  return 'nothing';
}

describe('checkKey', () => {
  const keyFault = (key: string) => pathAtFault(() => checkKey(key));

  test('splits at the first slash and gives both parts back exactly', () => {
    const part = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter((text) => !text.includes('\0'));
    const collection = part.map((text) => text.replaceAll('/', '|'));
    fc.assert(
      fc.property(collection, part, (name, id) => {
        expect(checkKey(`${name}/${id}`)).toEqual({ collection: name, id });
      }),
    );
    expect(checkKey('a/b/c')).toEqual({ collection: 'a', id: 'b/c' });
    expect(checkKey('a//')).toEqual({ collection: 'a', id: '/' });
    expect(checkKey('__proto__/..')).toEqual({ collection: '__proto__', id: '..' });
  });

  test('bounds both parts in bytes of UTF-8', () => {
    expect(keyFault(`${'é'.repeat(127)}a/${'é'.repeat(256)}`)).toBe('nothing');
    expect(keyFault(`${'é'.repeat(128)}/a`)).toBe('collection');
    expect(keyFault(`a/${'é'.repeat(256)}a`)).toBe('id');
  });

  test.each([
    ['', 'key'],
    ['a', 'key'],
    ['/a', 'collection'],
    ['a/', 'id'],
    ['/', 'collection'],
    ['a\0/b', 'collection'],
    ['a/b\0', 'id'],
    ['\ud800/b', 'collection'],
    ['a/\udc00', 'id'],
  ])('refuses the key %j because of its %s', (key, path) => expect(keyFault(key)).toBe(path));

  test('refuses a key that is no string', () => expect(keyFault(undefined as unknown as string)).toBe('key'));
});

describe('checkAuthor', () => {
  const authorFault = (actor?: unknown, comment?: unknown) =>
    pathAtFault(() => checkAuthor(actor as string, comment as string));

  test('accepts an actor of 256 characters and a comment of 1,024 bytes, and neither', () => {
    expect(authorFault()).toBe('nothing');
    expect(authorFault('😀'.repeat(256), `${'漢'.repeat(341)}a`)).toBe('nothing');
    expect(authorFault('Zoë <zoe@example.com>', 'two\nlines\t\0')).toBe('nothing');
    // A joiner is part of an emoji and of Persian words.
    expect(authorFault('👩‍🚀 می‌خواهم', 'a\u2028\u202eb')).toBe('nothing');
  });

  test('of what was acknowledged already only demands that it is text', () => {
    const textFault = (actor?: unknown, comment?: unknown) =>
      pathAtFault(() => checkAuthorText(actor as string, comment as string));
    expect(textFault('a\n\u202e'.repeat(200), 'x'.repeat(2000))).toBe('nothing');
    expect(textFault(1)).toBe('actor');
    expect(textFault('a', '\udc00')).toBe('comment');
  });

  test.each([
    ['x'.repeat(257), undefined, 'actor'],
    [`${'😀'.repeat(256)}x`, undefined, 'actor'],
    ['a\nb', undefined, 'actor'],
    ['a\x7f', undefined, 'actor'],
    ['a\x85', undefined, 'actor'],
    ['\x1b[31ma', undefined, 'actor'],
    ['a\u2028b', undefined, 'actor'],
    ['a\u2029b', undefined, 'actor'],
    ['a\u061cb', undefined, 'actor'],
    ['a\u200eb', undefined, 'actor'],
    ['\u202ea', undefined, 'actor'],
    ['\u2066a', undefined, 'actor'],
    ['a\u2069', undefined, 'actor'],
    ['\ud83d', undefined, 'actor'],
    [1, undefined, 'actor'],
    [undefined, 'x'.repeat(1025), 'comment'],
    [undefined, '漢'.repeat(342), 'comment'],
    [undefined, '\udc00', 'comment'],
    [undefined, {}, 'comment'],
  ])('refuses the actor %j with the comment %j because of the %3$s', (actor, comment, path) =>
    expect(authorFault(actor, comment)).toBe(path),
  );
});
