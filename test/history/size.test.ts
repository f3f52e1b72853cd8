import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Audited, startAudited } from './audited.ts';

let system: Audited;
beforeAll(async () => {
  system = await startAudited();
});
afterAll(() => system.stop());

test('a change that would not fit into the history as text is refused before it is acknowledged', async () => {
  // Small by DynamoDB's formula, long as JSON.
  const rows = Array.from({ length: 15_500 }, (_, id) => ({ id, ok: true, on: false }));
  await expect(system.cache.execute({ op: 'put', key: system.freshKey(), value: { rows } })).rejects.toMatchObject({
    code: 'item-too-large',
  });
  await expect(system.cache.execute({ op: 'patch', key: system.freshKey(), set: { rows } })).rejects.toMatchObject({
    code: 'item-too-large',
  });
  const { version } = await system.cache.execute({ op: 'put', key: 'plain/long', value: { rows } });
  expect(version).toBeGreaterThan(0);
});

test('a patch of a large item fits into its message: values are in it once', async () => {
  const key = system.freshKey();
  const text = 'x'.repeat(300_000);
  await system.cache.execute({ op: 'put', key, value: { text } });
  await system.cache.execute({ op: 'patch', key, set: { text: `${text}y` } });
  const messages = (await system.receive()).filter(({ body }) => JSON.parse(body).key === key);
  expect(Math.max(...messages.map(({ body }) => body.length))).toBeLessThan(310_000);
  await system.redis.flushall();
  for (const message of messages) {
    await system.cache.flushMessages([message]);
    await system.remove(message);
  }
  await system.deliverAll();
  expect((await system.whole(key)).map(({ op, set }) => [op, String(set?.text).length])).toEqual([
    ['patch', 300_001],
    ['put', 300_000],
  ]);
});

test('a log of any length is recorded, and does not hold the flush up', async () => {
  const key = system.freshKey();
  const text = 'x'.repeat(20_000);
  const operations = Array.from(
    { length: 100 },
    (_, n) => ({ op: 'put', key, value: { n, text }, durability: 'cache' }) as const,
  );
  await system.cache.batch(operations);
  expect(await system.cache.flush()).toMatchObject({ flushed: 1, failed: 0 });
  expect(await system.logOf(key)).toBe(0);
  expect(await system.whole(key)).toHaveLength(100);
});
