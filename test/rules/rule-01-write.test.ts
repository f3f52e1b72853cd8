import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import { PreconditionFailedError } from '../../lib/errors.ts';
import type { Acknowledgement } from '../../lib/model/operation.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { type System, startSystem } from '../support/system.ts';

// One shard, so that all keys share a shard clock.
let system: System;
beforeAll(async () => {
  system = await startSystem({ settings: { shards: 1, defaultDurability: 'cache' } });
});
afterAll(() => system.stop());
beforeEach(() => system.deliverAll());

const HOUR_US = 3600 * 1e6;
const nowUs = () => Date.now() * 1000;

function expectIncreasing(acknowledgements: readonly Acknowledgement[]): void {
  const versions = acknowledgements.map(({ version }) => version);
  for (const [i, version] of versions.entries()) if (i > 0) expect(version).toBeGreaterThan(versions[i - 1]!);
}

/** How many messages wait in the queue, and hides none of them as a receive would. */
async function waiting(cache: WriteBehind): Promise<number> {
  return (await cache.stats()).queue.visible;
}

test('rule 1: versions increase strictly with a clock that stands still or goes backwards', async () => {
  const start = nowUs();
  const times = [start, start, start, start - 1000, start - HOUR_US, start + 5, start + 5, 1];
  const backwards = await system.another({ clock: () => times.shift() ?? start });
  const items = backwards.collection('backwards');
  const acknowledgements = [];
  for (let n = 0; n < 8; n += 1) acknowledgements.push(await items.put('a', { n }));
  expectIncreasing(acknowledgements);
  await system.deliverAll();
  expect(await system.stored('backwards/a')).toMatchObject({ n: 7, _v: acknowledgements[7]!.version });
});

test('rule 1: versions increase strictly between instances whose clocks differ, also across the keys of a shard', async () => {
  const start = nowUs() + 2 * HOUR_US;
  const fast = await system.another({ clock: () => start });
  const slow = await system.another({ clock: () => start - HOUR_US });
  const acknowledgements = [];
  for (const [n, cache] of [fast, slow, slow, fast, slow].entries()) {
    acknowledgements.push(await cache.collection('skewed').put(`key-${n % 2}`, { n }));
  }
  expectIncreasing(acknowledgements);
  expectIncreasing([acknowledgements[4]!, await slow.collection('skewed').put('never seen before', {})]);
});

test('rule 1: a version is higher than that of the evicted entry before it', async () => {
  const { entry } = new Keys(1).of('evicted/a');
  const ahead = await system.another({ clock: () => nowUs() + 3 * HOUR_US });
  const first = await ahead.collection('evicted').put('a', { n: 1 });
  await system.deliverAll();
  await system.redis.del(entry);
  const second = await system.cache.collection('evicted').put('a', { n: 2 });
  expectIncreasing([first, second]);
  await system.deliverAll();
  expect(await system.stored('evicted/a')).toMatchObject({ n: 2 });
});

test('rule 1: a version is higher than that of the stored item also when Valkey lost the shard clock', async () => {
  const version = nowUs() + 4 * HOUR_US;
  await system.seed({ pk: 'lost-clock/a', _v: version, n: 1 });
  await system.redis.flushall();
  await system.cache.get('lost-clock/a');
  await system.redis.del(new Keys(1).of('lost-clock/a').entry);
  const acknowledgement = await system.cache.collection('lost-clock').put('a', { n: 2 });
  expect(acknowledgement.version).toBeGreaterThan(version);
});

test('rule 1: of writers that saw the same version one wins, the others learn the current version', async () => {
  const items = system.cache.collection('contested');
  const { version } = await items.put('a', { winner: null });
  const writers = await Promise.all([system.cache, await system.another(), await system.another()]);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 15 }, (_, n) =>
      writers[n % 3]!.collection('contested').put('a', { winner: n }, { ifMatch: version }),
    ),
  );
  const won = outcomes.flatMap((outcome, n) => (outcome.status === 'fulfilled' ? [{ n, ...outcome.value }] : []));
  const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  expect(won).toHaveLength(1);
  for (const error of lost) {
    expect(error).toBeInstanceOf(PreconditionFailedError);
    expect(error.facts.currentVersion).toBe(won[0]!.version);
  }
  expect((await items.get('a'))?.value).toEqual({ winner: won[0]!.n });
});

