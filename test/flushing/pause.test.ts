import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { localEnvironment } from '../../lib/environment.ts';
import { FlushPausedError, NoFlushSwitchError } from '../../lib/errors.ts';
import { type LocalStack, startStack } from '../../local/stack.ts';
import { patient } from '../support/patient.ts';
import { type System, startSystem, until } from '../support/system.ts';

let stack: LocalStack;
const log: string[] = [];
beforeAll(async () => {
  stack = await startStack({
    environment: localEnvironment(),
    sweep: false,
    logLevel: 'SILENT',
    log: (line) => log.push(line),
    settings: { ...patient, windowSeconds: 0, maxDirtyItems: 5, shards: 1, sweepAfterSeconds: 0 },
  });
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  await stack.cache.flushing.resume();
  await until('nothing waits', async () => (await stack.cache.stats()).dirtyItems === 0);
});

/** What the table has of an item, by way of the product. */
const storedOf = async (key: string) => (await stack.cache.consistency(key)).database?.value;
const post = (path: string, body?: object) =>
  fetch(stack.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });

describe('while flushing is paused', () => {
  const reason = 'index rebuild, ticket (12): “50 %”';

  test('writes go on until the bound and are read, nothing is stored, and all who ask are told since when, by whom and why', async () => {
    const { cache } = stack;
    const paused = { since: expect.stringMatching(/^\d{4}-.*Z$/), actor: 'ann', reason };
    expect(await (await post('/pause', { actor: 'ann', reason })).json()).toMatchObject({ paused, held: true });
    for (const n of [1, 2, 3, 4]) {
      await cache.execute({ op: 'put', key: `paused/${n % 2}`, value: { n }, durability: 'queue' });
    }
    expect(await cache.get('paused/0')).toMatchObject({ value: { n: 4 }, persisted: false });

    expect(await cache.sweep({ deadlineMs: 1000 })).toMatchObject({ flushed: 0, dirtyItems: 2, paused });
    const flush = await post('/flush');
    expect(flush.status).toBe(409);
    expect(await flush.json()).toMatchObject({ type: 'urn:write-behind:problem:flush-paused', ...paused });
    await expect(cache.flush({ keys: ['paused/0'] })).rejects.toThrow(FlushPausedError);
    await expect(cache.reshape({ shards: 2 })).rejects.toThrow(FlushPausedError);
    expect(await cache.stats()).toMatchObject({ flushing: { paused, drain: null }, dirtyItems: 2, itemsStored: 0 });
    const health = await cache.health();
    expect(health).toMatchObject({ status: 'degraded', checks: { flushing: { status: 'degraded' } } });
    expect(health.checks.flushing.detail).toMatch(/^Flushing is paused since .* by ann: index rebuild/);
    expect([await storedOf('paused/0'), await storedOf('paused/1')]).toEqual([undefined, undefined]);

    const more = await cache.batch(
      [2, 3, 4, 5].map((n) => ({ op: 'put', key: `paused/${n}`, value: { n }, durability: 'cache' })),
    );
    expect(more.map(({ kind }) => kind)).toEqual(['written', 'written', 'written', 'failed']);
    // Who asks for the database waits for it himself.
    await cache.execute({ op: 'put', key: 'paused/2', value: { n: 6 }, durability: 'database' });
    expect(await storedOf('paused/2')).toEqual({ n: 6 });
  });

  test('no message is received, so that none comes nearer to the dead letters', async () => {
    const { cache } = stack;
    await cache.flushing.pause();
    await cache.execute({ op: 'put', key: 'untouched/a', value: { n: 1 }, durability: 'queue' });
    await until('the message can be received', async () => (await cache.stats()).queue.visible === 1);
    await cache.sweep({ deadlineMs: 0 });
    expect((await cache.stats()).queue).toEqual({ visible: 1, delayed: 0, inFlight: 0 });
  });

  test('who pauses again changes nothing', async () => {
    const { paused } = await stack.cache.flushing.pause({ actor: 'ann', reason: 'first' });
    expect(await stack.cache.flushing.pause({ actor: 'bob', reason: 'second' })).toMatchObject({ paused, held: true });
  });
});

test('after a resume everything that waited is stored, each item as it was written last', async () => {
  const { cache } = stack;
  await cache.flushing.pause();
  for (let n = 1; n <= 12; n += 1) {
    const durability = n % 3 === 0 ? 'cache' : 'queue';
    await cache.execute({ op: 'put', key: `ordered/${n % 4}`, value: { n }, durability });
  }
  expect(await (await post('/resume')).json()).toEqual({ paused: null, drain: null, limitPerSecond: null });
  await until('nothing waits', async () => (await cache.stats()).dirtyItems === 0);
  expect(await Promise.all([0, 1, 2, 3].map((id) => storedOf(`ordered/${id}`)))).toEqual(
    [12, 9, 10, 11].map((n) => ({ n })),
  );
  expect(await cache.health()).toMatchObject({ status: 'ok' });
});

describe('the record of a pause', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ settings: patient });
  });
  afterAll(() => system?.stop());

  test('outlives the loss of Valkey, with who and why', async () => {
    const opened: boolean[] = [];
    const flushSwitch = { set: async (open: boolean) => opened.push(open) > 0 };
    const cache = await system.another({ flushSwitch });
    const { paused } = await cache.flushing.pause({ actor: 'ann', reason: 'x = 1, “ü”' });
    await system.redis.flushall();
    const other = await system.another();
    expect((await other.stats()).flushing.paused).toEqual(paused);
    await expect(other.flush()).rejects.toThrow(FlushPausedError);
    await expect(other.flushing.resume()).rejects.toThrow(NoFlushSwitchError);
    await cache.flushing.resume();
    expect((await other.stats()).flushing.paused).toBeNull();
    expect(opened).toEqual([false, true]);
  });

  test('holds for as long as the switch fails, and is kept against whoever lets signals through', async () => {
    const told: boolean[] = [];
    let broken = false;
    const flushSwitch = {
      set: async (open: boolean) => {
        if (broken) throw new Error('the control plane is away');
        return told.push(open) > 0;
      },
    };
    const { flushing } = await system.another({ flushSwitch, wait: async () => undefined });
    expect(await flushing.keep()).toMatchObject({ paused: null });
    // What is held without a pause is somebody else's business.
    expect(told).toEqual([]);
    broken = true;
    await expect(flushing.pause()).rejects.toThrow('away');
    await expect(system.cache.flush()).rejects.toThrow(FlushPausedError);
    await expect(flushing.resume({ itemsPerSecond: 5 })).rejects.toThrow('away');
    await expect(system.cache.flush()).rejects.toThrow(FlushPausedError);
    broken = false;
    await flushing.keep();
    expect(told).toEqual([false]);
    await flushing.resume();
    expect(await flushing.keep()).toMatchObject({ paused: null, drain: null });
    expect(told).toEqual([false, true]);
  });
});
