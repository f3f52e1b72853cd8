import { expect, test } from 'vitest';
import { ItemRefusedError } from '../../lib/errors.ts';
import { freshKey, image, NOW, put, type StoreSubject, tombstone } from './store.subject.ts';

/** What every database must do with versions. */
export function storeContract(subject: () => StoreSubject): void {
  test('a newer version replaces every attribute', async () => {
    const key = freshKey();
    await put(subject().store, key, image(0, { a: 1, b: 2 }, { actor: 'Ann' }));
    expect(await put(subject().store, key, image(1, { c: 3 }))).toEqual({ version: NOW + 1, written: true });
    expect(await subject().store.get(key)).toEqual(image(1, { c: 3 }));
  });

  test('an older version, or the same, changes nothing, and hears which one is there', async () => {
    const key = freshKey();
    await put(subject().store, key, image(5, { n: 'kept' }));
    const before = await subject().whole(key);
    for (const late of [image(5, { n: 'again' }), image(4, { n: 'older' }), tombstone(-1)]) {
      expect(await put(subject().store, key, late)).toEqual({ version: NOW + 5, written: false });
    }
    expect(await subject().whole(key)).toEqual(before);
  });

  test('versions are compared as numbers, to the last of 16 digits', async () => {
    const key = freshKey();
    const version = Number.MAX_SAFE_INTEGER;
    await put(subject().store, key, { ...image(0), version: 9 });
    expect(await put(subject().store, key, { ...image(0), version: 10 })).toMatchObject({ written: true });
    expect(await put(subject().store, key, { ...image(0), version: version - 1 })).toMatchObject({ written: true });
    expect(await put(subject().store, key, { ...image(0), version })).toEqual({ version, written: true });
    expect(await put(subject().store, key, { ...image(0), version: version - 1 })).toEqual({ version, written: false });
  });

  test('an item that another program stored without a version is replaced', async () => {
    const key = freshKey();
    await subject().seed(key, { theirs: true });
    expect(await subject().store.get(key)).toEqual({ version: 0, deleted: false, value: { theirs: true } });
    expect(await put(subject().store, key, { ...image(0, { ours: 1 }), version: 1 })).toMatchObject({ written: true });
    expect((await subject().store.get(key))?.value).toEqual({ ours: 1 });
  });

  test('of versions that are put at the same time the newest stays', async () => {
    const key = freshKey();
    const order = [7, 2, 19, 0, 13, 11, 5, 3, 17, 1];
    const answers = await Promise.all(order.map((later) => put(subject().store, key, image(later, { later }))));
    expect(await subject().store.get(key)).toEqual(image(19, { later: 19 }));
    for (const [index, { version, written }] of answers.entries()) {
      const own = NOW + order[index]!;
      expect(written ? version === own : version > own).toBe(true);
    }
  });

  test('an item that the database refuses for good is refused, and what was there stays', async () => {
    for (const [what, value] of subject().refused) {
      const key = freshKey();
      await put(subject().store, key, image(0, { n: 1 }));
      const refused = put(subject().store, key, image(1, value));
      await expect(refused, what).rejects.toBeInstanceOf(ItemRefusedError);
      expect(await subject().store.get(key)).toEqual(image(0, { n: 1 }));
    }
  });

  test('a tombstone lets no older version past it, and a newer one ends it', async () => {
    const key = freshKey();
    await put(subject().store, key, image(0, { n: 1 }));
    await put(subject().store, key, tombstone(2));
    expect(await put(subject().store, key, image(1, { n: 2 }))).toEqual({ version: NOW + 2, written: false });
    expect(await subject().store.get(key)).toEqual(tombstone(2));
    await put(subject().store, key, image(3, { n: 3 }));
    expect(await subject().store.get(key)).toEqual(image(3, { n: 3 }));
  });

  test.for(['é'.repeat(1024), 'x'.repeat(2048)])(
    'a key of 2,048 bytes is taken, one byte more is not (%#)',
    async (text) => {
      const key = `${freshKey('k')}/`;
      const longest = key + text.slice(0, text.length - (Buffer.byteLength(key) * text.length) / 2048);
      const padded = longest + 'x'.repeat(2048 - Buffer.byteLength(longest));
      expect(await put(subject().store, padded, image(0, { n: 1 }))).toMatchObject({ written: true });
      expect((await subject().store.get(padded))?.value).toEqual({ n: 1 });
      await expect(put(subject().store, `${padded}x`, image(0))).rejects.toBeInstanceOf(ItemRefusedError);
    },
  );
}
