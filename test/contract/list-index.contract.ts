import { expect, test } from 'vitest';
import { indexedItems } from '../../lib/listing/sources.ts';
import { listPartitionOf, listPartitions } from '../../lib/store/list-index.ts';
import { until } from '../support/system.ts';
import { type Database, image, NOW, tombstone } from './database.subject.ts';

export function listIndexContract(database: () => Database): void {
  /** Keys in one partition of the index, in its order. */
  async function keysIn(partition: string, from = Number.MAX_SAFE_INTEGER, portion = 4): Promise<string[]> {
    const keys: string[] = [];
    for await (const places of indexedItems(database().client, database().tableName, partition, from, portion)) {
      keys.push(...places.map(({ key }) => key));
    }
    return keys;
  }

  /** Waits until the index, which follows the table with a delay, shows just these keys of a collection. */
  async function shows(collection: string, keys: readonly string[]): Promise<void> {
    await until(`the index has ${keys.length} items of ${collection}`, async () => {
      const found = await Promise.all(listPartitions(collection, 2).map((partition) => keysIn(partition)));
      return JSON.stringify(found.flat().sort()) === JSON.stringify([...keys].sort());
    });
  }

  /** A key of a collection that belongs to its first partition. */
  function keyOf(collection: string, n: number): string {
    const candidates = Array.from({ length: 64 }, (_, more) => `${collection}/${n}-${more}`);
    return candidates.find((key) => listPartitionOf(key, 2) === `${collection}/0`)!;
  }

  test('the items of a partition come newest first, whatever the portion, and from a place on', async () => {
    const keys = Array.from({ length: 30 }, (_, n) => keyOf('listed-order', n));
    for (const [n, key] of keys.entries()) await database().store.put(key, image(n, { n }, { created: NOW + n }));
    await shows('listed-order', keys);
    for (const portion of [1, 7, 100]) {
      expect(await keysIn('listed-order/0', Number.MAX_SAFE_INTEGER, portion)).toEqual(keys.toReversed());
      expect(await keysIn('listed-order/0', NOW + 9, portion)).toEqual(keys.slice(0, 10).toReversed());
    }
  });

  test('items of the same microsecond are all there', async () => {
    const keys = Array.from({ length: 12 }, (_, n) => keyOf('listed-ties', n));
    await database().insert(new Map(keys.map((key) => [key, image(0, {}, { created: NOW })])));
    await shows('listed-ties', keys);
    expect(await keysIn('listed-ties/0', NOW, 5)).toEqual(await keysIn('listed-ties/0', NOW, 100));
  });

  test('a tombstone leaves the index, and what comes after it has a new place', async () => {
    const keys = [0, 1].map((n) => keyOf('listed-gone', n)) as [string, string];
    for (const key of keys) await database().store.put(key, image(0, {}, { created: NOW }));
    await database().store.put(keys[0], tombstone(1));
    await shows('listed-gone', [keys[1]]);
    await database().store.put(keys[0], image(2));
    await shows('listed-gone', keys);
    expect(await keysIn('listed-gone/0')).toEqual(keys);
  });

  test('what another program put where the place belongs is replaced', async () => {
    // A number in the index's partition key cannot be stored once there is an index; an item without its sort key can.
    const key = database().freshKey('listed');
    await database().seedRaw(key, { _list: { S: 'elsewhere' }, n: { N: '1' } });
    expect(await database().store.put(key, image(0, { n: 2 }))).toMatchObject({
      version: NOW,
      written: true,
      created: NOW,
    });
    expect((await database().raw(key))?._list).toEqual({ S: listPartitionOf(key, 2) });
  });
}
