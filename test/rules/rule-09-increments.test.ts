import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import { BoundError, InvalidInputError } from '../../lib/errors.ts';
import { patient } from '../support/patient.ts';
import { type System, startSystem } from '../support/system.ts';
import { watchedClients } from '../support/watched-clients.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ settings: { ...patient, defaultDurability: 'cache' } });
});
afterAll(() => system.stop());

const items = () => system.cache.collection('sums');

test('rule 9: add, max and min work on the cached value, and a missing attribute starts at 0', async () => {
  await items().put('a', { n: 1, high: 5, low: 5 });
  const changes = { add: { n: 2, fresh: -3 }, max: { high: 9, first: 4 }, min: { low: 2, last: 4 } };
  const expected = { n: 3, fresh: -3, high: 9, first: 4, low: 2, last: 4 };
  expect((await items().patch('a', changes)).value).toEqual(expected);
  expect((await items().patch('a', { max: { high: 8 }, min: { low: 3 } })).value).toEqual(expected);
  await system.deliverAll();
  expect(await system.stored('sums/a')).toMatchObject(expected);
});

test('rule 9: what travels is the result, so a flush that happens twice changes nothing', async () => {
  await items().patch('twice', { add: { n: 5 } }, { durability: 'queue' });
  const messages = (await system.receive()).filter(({ body }) => body.includes('sums/twice'));
  expect(messages).toHaveLength(1);
  expect(await system.cache.flushMessages(messages)).toEqual({ failed: [] });
  const stored = await system.stored('sums/twice');
  expect(stored).toMatchObject({ n: 5 });
  await system.redis.flushall();
  expect(await system.cache.flushMessages(messages)).toEqual({ failed: [] });
  expect(await system.stored('sums/twice')).toEqual(stored);
  await Promise.all(messages.map((message) => system.remove(message)));
});

test('rule 9: on a miss the item is loaded first, once for all writers', async () => {
  await system.seed({ pk: 'sums/stored', n: 100, name: 'kept' });
  const clients = watchedClients(system.config);
  const cache = await system.another({ clients });
  await Promise.all(
    Array.from({ length: 16 }, () => cache.execute({ op: 'patch', key: 'sums/stored', add: { n: 1 } })),
  );
  expect(clients.count('GetItem')).toBe(1);
  await system.deliverAll();
  expect(await system.stored('sums/stored')).toMatchObject({ n: 116, name: 'kept' });
});

test('rule 9: 1,600 decrements by 16 writers sell a stock of 500 exactly, and never below 0', async () => {
  await items().put('stock', { left: 500 });
  const caches = await Promise.all(Array.from({ length: 4 }, () => system.another()));
  const sold: number[] = [];
  let refused = 0;
  await Promise.all(
    Array.from({ length: 16 }, async (_, writer) => {
      const stock = caches[writer % 4]!.collection('sums');
      for (let i = 0; i < 100; i += 1) {
        try {
          const { value } = await stock.patch('stock', { add: { left: { by: -1, min: 0 } } });
          sold.push(value?.left as number);
        } catch (error) {
          expect(error).toBeInstanceOf(BoundError);
          expect(error).toMatchObject({ facts: { attribute: 'left', current: 0 } });
          refused += 1;
        }
      }
    }),
  );
  // Every success took another unit: no two saw the same rest.
  expect(sold.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, rest) => rest));
  expect(refused).toBe(1100);
  await system.deliverAll();
  expect(await system.stored('sums/stock')).toMatchObject({ left: 0 });
});

test('rule 9: a bound that would be broken changes nothing, not even the other attributes', async () => {
  await items().put('bound', { n: 9, other: 1 });
  const before = await system.entry('sums/bound');
  for (const increment of [
    { by: 2, max: 10 },
    { by: -10, min: 0 },
  ]) {
    const changes = { add: { other: 1, n: increment }, set: { third: true } };
    await expect(items().patch('bound', changes)).rejects.toBeInstanceOf(BoundError);
  }
  expect(await system.entry('sums/bound')).toEqual(before);
  expect((await items().patch('bound', { add: { n: { by: 1, max: 10 } } })).value).toEqual({ n: 10, other: 1 });
});

describe('rule 9: increments of what is no number are refused, and nothing changes', () => {
  test.each(['7', '', true, null, [1], { n: 1 }].map((value) => [JSON.stringify(value), value] as const))(
    '%s',
    async (_, value) => {
      await items().put('text', { n: value });
      const before = await system.entry('sums/text');
      for (const changes of [{ add: { n: 1 } }, { max: { n: 1 } }, { min: { n: 1 } }]) {
        await expect(items().patch('text', changes)).rejects.toBeInstanceOf(InvalidInputError);
      }
      expect(await system.entry('sums/text')).toEqual(before);
    },
  );
});

const LIMIT = Number.MAX_SAFE_INTEGER;

describe('rule 9: an integer sum that a double cannot tell from its neighbours is refused, not rounded', () => {
  test.each([
    [LIMIT, 2],
    [LIMIT + 1, 1],
    [LIMIT, LIMIT],
    [-LIMIT, -2],
    [-LIMIT - 1, -1],
    [1e21, 1],
    [9.9e125, 9.9e125],
  ])('%d + %d', async (n, by) => {
    await items().put('large', { n });
    await expect(items().patch('large', { add: { n: by } })).rejects.toBeInstanceOf(InvalidInputError);
    expect((await items().get('large'))?.value).toEqual({ n });
  });

  test.each([
    [LIMIT - 1, 1],
    [-LIMIT + 1, -1],
    [LIMIT, -LIMIT],
    [LIMIT + 1, -2],
  ])('%d + %d is exact', async (n, by) => {
    await items().put('large', { n });
    expect((await items().patch('large', { add: { n: by } })).value).toEqual({ n: n + by });
  });
});

test('rule 9: decimals add up as JavaScript adds them, in the cache and in the database', async () => {
  let n = 0;
  await items().put('decimals', { n });
  for (const by of [0.1, 0.2, 0.3, -0.7, 1e-7, 1 / 3, 1e15, 0.5, -1e15, 12345.678, 5e-324 * 2 ** 700, -0.1]) {
    n += by;
    expect((await items().patch('decimals', { add: { n: by } })).value).toEqual({ n });
  }
  expect((await items().patch('decimals', { max: { high: 0.1 }, min: { low: -1e-130 } })).value).toEqual({
    n,
    high: 0.1,
    low: -1e-130,
  });
  await system.deliverAll();
  expect(await system.stored('sums/decimals')).toMatchObject({ n, high: 0.1, low: -1e-130 });
});

test('rule 9: a lease that is dropped during the load does not make the increment wait for its end', async () => {
  await system.seed({ pk: 'counts/dropped', n: 5 });
  let dropped = 0;
  const clients = watchedClients(system.config, {
    after: async ({ command }) => {
      if (command === 'GetItemCommand' && dropped++ === 0)
        await system.redis.del(new Keys(system.config.shards).of('counts/dropped').lease);
    },
  });
  const cache = await system.another({ clients });
  const patched = await cache.execute({ op: 'patch', key: 'counts/dropped', add: { n: 1 } });
  expect(patched.value).toMatchObject({ n: 6 });
  // The lease would have lasted for hundreds of looks at the entry.
  expect(clients.count('GetItem')).toBe(2);
});
