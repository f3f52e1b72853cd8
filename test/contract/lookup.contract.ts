import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { StoreUnavailableError } from '../../lib/errors.ts';
import { KeyScan } from '../../lib/store/key-scan.ts';
import { type Database, image, tombstone } from './database.subject.ts';

export function lookupContract(database: () => Database): void {
  async function scanned(collection: string) {
    const pages: string[][] = [];
    let readUnits = 0;
    for (let from: string | undefined; ; ) {
      const page = await database().scan.page(collection, from);
      pages.push([...page.keys]);
      readUnits += page.readUnits;
      from = page.next;
      if (from === undefined) return { keys: pages.flat().sort(), pages: pages.length, readUnits };
    }
  }

  test('what was put is read at once, what was not is not there', async () => {
    const key = database().freshKey();
    expect(await database().store.get(key)).toBeNull();
    for (let later = 0; later < 20; later += 1) {
      await database().store.put(key, image(later, { later }));
      expect(await database().store.get(key)).toEqual(image(later, { later }));
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
    const keys = texts.map((text) => `${database().freshKey('text')}/${text}`.replace(/\/\d+\//, '/'));
    for (const [n, key] of keys.entries()) await database().store.put(key, image(0, { n }));
    const found = await database().store.getMany(keys);
    expect([...found].map(([key, { value }]) => [key, value.n]).sort()).toEqual(keys.map((key, n) => [key, n]).sort());
  });

  test('many keys, some of them twice and some absent, are found with their states', async () => {
    const keys = Array.from({ length: 230 }, () => database().freshKey('many'));
    await database().store.insert(new Map(keys.map((key, n) => [key, image(n, { n })])));
    await database().store.put(keys[0]!, tombstone(1000));
    const found = await database().store.getMany([...keys, ...keys.slice(0, 20), 'many/absent']);
    expect(found.size).toBe(keys.length);
    for (const [n, key] of keys.entries()) {
      expect(found.get(key)).toEqual(n === 0 ? tombstone(1000) : image(n, { n }));
    }
  });

  test('more than one answer carries is asked for until all is there', async () => {
    const text = 'x'.repeat(340_000);
    const keys = Array.from({ length: 55 }, () => database().freshKey('large'));
    await Promise.all(keys.map((key, n) => database().store.put(key, image(n, { text }))));
    // 18.7 MB: DynamoDB answers with 16 MB at most, and names the rest.
    const found = await database().store.getMany(keys);
    expect(keys.filter((key) => found.get(key)?.value.text === text)).toHaveLength(keys.length);
  });

  test('a scan finds the keys of a collection over all pages, without deleted ones and other collections', async () => {
    const text = 'x'.repeat(300_000);
    const keys = Array.from({ length: 8 }, (_, n) => `scan/${n}`);
    for (const key of [...keys, 'scanned/other']) await database().store.put(key, image(0, { text }));
    await database().store.put('scan/deleted', tombstone(0));
    const found = await scanned('scan');
    expect(found.keys).toEqual(keys);
    // 2.7 MB at 1 MB a page, and half a unit for each 4 KB.
    expect(found.pages).toBeGreaterThan(2);
    expect(found.readUnits).toBeGreaterThan(300);
  });

  test('a table that is not there says so, and trying again may help', async () => {
    const missing = new KeyScan(database().client, 'missing').page('a');
    await expect(missing).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(missing).rejects.toMatchObject({ cause: expect.any(ResourceNotFoundException) });
  });
}
