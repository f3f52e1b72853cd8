import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Changes, WriteOptions } from '../../lib/model/operation.ts';
import { everything } from '../support/everything.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());
beforeEach(async () => {
  await system.deliverAll();
  await system.redis.flushall();
});

const items = () => system.cache.collection('refused');
const MAX_BYTES = 350 * 1024;
/** DynamoDB's formula for the key and our attributes; a number of 16 digits counts 10 at most. */
const ownBytes = (id: string) =>
  'pk'.length + `refused/${id}`.length + '_v'.length + 10 + '_at'.length + '2026-01-01T00:00:00.000Z'.length;
/** The longest text that fits as the only attribute `text`. */
const longest = (id: string) => MAX_BYTES - ownBytes(id) - 'text'.length;

/** Runs a write that must be refused; nothing that Valkey or the queue holds may differ afterwards. */
async function refused(write: () => Promise<unknown>, expected: object): Promise<void> {
  const before = [await everything(system.redis), (await system.cache.stats()).queue];
  const answer = await write().catch((error: unknown) => error);
  expect(answer).toMatchObject(expected);
  expect([await everything(system.redis), (await system.cache.stats()).queue]).toEqual(before);
}

const TOO_LARGE = { name: 'ItemTooLargeError' };
const INVALID = { name: 'InvalidInputError' };

/** Delivers, and expects that DynamoDB took the item. */
async function expectStored(id: string, value: object): Promise<void> {
  await system.deliverAll();
  expect(await system.stored(`refused/${id}`)).toMatchObject(value);
}

describe('size', () => {
  test('rule 1: an item of exactly the largest size is accepted and stored; one byte more is refused', async () => {
    const text = 'x'.repeat(longest('put'));
    const facts = { bytes: MAX_BYTES + 1, maxBytes: MAX_BYTES };
    await refused(() => items().put('put', { text: `${text}x` }), { ...TOO_LARGE, facts });
    await items().put('put', { text });
    await expectStored('put', { text });
  });

  test('rule 1: bytes are counted, not characters', async () => {
    const text = '漢'.repeat(Math.floor(longest('wide') / 3)) + 'x'.repeat(longest('wide') % 3);
    await refused(() => items().put('wide', { text: `${text}x` }), TOO_LARGE);
    await items().put('wide', { text });
    await expectStored('wide', { text });
  });

  test('rule 1: actor and comment count', async () => {
    const text = 'x'.repeat(longest('author') - '_by'.length - 5 - '_comment'.length - 3);
    const author: WriteOptions = { actor: 'Ömer', comment: 'why' };
    await refused(() => items().put('author', { text: `${text}x` }, author), TOO_LARGE);
    await items().put('author', { text }, author);
    await expectStored('author', { text, _by: 'Ömer' });
  });

  test.for<[string, Changes]>([
    ['set', { set: { tail: 'sixsix' } }],
    ['add', { add: { numbered: 1 } }],
    ['max', { max: { numbered: 1 } }],
  ])("rule 1: a patch's result is checked: %s", async ([id, changes]) => {
    const text = 'x'.repeat(longest(id) - 10);
    await items().put(id, { text: `${text}x` });
    await refused(() => items().patch(id, changes), { ...TOO_LARGE, facts: { bytes: MAX_BYTES + 1 } });
    await items().put(id, { text });
    await items().patch(id, changes);
    await expectStored(id, { text });
  });

  test('rule 1: what a patch removes or replaces makes room in the same patch', async () => {
    await items().put('swap', { text: 'x'.repeat(longest('swap') - 5), a: 'four' });
    const text = 'y'.repeat(longest('swap'));
    await items().patch('swap', { set: { text }, remove: ['a'] });
    await expectStored('swap', { text });
  });

  test('rule 1: a collection may allow less', async () => {
    const cache = await system.another({}, { collections: { refused: { maxItemBytes: 100 } } });
    const text = 'x'.repeat(100 - ownBytes('less') - 'text'.length);
    await refused(() => cache.collection('refused').put('less', { text: `${text}x` }), TOO_LARGE);
    await cache.collection('refused').put('less', { text });
  });

  test('rule 1: text that JSON writes six times as long is refused before SQS would refuse the message', async () => {
    const fits = (count: number) => items().put('escaped', { text: '\u0001'.repeat(count) });
    const largest = Math.floor((MAX_BYTES - ownBytes('escaped') - 'text'.length) / (0.35 * 6)) - 1;
    await refused(() => fits(largest + 2), TOO_LARGE);
    await fits(largest);
    await expectStored('escaped', { text: '\u0001'.repeat(largest) });
  });

  test('rule 1: names that JSON writes six times as long are refused in an add as in a set', async () => {
    const names = Array.from({ length: 5 }, (_, n) => `${n}${'\u0001'.repeat(60_000)}`);
    const numbers = Object.fromEntries(names.map((name) => [name, 1]));
    await items().put('long-names', {});
    await refused(() => items().patch('long-names', { set: numbers }), TOO_LARGE);
    await refused(() => items().patch('long-names', { add: numbers }), TOO_LARGE);
  });
});

