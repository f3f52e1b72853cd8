import { expect, test } from 'vitest';
import { ItemRefusedError } from '../../lib/errors.ts';
import type { Image } from '../../lib/model/image.ts';
import { MAX_LEVELS } from '../../lib/model/value.ts';
import { nested } from '../arbitraries.ts';
import { type Database, image, NOW, tombstone } from './database.subject.ts';

export function insertContract(database: () => Database): void {
  /** Inserts images under keys of their own; `answers` in their order. */
  async function insert(...images: readonly Image[]) {
    const keys = images.map(() => database().freshKey('log'));
    const inserted = await database().insert(new Map(keys.map((key, index) => [key, images[index]!])));
    return { keys, answers: keys.map((key) => inserted.answers.get(key)), requests: inserted.requests };
  }

  test('many are stored with one request for each 25', async () => {
    const images = Array.from({ length: 60 }, (_, n) => image(n, { n }));
    const { keys, answers, requests } = await insert(...images);
    expect(requests).toBe(3);
    expect(new Set(answers)).toEqual(new Set(['stored']));
    const stored = await database().store.getMany(keys);
    expect(keys.map((key) => stored.get(key))).toEqual(images);
  });

  test('what is inserted is what a put would have stored', async () => {
    const value = {
      ...{ n: -1.5, tiny: 1e-130, huge: 9.99e125, precise: 0.30000000000000004, none: null, yes: true, empty: '' },
      ...{ list: [[], {}, [null, 'a']], map: { "it's": { __proto: '?' } }, 'a.b-c:d': 1 },
      // Words of PartiQL.
      ...{ value: 1, select: 2, INSERT: 3, '0': 4, size: 5, null: 6 },
    };
    const complete = image(0, value, { actor: 'Ann', comment: "why: '?'" });
    const { keys, answers } = await insert(complete, complete);
    expect(answers).toEqual(['stored', 'stored']);
    const alone = database().freshKey('log');
    await database().store.put(alone, complete);
    const { pk: _, ...put } = (await database().raw(alone))!;
    for (const key of keys) expect(await database().raw(key)).toEqual({ ...put, pk: { S: key } });
  });

  test('an item that exists is left as it is, whatever its version, and has no answer; its neighbours are stored', async () => {
    const keys = ['newer', 'older', 'foreign', 'deleted', 'new'].map((what) => `${database().freshKey('log')}-${what}`);
    const [newer, older, foreign, deleted, fresh] = keys as [string, string, string, string, string];
    await database().store.put(newer, image(9, { n: 'newer' }));
    await database().store.put(older, image(-9, { n: 'older' }));
    await database().seedRaw(foreign, { n: { S: 'of another program' } });
    await database().store.put(deleted, tombstone(9));
    const before = await Promise.all([newer, older, foreign, deleted].map((key) => database().raw(key)));
    const { answers } = await database().insert(new Map(keys.map((key) => [key, image(0, { n: 'inserted' })])));
    expect([...answers]).toEqual([[fresh, 'stored']]);
    expect(await Promise.all([newer, older, foreign, deleted].map((key) => database().raw(key)))).toEqual(before);
    expect(await database().store.get(fresh)).toEqual(image(0, { n: 'inserted' }));
  });

  test('inserted twice at the same time, an item is stored once', async () => {
    const keys = Array.from({ length: 10 }, () => database().freshKey('log'));
    const attempt = (by: number) => database().insert(new Map(keys.map((key) => [key, image(by, { by })])));
    const outcomes = await Promise.all([attempt(1), attempt(2), attempt(3)]);
    for (const key of keys) {
      const winners = outcomes.flatMap(({ answers }, index) => (answers.get(key) === 'stored' ? [index + 1] : []));
      const stored = await database().store.get(key);
      // Who met another one at work is told to try later, or hears nothing.
      expect(winners.length).toBeLessThanOrEqual(1);
      expect(stored?.value.by).toBe(winners[0] ?? stored?.value.by);
      expect(stored).toEqual(image(stored?.value.by as number, { by: stored?.value.by as number }));
    }
  });

  test.for([
    ['with one level too many', { v: nested(MAX_LEVELS + 1, 1) }],
    ['with a number beyond its range', { n: 1e126 }],
  ] as const)(
    'an item %s makes no answer wrong: what is answered as stored is there, the rest a put decides',
    async ([, value]) => {
      const images = [image(0, { n: 0 }), image(1, value), image(2, { n: 2 })];
      const { keys, answers } = await insert(...images);
      for (const [index, key] of keys.entries()) {
        expect(await database().store.get(key)).toEqual(answers[index] === 'stored' ? images[index] : null);
        if (answers[index] === 'stored') continue;
        expect(answers[index]).toBeUndefined();
        const put = database().store.put(key, images[index]!);
        if (index === 1) await expect(put).rejects.toBeInstanceOf(ItemRefusedError);
        else expect(await put).toMatchObject({ written: true });
      }
    },
  );

  test('25 items of the largest size that is batched fit into one request', async () => {
    const text = 'é'.repeat(32_000);
    const images = Array.from({ length: 25 }, (_, n) => image(n, { n, text }));
    const { keys, answers, requests } = await insert(...images);
    expect({ requests, answers: new Set(answers) }).toEqual({ requests: 1, answers: new Set(['stored']) });
    expect(await database().store.get(keys[24]!)).toMatchObject({ version: NOW + 24, value: { n: 24, text } });
  });
}
