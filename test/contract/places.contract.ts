import { expect, test } from 'vitest';
import { newestFirst } from '../../lib/listing/place.ts';
import { merged } from '../../lib/listing/sources.ts';
import { until } from '../support/system.ts';
import { freshKey, image, NOW, put, putAll, type StoreSubject, tombstone } from './store.subject.ts';

/** Where the items of listable collections stand. */
export function placesContract(subject: () => StoreSubject): void {
  /** Keys in the order of the list. */
  async function listed(collection: string, from = Number.MAX_SAFE_INTEGER, limit = 2): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of merged(subject().places(collection, from, limit))) keys.push(key);
    return keys;
  }

  /** Waits for an index that follows its table with a delay. */
  const shows = (collection: string, keys: readonly string[]) =>
    until(`${keys.length} items of ${collection} are listed`, async () => {
      return JSON.stringify(await listed(collection)) === JSON.stringify(keys);
    });

  test('items come newest first, those of one microsecond by key, whatever the portion, and from a place on', async () => {
    const collection = 'listed-places';
    const places = Array.from({ length: 40 }, (_, n) => ({
      key: freshKey(collection),
      created: NOW + Math.floor(n / 8),
    }));
    await putAll(
      subject().store,
      places.map(({ key, created }, n) => [key, image(n, { n }, { created })]),
    );
    const inOrder = places.toSorted(newestFirst);
    const keysOf = (some: typeof places) => some.map(({ key }) => key);
    await shows(collection, keysOf(inOrder));
    for (const limit of [1, 7, 100]) {
      expect(await listed(collection, Number.MAX_SAFE_INTEGER, limit)).toEqual(keysOf(inOrder));
      expect(await listed(collection, NOW + 2, limit)).toEqual(
        keysOf(inOrder.filter(({ created }) => created <= NOW + 2)),
      );
    }
  });

  test('a tombstone is not listed, and what comes after it has a new place', async () => {
    const collection = 'listed-anew';
    const [first, second] = [freshKey(collection), freshKey(collection)] as const;
    await put(subject().store, first, image(0, {}, { created: NOW }));
    await put(subject().store, second, image(1, {}, { created: NOW + 1 }));
    await put(subject().store, first, tombstone(2));
    await shows(collection, [second]);
    expect(await put(subject().store, first, image(3))).toMatchObject({ created: NOW + 3 });
    await shows(collection, [first, second]);
  });

  test('a creation that is known replaces the place that is there', async () => {
    // The item was deleted and made again before anything of that was stored.
    const key = freshKey('listed');
    await put(subject().store, key, image(0, {}, { created: NOW }));
    expect(await put(subject().store, key, image(5, {}, { created: NOW + 5 }))).toMatchObject({ created: NOW + 5 });
    expect(await subject().store.get(key)).toMatchObject({ created: NOW + 5 });
  });

  test('an item keeps its place when it is replaced by one whose creation nobody knows', async () => {
    const key = freshKey('listed');
    expect(await put(subject().store, key, image(0, {}, { created: NOW }))).toMatchObject({ created: NOW });
    expect(await put(subject().store, key, image(5, { n: 1 }))).toEqual({
      version: NOW + 5,
      written: true,
      created: NOW,
    });
    expect(await put(subject().store, key, image(3, { n: 2 }))).toEqual({
      version: NOW + 5,
      written: false,
      created: NOW,
    });
    expect(await subject().store.get(key)).toEqual(image(5, { n: 1 }, { created: NOW }));
  });

  test('those who create an item at the same time agree on its place', async () => {
    const key = freshKey('listed');
    const answers = await Promise.all(
      [3, 1, 2, 5, 4].map((later) => put(subject().store, key, image(later, { later }))),
    );
    const stored = await subject().store.get(key);
    expect(stored).toMatchObject({ version: NOW + 5, value: { later: 5 } });
    for (const { created } of answers) expect(created).toBe(stored?.created);
  });
}
