import { expect, test } from 'vitest';
import type { Image } from '../../lib/model/image.ts';
import type { JsonObject } from '../../lib/model/json.ts';
import type { Put, Stored } from '../../lib/store/store.ts';
import { type Database, image, NOW, tombstone } from './database.subject.ts';

/** What replaces a version of which the store knows the shape: many with one request, and the same as by puts. */
export function updateContract(database: () => Database): void {
  type Next = readonly [key: string, image: Image];

  /** Puts items of their own, as if nothing was known of them; what the store says of each. */
  async function stored(...images: readonly Image[]) {
    const keys = images.map(() => database().freshKey('hot'));
    const { answers } = await putMany(keys.map((key, index) => [key, { image: images[index]!, isNew: false }]));
    return { keys, answers: keys.map((key) => answers.get(key) as Stored) };
  }

  /** Replaces items, each over what the store said of it. */
  function replace(nexts: readonly Next[], over: readonly Stored[]) {
    const puts = nexts.map(([key, next], index): [string, Put] => {
      const { version, shape } = over[index]!;
      return [key, { image: next, isNew: false, over: shape === undefined ? undefined : { version, shape } }];
    });
    return putMany(puts);
  }

  const putMany = (puts: readonly [string, Put][]) => database().store.putMany(new Map(puts));

  test('many of the same shape are replaced with one request for each 25', async () => {
    const { keys, answers } = await stored(
      ...Array.from({ length: 60 }, (_, n) => image(n, { n, huge: 1, tiny: 1, a: 'x' })),
    );
    const nexts = keys.map((key, n): Next => [key, image(100 + n, { n: n + 1, huge: 9.99e125, tiny: 1e-130, a: 'y' })]);
    const replaced = await replace(nexts, answers);
    expect(replaced.requests).toBe(3);
    expect(keys.map((key) => replaced.answers.get(key))).toEqual(
      answers.map(({ shape }, n) => ({ version: NOW + 100 + n, written: true, shape })),
    );
    const there = await database().store.getMany(keys);
    expect(keys.map((key) => there.get(key))).toEqual(nexts.map(([, next]) => next));
  });

  test('what is replaced is what a put would have stored', async () => {
    const value = (more: JsonObject) => ({
      ...{ n: -1.5, precise: 0.30000000000000004, none: null, yes: true, empty: '' },
      ...{ list: [[], {}, [null, 'a']], map: { "it's": { __proto: '?' }, 'a.b': 1 } },
      // Words of PartiQL.
      ...{ value: 1, select: 2, INSERT: 3, '0': 4, size: 5, null: 6, SET: 7, WHERE: 8 },
      ...more,
    });
    const state = (more: JsonObject, later: number) => image(later, value(more), { actor: 'Ann', comment: "why: '?'" });
    const { keys, answers } = await stored(state({}, 0), state({}, 0));
    const next = state({ n: { now: 'a map' }, list: 1, none: [] }, 5);
    const { requests } = await replace(
      keys.map((key) => [key, next]),
      answers,
    );
    expect(requests).toBe(1);
    const alone = database().freshKey('hot');
    await database().store.put(alone, next);
    const put = (await database().raw(alone))!;
    for (const key of keys) expect(await database().raw(key)).toEqual({ ...put, pk: { S: key } });
  });

  test.for<readonly [string, Image, Image]>([
    ['has one attribute less', image(0, { a: 1, b: 2 }), image(1, { a: 3 })],
    ['has another attribute', image(0, { a: 1 }), image(1, { b: 1 })],
    ['has no author any more', image(0, { a: 1 }, { actor: 'Ann' }), image(1, { a: 1 })],
    ['has no comment any more', image(0, { a: 1 }, { comment: 'why' }), image(1, { a: 1 })],
    ['is deleted', image(0, { a: 1 }), tombstone(1)],
    ['is there again', tombstone(0), image(1, {})],
    ['has a name that means something', image(0, { 'a.b': 1 }), image(1, { 'a.b': 2 })],
  ])('nothing is left of what was there where the new state %s', async ([, before, next]) => {
    const { keys, answers } = await stored(before, before, image(0, { other: 1 }));
    const nexts = keys.map((key, n): Next => [key, n < 2 ? next : image(1, { other: 2 })]);
    const replaced = await replace(nexts, answers);
    expect(keys.map((key) => replaced.answers.get(key))).toMatchObject(
      nexts.map(([, { version }]) => ({ version, written: true })),
    );
    expect(await Promise.all(keys.map((key) => database().store.get(key)))).toEqual(nexts.map(([, image]) => image));
  });

  test('over another version than was thought a put decides, and the neighbours are stored', async () => {
    const first = image(0, { a: 1 });
    const { keys, answers } = await stored(first, first, first, first, first);
    const [newer, gone, older, foreign, same] = keys as [string, string, string, string, string];
    await database().store.put(newer, image(9, { a: 'newer' }));
    await database().store.put(gone, tombstone(9));
    // As after a restore of the table.
    await database().seedRaw(older, { _v: { N: String(NOW - 5) }, a: { N: '0' }, left: { S: 'over' } });
    await database().seedRaw(foreign, { of: { S: 'another program' } });
    const replaced = await replace(
      keys.map((key) => [key, image(5, { a: 5 })]),
      answers,
    );
    expect(keys.map((key) => replaced.answers.get(key))).toMatchObject([
      { version: NOW + 9, written: false },
      { version: NOW + 9, written: false },
      { version: NOW + 5, written: true },
      { version: NOW + 5, written: true },
      { version: NOW + 5, written: true },
    ]);
    expect(await Promise.all(keys.map((key) => database().store.get(key)))).toEqual([
      image(9, { a: 'newer' }),
      tombstone(9),
      image(5, { a: 5 }),
      image(5, { a: 5 }),
      image(5, { a: 5 }),
    ]);
    expect(replaced.requests).toBe(5);
    expect(await database().store.get(same)).toEqual(image(5, { a: 5 }));
  });

  test('listed items keep their place', async () => {
    const keys = [0, 1].map(() => database().freshKey('listed'));
    const images = keys.map((_, n) => image(n, { n }, { created: NOW + n }));
    const { answers } = await putMany(keys.map((key, n) => [key, { image: images[n]!, isNew: false }]));
    const nexts = keys.map((key, n): Next => [key, image(10 + n, { n: 7 }, { created: NOW + n })]);
    const replaced = await replace(
      nexts,
      keys.map((key) => answers.get(key) as Stored),
    );
    expect(replaced.requests).toBe(1);
    expect(replaced.answers.get(keys[1]!)).toMatchObject({ version: NOW + 11, written: true, created: NOW + 1 });
    expect(await Promise.all(keys.map((key) => database().store.get(key)))).toEqual(nexts.map(([, image]) => image));
  });
}
