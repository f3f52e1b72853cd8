import { expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import { heldOf, NOW, type Subject, versionOf } from './subject.ts';

const KEY = 'contract/values';

const NASTY: JsonObject = {
  empty: { list: [], map: {}, text: '', nested: [[], {}, [{}]] },
  numbers: [0, 1, -1, 0.1, 1e21, 1e-130, 9.99e125, 123456789.123456, 9007199254740991, 1e-7],
  text: 'é漢😀\u0000\u0001\n\r\t"\\\uFFFE\uFFFF\u2028',
  others: [null, true, false, [null]],
  nested: JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}') as JsonObject,
  version: 'an attribute, not the version',
  persisted: 1,
  deleted: true,
  '.dot': 1,
  '{brace}': 1,
  'é 漢\n😀': 1,
  constructor: 'x',
  toString: null,
};

const KEYS = ['a/b', 'a/é 漢 😀', 'a/{x}/}{', 'a/line\nbreak\r\n', 'a/"quoted" \\', `a/${'x'.repeat(512)}`];

const SUMS: [number, number][] = [
  [0.1, 0.2],
  [0.1, 0.7],
  [1e20 + 0.5, 0.5],
  [123456.789, 0.001],
  [-5, 5],
  [1.5, -3],
  [5e-130, 5e-130],
  [1.1e-5, 2.2e-5],
  [1e15, 0.5],
  [9007199254740990, 1],
  [-9007199254740990, -1],
  [1 / 3, 1 / 3],
  [4.35, 100],
];

/** Numbers and what they count at most in DynamoDB: 2, half the digits, and a minus sign. */
const SIZES: [number, number][] = [
  [0, 1],
  [1, 2],
  [-1, 3],
  [15, 3],
  [1.5, 3],
  [-0.25, 4],
  [123, 3],
  [12.75, 4],
  [1e15, 2],
  [5e-130, 2],
  [9007199254740991, 10],
];

export function valuesContract(subject: () => Subject): void {
  test('every JSON value comes back exactly from a read, a claim, a patch and a fill', async () => {
    await subject().put(KEY, NASTY);
    expect(heldOf(await subject().cache.read(KEY)).entry.value).toEqual(NASTY);
    expect(heldOf(await subject().cache.claim(KEY)).entry.value).toEqual(NASTY);
    const reply = await subject().write({ op: 'patch', key: KEY, set: { more: [] } });
    expect(reply).toMatchObject({ kind: 'ok' });
    expect(reply.kind === 'ok' && reply.entry?.value).toEqual({ ...NASTY, more: [] });
    expect(await subject().load('contract/filled', NASTY, NOW)).toBe(true);
    expect(heldOf(await subject().cache.read('contract/filled')).entry.value).toEqual(NASTY);
  });

  test('every attribute can be patched by its name', async () => {
    await subject().put(KEY, NASTY);
    for (const name of Object.keys(NASTY)) {
      const reply = await subject().write({ op: 'patch', key: KEY, set: { [name]: { name } } });
      expect(reply.kind === 'ok' && reply.entry?.value[name]).toEqual({ name });
    }
    const reply = await subject().write({ op: 'patch', key: KEY, remove: Object.keys(NASTY) });
    expect(reply).toMatchObject({ entry: { value: {}, version: expect.any(Number) } });
    expect(await subject().fields(KEY)).toMatchObject({ bytes: '0', attributes: '0' });
  });

  test('keys of any text are kept apart and listed exactly', async () => {
    for (const [n, key] of KEYS.entries()) {
      await subject().clean('room/one', {});
      await subject().put(key, { n });
      expect(await subject().cache.indexes.oldestDirty(NOW, 10)).toMatchObject([{ key }]);
      expect(heldOf(await subject().cache.claim(key)).entry.value).toEqual({ n });
      await subject().settle(key, heldOf(await subject().cache.read(key)).entry.version);
    }
    for (const [n, key] of KEYS.entries()) {
      expect(heldOf(await subject().cache.read(key)).entry.value).toEqual({ n });
    }
  });

  test('an actor and a comment of any text, also the empty one, are told from none', async () => {
    for (const author of [{}, { actor: '' }, { comment: '' }, { actor: '=', comment: '\n😀' }]) {
      for (const operation of [
        { op: 'put', key: KEY, value: {} },
        { op: 'patch', key: KEY, set: { a: 1 } },
        { op: 'delete', key: KEY },
      ] as const) {
        await subject().write({ ...operation, ...author });
        const { actor, comment } = heldOf(await subject().cache.read(KEY)).entry;
        expect({ actor, comment }).toEqual({ actor: undefined, comment: undefined, ...author });
      }
    }
  });

  test.for(SUMS)('the sum of %d and %d is the double that JavaScript computes', async ([n, by]) => {
    await subject().put(KEY, { n });
    const reply = await subject().write({ op: 'patch', key: KEY, add: { n: by, fresh: by } });
    expect(reply).toMatchObject({ kind: 'ok', entry: { value: { n: n + by, fresh: by } } });
  });

  test('a sum that is one over the exact whole numbers is refused, not rounded', async () => {
    for (const [n, by] of [
      [2 ** 53, 1],
      [1, 2 ** 53],
      [-(2 ** 53), -1],
    ] as const) {
      await subject().put(KEY, { n });
      const reply = await subject().write({ op: 'patch', key: KEY, add: { n: by } });
      expect(reply).toEqual({ kind: 'range', attribute: 'n' });
    }
  });

  test('numbers of 17 digits are compared and kept exactly', async () => {
    await subject().put(KEY, { n: 0.30000000000000004 });
    const patch = (changes: object) => subject().write({ op: 'patch', key: KEY, ...changes });
    expect(await patch({ max: { n: 0.3 } })).toMatchObject({ entry: { value: { n: 0.30000000000000004 } } });
    expect(await patch({ min: { n: 0.3 } })).toMatchObject({ entry: { value: { n: 0.3 } } });
    expect(await patch({ max: { n: 0.30000000000000004 } })).toMatchObject({
      entry: { value: { n: 0.30000000000000004 } },
    });
  });

  test.for(SIZES)('the sum %d counts no less than the %d bytes that DynamoDB may count', async ([n, bytes]) => {
    await subject().put(KEY, {});
    await subject().write({ op: 'patch', key: KEY, add: { n } });
    expect(Number((await subject().fields(KEY)).bytes)).toBeGreaterThanOrEqual('n'.length + bytes);
  });

  test('a name counts as many bytes in an add as in a set', async () => {
    for (const name of ['n', 'é漢', '\u0001'.repeat(10), '\uFFFE'.repeat(10)]) {
      await subject().put(KEY, {});
      await subject().write({ op: 'patch', key: KEY, add: { [name]: 1 } });
      const { bytes } = await subject().fields(KEY);
      await subject().put(KEY, { [name]: 1 });
      expect(bytes).toBe((await subject().fields(KEY)).bytes);
    }
  });

  test('the size follows every change', async () => {
    await subject().put(KEY, { a: 'xxxx', b: 'yy' });
    await subject().write({ op: 'patch', key: KEY, set: { a: 'zzzzzzzz' }, remove: ['b', 'none'], add: { n: 1 } });
    const { bytes } = await subject().fields(KEY);
    versionOf(await subject().put(KEY, { a: 'zzzzzzzz', n: 1 }));
    expect((await subject().fields(KEY)).bytes).toBe(bytes);
  });
}
