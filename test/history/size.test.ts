import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Audited, startAudited, versions } from './audited.ts';

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

test('while the history is away an item takes 8 MiB of changes, then 429 and nothing is lost', async () => {
  const key = system.freshKey();
  const text = 'x'.repeat(300_000);
  const away = await system.another({}, {}, { historyTableName: 'missing-history' });
  const put = (n: number) => away.execute({ op: 'put', key, value: { n, text }, durability: 'cache' });
  const written: number[] = [];
  const refused = await (async () => {
    while (written.length < 40) written.push((await put(written.length)).version);
  })().catch((error: Error) => error);
  expect(refused).toMatchObject({ code: 'no-room', facts: { retryAfterSeconds: 1 } });
  expect(written).toHaveLength(28);
  expect(await away.flush()).toMatchObject({ flushed: 0, failed: 1 });
  await expect(put(28)).rejects.toMatchObject({ code: 'no-room' });

  expect(await system.cache.flush()).toMatchObject({ flushed: 1, failed: 0 });
  written.push((await put(28)).version);
  expect(versions(await system.whole(key))).toEqual(written.reverse());
});

test('the history of large items is read in pages that an answer can carry, whatever of it is recorded', async () => {
  const key = system.freshKey();
  const text = 'x'.repeat(300_000);
  const put = (n: number) => system.cache.execute({ op: 'put', key, value: { n, text }, durability: 'cache' });
  const expected: number[] = [];
  for (const flushed of [0, 10, 20]) {
    if (flushed > 0) await system.cache.flush();
    for (let n = flushed; n < Math.min(flushed + 10, 20); n++) {
      await put(n);
      expected.unshift(n);
    }
    const { history, cursor } = await system.cache.history(key, { limit: 100 });
    expect(JSON.stringify(history).length).toBeLessThan(2 * 1024 * 1024 + 1000);
    expect(cursor).toBeDefined();
    expect((await system.whole(key)).map(({ set }) => set?.n)).toEqual(expected);
  }
});
