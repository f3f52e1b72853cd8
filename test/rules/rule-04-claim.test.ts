import { afterAll, beforeAll, expect, test } from 'vitest';
import { type System, startSystem } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

test('rule 4: a write that arrives after the claim signals again', async () => {
  const items = system.cache.collection('claims');
  await items.put('a', { n: 1 }, { durability: 'cache' });
  await system.deliverAll();
  expect(await system.stored('claims/a')).toMatchObject({ n: 1 });
  await items.put('a', { n: 2 }, { durability: 'cache' });
  expect(await system.deliver()).toBe(1);
  expect(await system.stored('claims/a')).toMatchObject({ n: 2 });
  expect(await system.isDirty('claims/a')).toBe(false);
});
