import { expect, test } from 'vitest';
import { Sampler } from '../../console/sampler.ts';
import { KEPT_MS } from '../../console/samples.ts';
import { FakeCache } from '../functions/fake-cache.ts';

const MINUTE_MS = 60_000;

test('keeps the figures of the last 15 minutes, and answers those after a moment', async () => {
  let now = 1_800_000_000_000;
  const sampler = new Sampler(new FakeCache(), { nowMs: () => now });
  for (let minute = 0; minute < 20; minute += 1) {
    now += MINUTE_MS;
    await sampler.sample();
  }
  const { samples, stats, health } = sampler.read();
  expect(samples).toHaveLength(15);
  expect(samples.at(-1)).toEqual({
    at: now,
    writes: 1,
    itemsStored: 0,
    dirtyItems: 1,
    oldestLagMs: 0,
    visible: 0,
    delayed: 1,
    inFlight: 0,
    deadLetters: 0,
  });
  expect(samples[0]!.at).toBeGreaterThan(now - KEPT_MS);
  expect(stats).toMatchObject({ at: now, value: { dirtyItems: 1 } });
  expect(health).toMatchObject({ at: now, value: { status: 'ok' } });
  expect(sampler.read(now - 2 * MINUTE_MS).samples.map(({ at }) => at)).toEqual([now - MINUTE_MS, now]);
});

test('says why there are no newer figures, keeps the last ones, and goes on when they can be read again', async () => {
  let now = 1000;
  const cache = new FakeCache();
  let away = false;
  const sampled = {
    stats: async () => {
      if (away) throw new Error('Valkey is not connected.');
      return cache.stats();
    },
    health: () => cache.health(),
  };
  const sampler = new Sampler(sampled, { nowMs: () => now });
  await sampler.sample();
  away = true;
  now = 3000;
  await sampler.sample();
  expect(sampler.read()).toMatchObject({
    problem: 'Valkey is not connected.',
    stats: { at: 1000 },
    health: { at: 3000 },
    samples: [{ at: 1000 }],
  });
  away = false;
  now = 5000;
  await sampler.sample();
  expect(sampler.read()).toMatchObject({ stats: { at: 5000 }, samples: [{ at: 1000 }, { at: 5000 }] });
  expect(sampler.read().problem).toBe(undefined);
});

test('samples again and again from the start on until it is stopped', async () => {
  const cache = new FakeCache();
  const third = Promise.withResolvers<void>();
  let count = 0;
  const stats = () => {
    count += 1;
    if (count === 3) third.resolve();
    return cache.stats();
  };
  const sampler = new Sampler({ stats, health: () => cache.health() }, { everyMs: 1 });
  sampler.start();
  await third.promise;
  await sampler.stop();
  const stoppedAt = count;
  expect(sampler.read().samples.length).toBe(stoppedAt);
});
