/** Another number of shards, under load: nothing is lost, and no write is refused. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { everything } from '../support/everything.ts';
import { patient } from '../support/patient.ts';
import { Gate, type System, startSystem, until, watchedClients } from '../support/system.ts';
import { LOAD_SETTINGS, Load } from './load.ts';

const LEAST = 100;
let system: System;
beforeEach(async () => {
  system = await startSystem({ settings: { ...patient, ...LOAD_SETTINGS, shards: 4, leaseSeconds: 30 } });
});
afterEach(() => system.stop());

/** One after the other. */
function inTurn(instances: readonly WriteBehind[]): () => WriteBehind {
  let turn = 0;
  return () => instances[turn++ % instances.length]!;
}

test('more shards and fewer again, while instances with old and new settings write and flush: nothing is lost or refused', async () => {
  const instances = [system.cache, await system.another(), await system.another({}, { shards: 7 })];
  const load = new Load(system, { writer: inTurn(instances), flusher: inTurn(instances) }, { pauseMs: 1 });
  const operator = await system.another();
  await load.during(async () => {
    for (const shards of [7, 3]) {
      const least = load.written + LEAST;
      await until('there are writes', () => load.written >= least);
      expect(await operator.reshape({ shards })).toMatchObject({ shards });
    }
  }, LEAST);
  await load.during(async () => undefined, load.written + LEAST);
  await load.judge(system.cache);
  // Counters go on.
  const { writes } = await system.cache.stats();
  expect(writes.cache + writes.queue + writes.database).toBeGreaterThanOrEqual(load.written);
}, 60_000);

test('another setting alone changes nothing, and health says so', async () => {
  await system.cache.execute({ op: 'patch', key: 'plain/a', add: { n: 1 }, durability: 'cache' });
  const other = await system.another({}, { shards: 9 });
  expect(await other.get('plain/a')).toMatchObject({ value: { n: 1 }, persisted: false });
  await other.execute({ op: 'patch', key: 'plain/a', add: { n: 1 }, durability: 'cache' });
  expect(await system.cache.get('plain/a')).toMatchObject({ value: { n: 2 } });
  const health = await other.health();
  expect(health).toMatchObject({ status: 'degraded', checks: { valkey: { status: 'degraded' } } });
  expect(health.checks.valkey.detail).toContain('4 shards, the setting says 9');
  expect(await system.cache.health()).toMatchObject({ checks: { valkey: { status: 'ok' } } });

  await other.reshape({ shards: 9 });
  expect(await other.health()).toMatchObject({ status: 'ok' });
  expect(await system.cache.get('plain/a')).toMatchObject({ value: { n: 2 } });
});

test('what is parked is not left behind: the items stay where they are', async () => {
  const { version } = await system.cache.execute({ op: 'put', key: 'plain/p', value: { n: 1 }, durability: 'cache' });
  const { shard, entry } = new Keys(4).of('plain/p');
  await system.redis.hset(entry, 'parked', 'refused');
  await system.redis.zrem(shard.dirty, 'plain/p');
  await system.redis.zadd(shard.parked, 1, 'plain/p');
  await expect(system.cache.reshape({ shards: 8 })).rejects.toMatchObject({ code: 'not-reshaped' });
  expect(await system.cache.get('plain/p')).toMatchObject({ version, persisted: false });
  // And writes go on.
  await system.cache.execute({ op: 'put', key: 'plain/p', value: { n: 2 }, durability: 'database' });
  await system.cache.reshape({ shards: 8 });
  expect(await system.cache.get('plain/p')).toMatchObject({ value: { n: 2 } });
});

test('a write that is under way while its items move waits, and counts once', async () => {
  const gate = new Gate();
  const clients = watchedClients(system.config, async (command) => {
    if (command === 'PutItemCommand') await gate.wait();
  });
  const operator = await system.another({ clients });
  await system.cache.execute({ op: 'patch', key: 'plain/a', add: { n: 1 }, durability: 'cache' });
  await system.cache.flush();
  const moving = operator.reshape({ shards: 5 });
  // Dirty again after it was announced, so that there is something to store while writes wait.
  await until('it is announced', async () => (await system.redis.get(new Keys(1).layout))!.includes('movingUntilMs'));
  await system.cache.execute({ op: 'patch', key: 'plain/a', add: { n: 1 }, durability: 'cache' });
  await gate.reached;
  let answered = false;
  const write = system.cache
    .execute({ op: 'patch', key: 'plain/a', add: { n: 1 }, durability: 'cache' })
    .finally(() => {
      answered = true;
    });
  expect(await system.cache.get('plain/a')).toMatchObject({ value: { n: 2 } });
  expect(answered).toBe(false);
  gate.open();
  await moving;
  await write;
  await system.cache.flush();
  expect(await system.stored('plain/a')).toMatchObject({ n: 3 });
});

test('after a mover that died nobody waits for longer than its time', async () => {
  await system.cache.execute({ op: 'patch', key: 'plain/a', add: { n: 1 }, durability: 'cache' });
  const keys = new Keys(4);
  // As it would have left them.
  const record = JSON.parse((await system.redis.get(keys.layout))!);
  const untilMs = Date.now() + 500;
  await system.redis.set(keys.layout, JSON.stringify({ ...record, movingUntilMs: untilMs }));
  for (const { shard } of keys.shards) {
    const clock = (await system.redis.hget(shard, 'clock')) ?? '0';
    await system.redis.hset(shard, { clock: Number.MAX_SAFE_INTEGER, closedClock: clock, closedUntil: untilMs });
  }
  const other = await system.another();
  await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      other.execute({ op: 'put', key: `plain/${n}`, value: { n }, durability: 'cache' }),
    ),
  );
  await other.execute({ op: 'patch', key: 'plain/a', add: { n: 1 }, durability: 'cache' });
  expect(JSON.parse((await system.redis.get(keys.layout))!)).not.toHaveProperty('movingUntilMs');
  expect(await other.get('plain/a')).toMatchObject({ value: { n: 2 } });
});

test('a Valkey that lost its data begins with the setting, whatever the instances knew', async () => {
  await system.cache.reshape({ shards: 6 });
  await system.cache.execute({ op: 'put', key: 'plain/a', value: { n: 1 }, durability: 'database' });
  await system.redis.flushall();
  await system.cache.execute({ op: 'patch', key: 'plain/a', add: { n: 1 }, durability: 'cache' });
  expect(await (await system.another()).get('plain/a')).toMatchObject({ value: { n: 2 } });
  // Where it was written before there is nothing dirty.
  const entries = Object.entries(await everything(system.redis)).filter(([name]) => name.includes(':entry:'));
  expect(entries.filter(([name, { expires }]) => !expires && !/^{wb:\d}/.test(name))).toEqual([]);
});
