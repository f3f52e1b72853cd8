import { expect, test } from 'vitest';
import type { KeyPages } from '../../lib/store/store.ts';
import { freshKey, image, put, putAll, type StoreSubject, tombstone } from './store.subject.ts';

/** How every database is read. */
export function lookupContract(subject: () => StoreSubject): void {
  test('what was put is read at once, what was not is not there', async () => {
    const key = freshKey();
    expect(await subject().store.get(key)).toBeNull();
    for (let later = 0; later < 20; later += 1) {
      await put(subject().store, key, image(later, { later }));
      expect(await subject().store.get(key)).toEqual(image(later, { later }));
    }
  });

  test('keys of any text are kept apart', async () => {
    const texts = [
      'a',
      'A',
      'a ',
      'é',
      'e\u0301',
      '漢',
      '😀',
      '"',
      "'",
      '\\',
      '\n',
      '\u0001',
      '\uFFFE',
      '__proto__',
      '?',
    ];
    const keys = texts.map((text) => `${freshKey('text')}/${text}`.replace(/\/\d+\//, '/'));
    for (const [n, key] of keys.entries()) await put(subject().store, key, image(0, { n }));
    const found = await subject().store.getMany(keys);
    expect([...found].map(([key, { value }]) => [key, value.n]).sort()).toEqual(keys.map((key, n) => [key, n]).sort());
  });

  test('many keys, some of them twice and some absent, are found with their states', async () => {
    const keys = Array.from({ length: 230 }, () => freshKey('many'));
    await putAll(
      subject().store,
      keys.map((key, n) => [key, image(n, { n })]),
      true,
    );
    await put(subject().store, keys[0]!, tombstone(1000));
    const found = await subject().store.getMany([...keys, ...keys.slice(0, 20), 'many/absent']);
    expect(found.size).toBe(keys.length);
    for (const [n, key] of keys.entries()) {
      expect(found.get(key)).toEqual(n === 0 ? tombstone(1000) : image(n, { n }));
    }
  });

  test('more than one answer carries is asked for until all is there', async () => {
    const text = 'x'.repeat(340_000);
    const keys = Array.from({ length: 55 }, () => freshKey('large'));
    await Promise.all(keys.map((key, n) => put(subject().store, key, image(n, { text }))));
    // 18.7 MB: DynamoDB answers with 16 MB at most, and names the rest; for the clients of others it is a test of their memory.
    const found = await subject().store.getMany(keys);
    expect(keys.filter((key) => found.get(key)?.value.text === text)).toHaveLength(keys.length);
  });

  test('the keys of a collection are found, each once, without deleted ones and other collections', async () => {
    const keys = Array.from({ length: 1100 }, (_, n) => `found/${n}`);
    const others = ['foun/0', 'found0/0', 'found-/0', 'Found/0', 'found.x/0'];
    await putAll(
      subject().store,
      [...keys, ...others].map((key) => [key, image(0)]),
      true,
    );
    await put(subject().store, 'found/deleted', tombstone(0));
    expect(await keysIn(subject().keyPages, 'found')).toEqual(keys.sort());
    expect(await keysIn(subject().keyPages, 'nothing')).toEqual([]);
  });
}

async function keysIn(keyPages: KeyPages, collection: string): Promise<string[]> {
  const found: string[] = [];
  for (let from: string | undefined; ; ) {
    const { keys, next } = await keyPages.page(collection, from);
    found.push(...keys);
    from = next;
    if (from === undefined) return found.sort();
  }
}
