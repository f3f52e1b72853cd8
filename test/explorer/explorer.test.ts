/** A small share of what `npm run explore` does, and that it does what it says. */
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Choices } from './choices.ts';
import { exploreAll, laneOf } from './lanes.ts';
import { explore } from './schedule.ts';
import { shrink } from './shrink.ts';
import { type ExploredValkey, startExploredValkey } from './valkey.ts';

const SCHEDULES = 500;
const FIRST_SEED = 1_000_000;
const FOUR_MINUTES_MS = 240_000;
let valkey: ExploredValkey;
let redis: Redis;
beforeAll(async () => {
  valkey = await startExploredValkey();
  redis = laneOf(valkey.where, 0);
});
afterAll(async () => {
  redis?.disconnect();
  await valkey?.stop();
});

test(
  'however writers, flushes, sweeps, readers and faults interleave, what was acknowledged is stored',
  async () => {
    const violating: string[] = [];
    const limits = new Set<string>();
    let explored = 0;
    const databases = Array.from({ length: valkey.databases }, (_, index) => index);
    const seeds = Array.from({ length: SCHEDULES }, (_, index) => FIRST_SEED + index);
    await exploreAll(valkey.where, databases, seeds, (seed, { violations, limits: shown }) => {
      explored += 1;
      for (const violation of violations) violating.push(`npm run explore -- --schedule ${seed}: ${violation}`);
      for (const limit of shown) limits.add(limit);
      return true;
    });
    expect(violating).toEqual([]);
    expect(explored).toBe(SCHEDULES);
    // Valkey did lose writes: what holds without faults only would have been noticed.
    expect(limits).toContain('cache-level write lost with Valkey');
  },
  FOUR_MINUTES_MS,
);

test('the same seed is the same schedule, and so are the decisions that it made', async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + 20; seed += 1) {
    const first = await explore(Choices.bySeed(seed), redis);
    const second = await explore(Choices.bySeed(seed), redis);
    const third = await explore(Choices.recorded(first.made), redis);
    expect(second.trace).toBe(first.trace);
    expect(third.trace).toBe(first.trace);
  }
});

test('what is shrunk still does it, and nothing of it could be left out', async () => {
  const does = async (made: readonly number[]) => made.includes(7) && made.indexOf(3) > made.indexOf(7);
  const made = [4, 7, 1, 9, 9, 3, 2, 8, 7, 3];
  expect(await does(made)).toBe(true);
  expect(await shrink(made, does)).toEqual([7, 3]);
});
