import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { StoreUnavailableError } from '../../lib/errors.ts';
import { KeyScan } from '../../lib/store/key-scan.ts';
import { type Database, image, tombstone } from './database.subject.ts';

/** What a scan of a table in DynamoDB finds, and costs. */
export function scanContract(database: () => Database): void {
  async function scanned(collection: string) {
    const pages: string[][] = [];
    let readUnits = 0;
    for (let from: string | undefined; ; ) {
      const page = await database().keyPages.page(collection, from);
      pages.push([...page.keys]);
      readUnits += page.readUnits;
      from = page.next;
      if (from === undefined) return { keys: pages.flat().sort(), pages: pages.length, readUnits };
    }
  }

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
