import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../lib/errors.ts';
import { checkAuthor, checkKey } from '../../lib/model/key.ts';

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
  });

  test.each([
    ['x'.repeat(257), undefined, 'actor'],
    [`${'😀'.repeat(256)}x`, undefined, 'actor'],
    ['a\nb', undefined, 'actor'],
    ['a\x7f', undefined, 'actor'],
    ['a\x85', undefined, 'actor'],
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