describe('attributes', () => {
  const thousand = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`a${n}`, n]));

  test('rule 1: 1,000 attributes are accepted and stored, as a put and as the result of a patch', async () => {
    const { a0: _, ...less } = thousand;
    await items().put('thousand', less);
    await items().patch('thousand', { set: { b: 1 } }, { idempotencyKey: 'once' });
    await expectStored('thousand', { ...less, b: 1 });
    await items().put('thousand', thousand);
    await items().patch('thousand', { set: { c: 1 }, remove: ['a0'], add: { a1: 1 } });
    await expectStored('thousand', { ...less, a1: 2, c: 1 });
  });

  test('rule 1: more attributes are refused, as a put and as the result of a patch', async () => {
    await refused(() => items().put('many', { ...thousand, b: 1 }), INVALID);
    await items().put('many', thousand);
    for (const changes of [{ set: { b: 1 } }, { add: { b: 1 } }, { min: { b: 1 } }]) {
      await refused(() => items().patch('many', changes), INVALID);
    }
  });
});

describe('numbers', () => {
  test.for<[string, number, number]>([
    ['over the range', 9e125, 9e125],
    ['over the range, negative', -9e125, -9e125],
    ['under the range', 1.5e-130, -1e-130],
    ['over the whole numbers that are exact', Number.MAX_SAFE_INTEGER, 2],
    ['one over the whole numbers that are exact', 2 ** 53, 1],
    ['one over them, by much', 1, 2 ** 53],
    ['one over them, negative', -(2 ** 53), -1],
  ])('rule 1: an add whose result is %s is refused', async ([id, n, by]) => {
    await items().put(id, { n, other: 1 });
    await refused(() => items().patch(id, { add: { other: 1, n: by } }), { ...INVALID, facts: { path: 'n' } });
  });

  test.for<[string, number, number]>([
    ['the smallest number', 2e-130, -1e-130],
    ['zero', 1e-130, -1e-130],
    ['the largest exact whole number', Number.MAX_SAFE_INTEGER - 1, 1],
    ['a sum of doubles', 0.1, 0.2],
  ])('rule 1: an add whose result is %s is accepted and stored as a double', async ([id, n, by]) => {
    await items().put(id, { n });
    const acknowledgement = await items().patch(id, { add: { n: by } });
    expect(acknowledgement).toMatchObject({ value: { n: n + by } });
    await expectStored(id, { n: n + by });
  });

  test('rule 1: a bound that an add would break is refused with the current value', async () => {
    await items().put('bound', { left: 2, other: 1 });
    await refused(() => items().patch('bound', { add: { other: 1, left: { by: -3, min: 0 } } }), {
      name: 'BoundError',
      facts: { attribute: 'left', current: 2 },
    });
    await refused(() => items().patch('bound', { add: { left: { by: 1, max: 2 } } }), { name: 'BoundError' });
    await items().patch('bound', { add: { left: { by: -2, min: 0, max: 0 } } });
    expect((await items().get('bound'))?.value).toEqual({ left: 0, other: 1 });
  });

  test('rule 1: an operator on what is no number is refused', async () => {
    await items().put('type', { text: '1', list: [1], none: null, yes: true });
    for (const name of ['text', 'list', 'none', 'yes']) {
      for (const changes of [{ add: { [name]: 1 } }, { max: { [name]: 1 } }, { min: { [name]: 1 } }]) {
        await refused(() => items().patch('type', changes), { ...INVALID, facts: { path: name } });
      }
    }
  });
});

test('rule 1: a patch of more than 1,000 attributes is refused, whatever its operators, and changes nothing', async () => {
  const key = 'refused/steps';
  const { version } = await system.cache.execute({ op: 'put', key, value: { n: 1 } });
  const remove = Array.from({ length: 1001 }, (_, n) => `a${n}`);
  await expect(system.cache.execute({ op: 'patch', key, remove })).rejects.toMatchObject({ code: 'invalid-input' });
  expect((await system.cache.get(key))?.version).toBe(version);
  await system.cache.execute({ op: 'patch', key, remove: remove.slice(1) });
});
