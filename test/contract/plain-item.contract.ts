import { expect, test } from 'vitest';
import { timeOf } from '../../lib/model/image.ts';
import { type Database, image, NOW, TOMBSTONE_DAYS, tombstone } from './database.subject.ts';

/** What an item is for other programs that read the table. */
export function plainItemContract(database: () => Database): void {
  test('a put is a plain item that any program can read', async () => {
    const key = database().freshKey();
    expect(await database().store.put(key, image(0, { n: 1, '#n': 'a' }, { actor: 'Ann', comment: '' }))).toMatchObject(
      {
        version: NOW,
        written: true,
      },
    );
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
}
