import { expect, test } from 'vitest';
import { ItemRefusedError } from '../../lib/errors.ts';
import { timeOf } from '../../lib/model/image.ts';
import { MAX_LEVELS } from '../../lib/model/value.ts';
import { nested } from '../arbitraries.ts';
import { type Database, image, NOW, TOMBSTONE_DAYS, tombstone } from './database.subject.ts';

const TOO_LARGE = 'x'.repeat(400 * 1024);

export function storeContract(database: () => Database): void {
  test('a put is a plain item that any program can read', async () => {
    const key = database().freshKey();
    expect(await database().store.put(key, image(0, { n: 1, '#n': 'a' }, { actor: 'Ann', comment: '' }))).toEqual({
      version: NOW,
      written: true,
    });
    expect(await database().raw(key)).toEqual({
      pk: { S: key },
      n: { N: '1' },
      '#n': { S: 'a' },
      _v: { N: String(NOW) },
      _at: { S: timeOf(NOW) },
      _by: { S: 'Ann' },
      _comment: { S: '' },
    });
  });

  test('a newer version replaces every attribute', async () => {
    const key = database().freshKey();
    await database().store.put(key, image(0, { a: 1, b: 2 }, { actor: 'Ann' }));
    expect(await database().store.put(key, image(1, { c: 3 }))).toEqual({ version: NOW + 1, written: true });
    expect(await database().store.get(key)).toEqual(image(1, { c: 3 }));
  });

  test('an older version, or the same, changes nothing, and hears which one is there', async () => {
    const key = database().freshKey();
    await database().store.put(key, image(5, { n: 'kept' }));
    const before = await database().raw(key);
    for (const late of [image(5, { n: 'again' }), image(4, { n: 'older' }), tombstone(-1)]) {
      expect(await database().store.put(key, late)).toEqual({ version: NOW + 5, written: false });
    }
    expect(await database().raw(key)).toEqual(before);
  });

  test('versions are compared as numbers, to the last of 16 digits', async () => {
    const key = database().freshKey();
    const version = Number.MAX_SAFE_INTEGER;
    await database().store.put(key, { ...image(0), version: 9 });
    expect(await database().store.put(key, { ...image(0), version: 10 })).toMatchObject({ written: true });
    expect(await database().store.put(key, { ...image(0), version: version - 1 })).toMatchObject({ written: true });
    expect(await database().store.put(key, { ...image(0), version })).toEqual({ version, written: true });
    expect(await database().store.put(key, { ...image(0), version: version - 1 })).toEqual({ version, written: false });
  });

  test('an item that another program stored without a version is replaced', async () => {
    const key = database().freshKey();
    await database().seed(key, { theirs: { BOOL: true } });
    expect(await database().store.get(key)).toEqual({ version: 0, deleted: false, value: { theirs: true } });
    expect(await database().store.put(key, { ...image(0, { ours: 1 }), version: 1 })).toMatchObject({ written: true });
    expect((await database().store.get(key))?.value).toEqual({ ours: 1 });
  });

  test('of versions that are put at the same time the newest stays', async () => {
    const key = database().freshKey();
    const order = [7, 2, 19, 0, 13, 11, 5, 3, 17, 1];
    const answers = await Promise.all(order.map((later) => database().store.put(key, image(later, { later }))));
    expect(await database().store.get(key)).toEqual(image(19, { later: 19 }));
    for (const [index, { version, written }] of answers.entries()) {
      const own = NOW + order[index]!;
      expect(written ? version === own : version > own).toBe(true);
    }
  });

  test('a tombstone is kept for its days, and no older version gets past it', async () => {
    const key = database().freshKey();
    await database().store.put(key, image(0, { n: 1 }));
    await database().store.put(key, tombstone(2));
    const expires = Math.floor((NOW + 2) / 1e6) + TOMBSTONE_DAYS * 86_400;
    expect(await database().raw(key)).toEqual({
      pk: { S: key },
      _v: { N: String(NOW + 2) },
      _at: { S: timeOf(NOW + 2) },
      _deleted: { BOOL: true },
      _ttl: { N: String(expires) },
    });
    expect(await database().store.put(key, image(1, { n: 2 }))).toEqual({ version: NOW + 2, written: false });
    expect(await database().store.get(key)).toEqual(tombstone(2));
  });

  test('a newer version ends the tombstone, and its time to live', async () => {
    const key = database().freshKey();
    await database().store.put(key, tombstone(0));
    await database().store.put(key, image(1, { n: 1 }));
    expect(Object.keys((await database().raw(key))!).sort()).toEqual(['_at', '_v', 'n', 'pk']);
  });

  test.for([
    ['of over 400 KiB', { text: TOO_LARGE }],
    ['with one level too many', { v: nested(MAX_LEVELS + 1, 1) }],
    ['with a number beyond its range', { n: 1e126 }],
  ] as const)('an item %s is refused for good, and what was there stays', async ([, value]) => {
    const key = database().freshKey();
    await database().store.put(key, image(0, { n: 1 }));
    await expect(database().store.put(key, image(1, value))).rejects.toBeInstanceOf(ItemRefusedError);
    expect(await database().store.get(key)).toEqual(image(0, { n: 1 }));
  });

  test.for(['é'.repeat(1024), 'x'.repeat(2048)])(
    'a key of 2,048 bytes is taken, one byte more is not (%#)',
    async (text) => {
      const key = `${database().freshKey('k')}/`;
      const longest = key + text.slice(0, text.length - (Buffer.byteLength(key) * text.length) / 2048);
      const padded = longest + 'x'.repeat(2048 - Buffer.byteLength(longest));
      expect(await database().store.put(padded, image(0, { n: 1 }))).toMatchObject({ written: true });
      expect((await database().store.get(padded))?.value).toEqual({ n: 1 });
      await expect(database().store.put(`${padded}x`, image(0))).rejects.toBeInstanceOf(ItemRefusedError);
    },
  );
}
