import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Parking, startParking } from '../support/parking.ts';
import { puts, refused, throttled } from '../support/refusals.ts';
import type { SeenRequest } from '../support/watched-clients.ts';

const SECRET = 'a value that nobody may read';
let parking: Parking;

beforeAll(async () => {
  parking = await startParking();
});
afterAll(() => parking.stop());
beforeEach(async () => {
  await parking.clear();
  await parking.redis.flushall();
});

const write = (key: string) => parking.cache.execute({ op: 'put', key, value: { SECRET }, durability: 'cache' });

/** From now on every store of these fails so. */
function failing(error: () => Error, ...keys: string[]): void {
  parking.failing = (request: SeenRequest) => {
    if (puts(request, ...keys)) throw error();
    return false;
  };
}

test('a store that failed is among the recent failures, with its key, the reason and the time', async () => {
  expect((await parking.cache.stats()).recentFailures).toEqual([]);
  failing(throttled, 'failing/a');
  await write('failing/a');
  const before = new Date().toISOString();
  expect(await parking.cache.flush()).toMatchObject({ flushed: 0, failed: 1 });
  const { failed, recentFailures } = await parking.cache.stats();
  expect(failed).toBe(1);
  expect(recentFailures).toEqual([
    {
      key: 'failing/a',
      reason: 'DynamoDB cannot be used now (ProvisionedThroughputExceededException).',
      at: expect.any(String),
    },
  ]);
  expect(recentFailures[0]!.at >= before).toBe(true);
});

test('the reason holds nothing of the value, whatever DynamoDB says', async () => {
  failing(() => Object.assign(refused(), { message: `cannot be converted: ${SECRET}` }), 'failing/quoted');
  await write('failing/quoted');
  await parking.cache.flush();
  const { recentFailures } = await parking.cache.stats();
  expect(recentFailures).toMatchObject([{ reason: 'DynamoDB refuses the item (ValidationException).' }]);
});

test('an item that is stored at last stays among them, as what happened', async () => {
  failing(throttled, 'failing/twice');
  await write('failing/twice');
  await parking.cache.flush();
  parking.failing = undefined;
  expect(await parking.cache.flush()).toMatchObject({ flushed: 1, failed: 0 });
  expect((await parking.cache.stats()).recentFailures).toMatchObject([{ key: 'failing/twice' }]);
});

test('the newest 20 of all shards are shown, newest first, and no shard keeps more', async () => {
  const keys = Array.from({ length: 30 }, (_, index) => `failing/${index}`);
  failing(throttled, ...keys);
  for (const key of keys) {
    await write(key);
    await parking.cache.flush();
  }
  const { recentFailures } = await parking.cache.stats();
  expect(recentFailures).toHaveLength(20);
  expect(recentFailures.map(({ at }) => at)).toEqual(
    recentFailures
      .map(({ at }) => at)
      .sort()
      .reverse(),
  );
  const { failures } = parking.keysOf(keys[0]!).shard;
  expect(await parking.redis.llen(failures)).toBeLessThanOrEqual(20);
  expect(await parking.redis.pttl(failures)).toBeGreaterThan(0);
});