test('rule 1: concurrent increments of several instances all count, and none breaks a bound', async () => {
  await system.cache.collection('stock').put('croissant', { left: 7 });
  const instances = [system.cache, await system.another(), await system.another()];
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      instances[n % 3]!.collection('stock').patch('croissant', { add: { left: { by: -1, min: 0 }, asked: 1 } }),
    ),
  );
  const sold = outcomes.filter(({ status }) => status === 'fulfilled');
  expect(sold).toHaveLength(7);
  expect((await system.cache.get('stock/croissant'))?.value).toEqual({ left: 0, asked: 7 });
});

test('rule 1: a write marks the entry dirty since its first write, and drops the lease of a reader', async () => {
  const { lease, shard } = new Keys(1).of('marked/a');
  const start = nowUs() + 5 * HOUR_US;
  let now = start;
  const cache = await system.another({ clock: () => now });
  await system.redis.set(lease, 'a reader');
  await cache.collection('marked').put('a', { n: 1 });
  expect(await system.redis.exists(lease)).toBe(0);
  now = start + 60e6;
  await cache.collection('marked').patch('a', { add: { n: 1 } });
  expect(Number(await system.redis.zscore(shard.dirty, 'marked/a'))).toBe(Math.floor(start / 1000));
  expect(await system.entry('marked/a')).toMatchObject({ persisted: '0', since: String(start) });
});

test('rule 1: a queue write always signals and carries the value', async () => {
  const items = system.cache.collection('at-queue');
  for (let n = 1; n <= 3; n += 1) {
    await items.put('a', { n }, { durability: 'queue' });
    expect(await waiting(system.cache)).toBe(n);
  }
  const [message] = await system.receive();
  expect(JSON.parse(message!.body)).toMatchObject({ key: 'at-queue/a', value: { n: 1 } });
  await system.remove(message!);
});

test('rule 1: a cache write signals only when no signal is outstanding, and carries no value', async () => {
  const items = system.cache.collection('at-cache');
  for (let n = 1; n <= 3; n += 1) {
    await items.put('a', { n });
    expect(await waiting(system.cache)).toBe(1);
  }
  await items.patch('a', { add: { n: 1 } });
  await items.delete('a');
  expect(await waiting(system.cache)).toBe(1);
  const [message] = await system.receive();
  expect(Object.keys(JSON.parse(message!.body)).sort()).toEqual(['key', 'version']);
  await system.cache.flushMessages([message!]);
  await system.remove(message!);
  await items.put('a', { n: 5 });
  expect(await waiting(system.cache)).toBe(1);
});

test('rule 1: the signal of a queue write stands for the cache writes after it', async () => {
  const items = system.cache.collection('mixed');
  await items.put('a', { n: 1 }, { durability: 'queue' });
  await items.put('a', { n: 2 });
  expect(await waiting(system.cache)).toBe(1);
  await items.put('a', { n: 3 }, { durability: 'queue' });
  expect(await waiting(system.cache)).toBe(2);
  await system.deliverAll();
  expect(await system.stored('mixed/a')).toMatchObject({ n: 3 });
});

test('rule 1: a database write sends no signal and is stored when it is acknowledged', async () => {
  const items = system.cache.collection('through');
  const { version } = await items.put('a', { n: 1 }, { durability: 'database' });
  expect(await system.stored('through/a')).toMatchObject({ n: 1, _v: version });
  expect(await waiting(system.cache)).toBe(0);
  expect(await system.isDirty('through/a')).toBe(false);
});
