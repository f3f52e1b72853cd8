import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cursors } from '../../lib/model/cursor.ts';
import { type Audited, startAudited, versions } from './audited.ts';

let system: Audited;
beforeAll(async () => {
  system = await startAudited();
});
afterAll(() => system.stop());

describe('the history of an audited item', () => {
  test('has every acknowledged write with who, why and what, before and after the flush', async () => {
    const key = system.freshKey();
    const put = await system.cache.execute({
      op: 'put',
      key,
      value: { gate: 'A1', seats: 3 },
      actor: 'desk',
      comment: 'planned',
    });
    const patch = await system.cache.execute({
      op: 'patch',
      key,
      set: { gate: 'B2' },
      add: { seats: -1 },
      remove: ['none', 'gone'],
      caller: 'arn:aws:iam::1:user/ann',
      durability: 'cache',
    });
    const gone = await system.cache.execute({ op: 'delete', key, actor: '', durability: 'cache' });
    const expected = [
      { version: gone.version, op: 'delete', actor: '' },
      {
        version: patch.version,
        op: 'patch',
        set: { gate: 'B2', seats: 2 },
        caller: 'arn:aws:iam::1:user/ann',
      },
      { version: put.version, op: 'put', set: { gate: 'A1', seats: 3 }, actor: 'desk', comment: 'planned' },
    ].map((entry) => ({ ...entry, at: new Date(entry.version / 1000).toISOString() }));
    expect(await system.whole(key)).toEqual(expected.map((entry) => expect.objectContaining(entry)));
    const before = await system.whole(key);
    expect(await system.recorded(key)).toEqual([]);
    await system.deliverAll();
    await system.cache.flush();
    expect(await system.whole(key)).toEqual(before);
    expect(await system.logOf(key)).toBe(0);
  });

  test('costs one item of the table for all changes of a window', async () => {
    const key = system.freshKey();
    const written = [];
    for (let n = 0; n < 20; n++) {
      written.push(await system.cache.execute({ op: 'patch', key, add: { n: 1 }, durability: 'cache' }));
    }
    await system.cache.flush();
    expect(await system.recorded(key)).toHaveLength(1);
    expect(versions(await system.whole(key))).toEqual(versions(written).reverse());
  });

  test('is split when it is large', async () => {
    const key = system.freshKey('big');
    const text = 'x'.repeat(15_000);
    for (let n = 0; n < 10; n++)
      await system.cache.execute({ op: 'put', key, value: { n, text }, durability: 'cache' });
    await system.cache.flush();
    expect((await system.recorded(key)).length).toBeGreaterThan(3);
    expect((await system.whole(key)).map(({ set }) => set?.n)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  test('is read in pages, newest first, without a gap or a repetition', async () => {
    const key = system.freshKey();
    for (let n = 0; n < 7; n++) {
      await system.cache.execute({ op: 'put', key, value: { n }, durability: 'cache' });
      if (n === 2 || n === 4) await system.cache.flush();
    }
    expect((await system.whole(key, 2)).map(({ set }) => set?.n)).toEqual([6, 5, 4, 3, 2, 1, 0]);
    const { history, cursor } = await system.cache.history(key, { limit: 7 });
    expect(history).toHaveLength(7);
    expect(cursor).toBeUndefined();
  });

  test('keeps names and values exactly', async () => {
    const key = system.freshKey();
    const value = { 'a "b" 🙂 \\n': [1, { __proto__x: null }], text: ' ', n: 0.1, deep: { a: { b: [[[]]] } } };
    await system.cache.execute({ op: 'put', key, value, comment: 'ä"\n' });
    expect((await system.whole(key))[0]).toMatchObject({ set: value, comment: 'ä"\n' });
    await system.deliverAll();
    expect((await system.whole(key))[0]).toMatchObject({ set: value, comment: 'ä"\n' });
  });
});

test('a change written through is in the history when it is acknowledged', async () => {
  const key = system.freshKey();
  const { version } = await system.cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'database' });
  expect(versions((await system.recorded(key)).flatMap(({ changes }) => JSON.parse(changes)))).toEqual([version]);
});

test('a collection that is not audited keeps nothing, and says so', async () => {
  await system.cache.execute({ op: 'put', key: 'plain/1', value: { n: 1 } });
  expect(await system.logOf('plain/1')).toBe(0);
  await expect(system.cache.history('plain/1')).rejects.toMatchObject({ code: 'not-audited' });
});

test.each([
  [{ limit: 0 }, 'limit'],
  [{ limit: 1001 }, 'limit'],
  [{ limit: 1.5 }, 'limit'],
  [{ cursor: 'abc' }, 'cursor'],
  [{ cursor: '1800000000000000-AAAAAAAA' }, 'cursor'],
  [{ cursor: new Cursors('history\0gates/any').encode('soon') }, 'cursor'],
])('a bad page %j is refused by name', async (options, path) => {
  await expect(system.cache.history('gates/any', options)).rejects.toMatchObject({
    code: 'invalid-input',
    facts: { path },
  });
});

test("another item's cursor is refused", async () => {
  const [one, other] = [system.freshKey(), system.freshKey()];
  for (const n of [1, 2]) await system.cache.execute({ op: 'put', key: one, value: { n } });
  const { cursor } = await system.cache.history(one, { limit: 1 });
  expect(cursor).toBeDefined();
  await expect(system.cache.history(other, { cursor: cursor! })).rejects.toMatchObject({ code: 'invalid-input' });
});
