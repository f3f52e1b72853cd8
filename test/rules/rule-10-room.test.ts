import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import { NoRoomError } from '../../lib/errors.ts';
import { patient } from '../support/patient.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({
    settings: { ...patient, shards: 1, maxDirtyItems: 3, refusedRetrySeconds: [], windowSeconds: 0 },
  });
});
afterAll(() => system.stop());

beforeEach(async () => {
  await system.deliverAll();
  await system.redis.flushall();
});

const items = () => system.cache.collection('room');
const put = (id: string) => items().put(id, { n: 1 }, { durability: 'cache' });

async function fill(): Promise<void> {
  for (const id of ['a', 'b', 'c']) await put(id);
}

test('rule 10: at the bound, writes to items that are not dirty are refused and change nothing', async () => {
  await items().put('stored', { n: 0 }, { durability: 'database' });
  await fill();
  const before = await system.entry('room/stored');
  for (const id of ['new', 'stored']) {
    for (const durability of ['cache', 'queue', 'database'] as const) {
      const refusal = await items()
        .put(id, { n: 1 }, { durability })
        .catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(NoRoomError);
      expect(refusal).toMatchObject({ code: 'no-room', facts: { retryAfterSeconds: 1 } });
    }
    await expect(items().delete(id)).rejects.toBeInstanceOf(NoRoomError);
    await expect(items().patch(id, { add: { n: 1 } })).rejects.toBeInstanceOf(NoRoomError);
  }
  expect(await system.entry('room/stored')).toEqual(before);
  expect((await system.cache.stats()).dirtyItems).toBe(3);
});

test('rule 10: at the bound, writes to dirty items go on, and reads too', async () => {
  await fill();
  await put('a');
  await items().patch('b', { add: { n: 1 } });
  await items().delete('c');
  expect((await items().get('b'))?.value).toEqual({ n: 2 });
  expect(await items().get('new')).toBeNull();
});

test('rule 10: what was drained leaves room, item by item', async () => {
  await fill();
  await expect(put('new')).rejects.toBeInstanceOf(NoRoomError);
  await system.cache.flush({ limit: 1 });
  await put('new');
  await expect(put('newer')).rejects.toBeInstanceOf(NoRoomError);
  await system.deliverAll();
  for (const id of ['d', 'e', 'f']) await put(id);
});

test('rule 10: a write that is answered while it stores leaves its room again', async () => {
  for (const id of ['a', 'b', 'c', 'd', 'e']) await items().put(id, { n: 1 }, { durability: 'database' });
  await fill();
});

test('rule 10: parked items count', async () => {
  const { entry } = new Keys(1).of('room/a');
  await items().put('a', { n: 1 }, { durability: 'queue' });
  // Larger than DynamoDB takes: no write through the library could make it so.
  await system.redis.hset(entry, '.big', `1 "${'x'.repeat(410_000)}"`);
  await system.deliverAll();
  expect(await system.cache.stats()).toMatchObject({ dirtyItems: 0, parkedItems: 1 });
  await put('b');
  await put('c');
  await expect(put('d')).rejects.toBeInstanceOf(NoRoomError);
  await put('a');
  expect(await system.cache.stats()).toMatchObject({ dirtyItems: 3, parkedItems: 0 });
  await expect(put('d')).rejects.toBeInstanceOf(NoRoomError);
  await system.deliverAll();
  await put('d');
});

test('rule 10: the bound is a sum over the shards, each has its share', async () => {
  const cache = await system.another({}, { shards: 2, maxDirtyItems: 5 });
  let accepted = 0;
  for (let i = 0; i < 40; i += 1) {
    try {
      await cache.execute({ op: 'put', key: `room/share-${i}`, value: {}, durability: 'cache' });
      accepted += 1;
    } catch (error) {
      expect(error).toBeInstanceOf(NoRoomError);
    }
  }
  expect(accepted).toBe(4);
});
