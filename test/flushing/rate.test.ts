import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decodeSignal } from '../../lib/queue/signal.ts';
import { patient } from '../support/patient.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ settings: patient });
});
afterAll(() => system?.stop());
beforeEach(() => system.redis.flushall());

/** Items of a collection. */
const puts = (collection: string, count: number, durability: 'cache' | 'queue' | 'database' = 'cache') =>
  Array.from({ length: count }, (_, n) => ({
    op: 'put' as const,
    key: `${collection}/${n}`,
    value: { n },
    durability,
  }));
/** What is visible now of a collection: what other tests left hidden may have come again. */
const received = async (collection: string) =>
  (await system.receive()).filter(({ body }) => decodeSignal(body).key.startsWith(`${collection}/`));
const flushSwitch = { set: async () => true };

/** How long something takes, ms. */
async function timed<T>(work: () => Promise<T>): Promise<readonly [T, ms: number]> {
  const startedAt = performance.now();
  return [await work(), performance.now() - startedAt];
}

describe('flushRatePerSecond', () => {
  test('lets all flushes together store so many items a second', async () => {
    const settings = { flushRatePerSecond: 50 };
    const instances = [await system.another({}, settings), await system.another({}, settings)] as const;
    await system.cache.batch(puts('together', 40));
    await system.cache.batch(puts('signalled', 10, 'queue'));
    const signalled = await received('signalled');
    const [reports, ms] = await timed(() =>
      Promise.all([
        instances[0].flush({ collection: 'together', limit: 20 }),
        instances[1].flush({ collection: 'together' }),
        instances[1].flushMessages(signalled),
      ]),
    );
    expect(reports[2]).toEqual({ failed: [] });
    expect((await system.cache.stats()).dirtyItems).toBe(0);
    // 50 items; the first has its turn at once.
    expect(ms).toBeGreaterThan(950);
  });

  test('ends a flush in time, with what is left still dirty, and neither failed nor parked', async () => {
    const cache = await system.another({}, { flushRatePerSecond: 10 });
    await cache.batch(puts('left', 30));
    const { flushed, failed, remaining } = await cache.flush({ deadlineMs: 250 });
    expect(flushed).toBeGreaterThanOrEqual(1);
    expect(flushed).toBeLessThanOrEqual(10);
    expect({ failed, sum: flushed + remaining }).toEqual({ failed: 0, sum: 30 });
    expect(await cache.stats()).toMatchObject({ failed: 0, dirtyItems: remaining, parkedItems: 0 });
  });

  test('gives messages back whose turn comes too late, hidden for longer each time, and counts no failure', async () => {
    const cache = await system.another({ random: () => 0 }, { flushRatePerSecond: 4 });
    await cache.batch(puts('back', 3, 'queue'));
    const messages = await received('back');
    const { failed } = await cache.flushMessages(messages, { turnsMs: 0 });
    expect(failed).toHaveLength(2);
    expect((await cache.stats()).failed).toBe(0);
    expect((await Promise.all([0, 1, 2].map((n) => system.isDirty(`back/${n}`)))).filter(Boolean)).toHaveLength(2);
    // Hidden for 2 s at the first receive.
    expect(await received('back')).toEqual([]);
    const late = messages.filter(({ messageId }) => failed.includes(messageId));
    expect(await cache.flushMessages(late, { turnsMs: 5000 })).toEqual({ failed: [] });
    expect(await system.stored('back/2')).toMatchObject({ n: 2 });
  });

  test('never lets SQS give a message up', async () => {
    const cache = await system.another({}, { flushRatePerSecond: 1 });
    await cache.batch(puts('urgent', 3, 'queue'));
    const messages = await received('urgent');
    const often = (receiveCount: number) => messages.map((message) => ({ ...message, receiveCount }));
    expect((await cache.flushMessages(often(25), { turnsMs: 0 })).failed).toHaveLength(2);
    expect(await cache.flushMessages(often(26), { turnsMs: 0 })).toEqual({ failed: [] });
    expect(await Promise.all([0, 1, 2].map((n) => system.isDirty(`urgent/${n}`)))).toEqual([false, false, false]);
  });

  test('holds nobody back who asks for the database', async () => {
    const cache = await system.another({ wait: () => Promise.reject(new Error('waits')) }, { flushRatePerSecond: 1 });
    await cache.batch(puts('through', 5, 'database'));
    expect(await system.stored('through/4')).toMatchObject({ n: 4 });
  });

  test('is not held up by a clock that was ahead', async () => {
    const cache = await system.another({}, { flushRatePerSecond: 1 });
    await system.redis.set('{wb:0}:pace:limit', String(Date.now() + 3_600_000));
    await cache.batch(puts('clock', 1));
    expect(await cache.flush({ deadlineMs: 1000 })).toMatchObject({ flushed: 1 });
  });

  test('without Valkey lets what a message carries be stored at once', async () => {
    const settings = { flushRatePerSecond: 1 };
    await system.cache.batch(puts('away', 3, 'queue'));
    const messages = await received('away');
    const nowhere = { valkeyUrl: 'redis://127.0.0.1:1' };
    const cache = await system.another({}, { ...settings, valkeyTimeoutMs: 100 }, nowhere);
    await cache.flushMessages(messages, { turnsMs: 0 });
    expect(await Promise.all([0, 1, 2].map((n) => system.stored(`away/${n}`)))).toMatchObject([
      { n: 0 },
      { n: 1 },
      { n: 2 },
    ]);
  });
});

/** Waits for turns, which are near, and not for what instances knew to be too old. */
const turnsOnly = (ms: number) => wait(ms < 2000 ? ms : 0);

test('a resume with a rate lets nothing through before every instance that flushes has to ask for it', async () => {
  const seen: unknown[] = [];
  const other = await system.another();
  await other.flushing.recent();
  let now = Date.now() * 1000;
  const cache = await system.another({
    clock: () => now,
    flushSwitch: { set: async (open) => seen.push(open) > 0 },
    wait: async (ms) => {
      seen.push(ms, (await other.flushing.state()).drain);
    },
  });
  await cache.flushing.pause();
  now += 4_000_000;
  await cache.flushing.resume({ itemsPerSecond: 7 });
  await cache.flushing.pause();
  now += 60_000_000;
  await cache.flushing.resume({ itemsPerSecond: 7 });
  // The first time instances may have asked some seconds ago; what they would hear now is written before the wait.
  expect(seen).toEqual([false, 11_000, expect.objectContaining({ itemsPerSecond: 7 }), true, false, true]);
});

test('the rate of a resume is that of what waited; what is written later does not wait', async () => {
  const cache = await system.another({ flushSwitch, wait: turnsOnly });
  await cache.flushing.pause();
  await cache.batch(puts('waited', 40));
  // A resume in the same millisecond would not be later.
  await wait(2);
  await cache.flushing.resume({ itemsPerSecond: 40 });
  await wait(2);
  expect((await cache.stats()).flushing).toMatchObject({ paused: null, drain: { itemsPerSecond: 40 } });
  const waits: number[] = [];
  const hurried = await system.another({ wait: async (ms) => void waits.push(ms) });
  await cache.batch(puts('later', 3));
  expect(await hurried.flush({ collection: 'later' })).toMatchObject({ flushed: 3 });
  expect(waits).toEqual([]);
  const [report, ms] = await timed(() => cache.flush());
  expect(report).toMatchObject({ flushed: 40, remaining: 0 });
  expect(ms).toBeGreaterThan(950);
  // With nothing left that waited, it is over.
  expect((await cache.stats()).flushing).toMatchObject({ drain: null });
});
