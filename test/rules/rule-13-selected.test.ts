import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { InvalidInputError } from '../../lib/errors.ts';
import { patient } from '../support/patient.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ settings: patient });
});
afterAll(() => system.stop());
beforeEach(() => system.deliverAll());

async function write(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await system.cache.execute({ op: 'put', key, value: { key }, durability: 'cache' });
}

test('rule 13: flush-now of certain items stores these alone, and says what is left of them', async () => {
  await write('named/a', 'named/b', 'named/c');
  expect(await system.cache.flush({ keys: ['named/a', 'named/c', 'named/c', 'named/none'] })).toMatchObject({
    flushed: 2,
    failed: 0,
    remaining: 0,
  });
  expect(await system.stored('named/a')).toMatchObject({ key: 'named/a' });
  expect(await system.isDirty('named/b')).toBe(true);
  expect(await system.cache.flush({ keys: ['named/b'], limit: 0 })).toMatchObject({ flushed: 0, remaining: 1 });
});

test('rule 13: flush-now of a collection leaves the others, also those whose names begin alike', async () => {
  await write('shop/a', 'shop/b', 'shops/a');
  expect(await system.cache.flush({ collection: 'shop' })).toMatchObject({ flushed: 2, remaining: 0 });
  expect(await system.isDirty('shops/a')).toBe(true);
});

test('rule 13: flush-now refuses what is no selection, and stores nothing', async () => {
  await write('kept/a');
  for (const options of [
    { keys: ['kept/a'], collection: 'kept' },
    { keys: ['kept/a', 'no key'] },
    { collection: 'a/b' },
  ]) {
    await expect(system.cache.flush(options)).rejects.toThrow(InvalidInputError);
  }
  expect(await system.isDirty('kept/a')).toBe(true);
});
