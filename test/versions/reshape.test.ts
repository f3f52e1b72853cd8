/** Another number of shards, under load: nothing is lost, and no write is refused. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { everything } from '../support/everything.ts';
import { patient } from '../support/patient.ts';
import { Gate, type System, startSystem, until, watchedClients } from '../support/system.ts';
import { LOAD_SETTINGS, Load } from './load.ts';

const LEAST = 60;
let system: System;
let instance: WriteBehind;
beforeAll(async () => {
  system = await startSystem({ settings: { ...patient, ...LOAD_SETTINGS, shards: 4, leaseSeconds: 30 } });
});
beforeEach(async () => {
  await system.redis.flushall();
  await system.redis.set(new Keys(4).layout, JSON.stringify({ generation: 1, shards: 4 }));
  // What an instance has read is relied upon for a second.
  instance = await system.another();
});
afterAll(() => system.stop());

/** One after the other. */
function inTurn(instances: readonly WriteBehind[]): () => WriteBehind {
  let turn = 0;
  return () => instances[turn++ % instances.length]!;
}

test('more shards and fewer again, while instances with old and new settings write and flush: nothing is lost or refused', async () => {
  const instances = [instance, await system.another(), await system.another({}, { shards: 7 })];
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
  await load.judge(instance);
  // Counters go on.
  const { writes } = await instance.stats();
  expect(writes.cache + writes.queue + writes.database).toBeGreaterThanOrEqual(load.written);
}, 120_000);

test('a retry under an idempotency key is answered as before, although the items have moved since', async () => {
  const once = { op: 'patch', key: 'retried/a', add: { n: 1 }, durability: 'cache', idempotencyKey: 'once' } as const;
  const first = await instance.execute(once);
  const append = () => instance.append('retried', { n: 1 }, { idempotencyKey: 'append' });
  const { key } = await append();
  await (await system.another()).reshape({ shards: 6 });
  expect(await instance.execute(once)).toEqual(first);
  expect(await append()).toMatchObject({ key });
  await expect(instance.execute({ ...once, add: { n: 2 } })).rejects.toMatchObject({ code: 'idempotency-conflict' });
  await instance.flush();
  expect(await system.stored('retried/a')).toMatchObject({ n: 1 });
});

test('another setting alone changes nothing, and health says so', async () => {
  await instance.execute({ op: 'patch', key: 'plain2/a', add: { n: 1 }, durability: 'cache' });
  const other = await system.another({}, { shards: 9 });
  expect(await other.get('plain2/a')).toMatchObject({ value: { n: 1 }, persisted: false });
  await other.execute({ op: 'patch', key: 'plain2/a', add: { n: 1 }, durability: 'cache' });
  expect(await instance.get('plain2/a')).toMatchObject({ value: { n: 2 } });
  const health = await other.health();
  expect(health).toMatchObject({ status: 'degraded', checks: { valkey: { status: 'degraded' } } });
  expect(health.checks.valkey.detail).toContain('4 shards, the setting says 9');
  expect(await instance.health()).toMatchObject({ checks: { valkey: { status: 'ok' } } });

  await other.reshape({ shards: 9 });
  expect(await other.health()).toMatchObject({ status: 'ok' });
  await other.execute({ op: 'patch', key: 'plain2/a', add: { n: 1 }, durability: 'cache' });
  // Who only reads has heard of it, too: what it knew of old is still cached there.
  expect(await instance.get('plain2/a')).toMatchObject({ value: { n: 3 } });
});

test('what is parked is not left behind: the items stay where they are', async () => {
  const { version } = await instance.execute({ op: 'put', key: 'plain3/p', value: { n: 1 }, durability: 'cache' });
  const { shard, entry } = new Keys(4).of('plain3/p');
  await system.redis.hset(entry, 'parked', 'refused');
  await system.redis.zrem(shard.dirty, 'plain3/p');
  await system.redis.zadd(shard.parked, 1, 'plain3/p');
  await expect(instance.reshape({ shards: 8 })).rejects.toMatchObject({ code: 'not-reshaped' });
  expect(await instance.get('plain3/p')).toMatchObject({ version, persisted: false });
  // And writes go on.
  await instance.execute({ op: 'put', key: 'plain3/p', value: { n: 2 }, durability: 'database' });
  await instance.reshape({ shards: 8 });
  expect(await instance.get('plain3/p')).toMatchObject({ value: { n: 2 } });
});

test('a write that is under way while its items move waits, and counts once', async () => {
  const gate = new Gate();
  const clients = watchedClients(system.config, async (command) => {
    if (command === 'PutItemCommand') await gate.wait();
  });
  const operator = await system.another({ clients });
  await instance.execute({ op: 'patch', key: 'plain4/a', add: { n: 1 }, durability: 'cache' });
  await instance.flush();
  const moving = operator.reshape({ shards: 5 });
  // Dirty again after it was announced, so that there is something to store while writes wait.
  await until('it is announced', async () => (await system.redis.get(new Keys(1).layout))!.includes('movingUntilMs'));
  await instance.execute({ op: 'patch', key: 'plain4/a', add: { n: 1 }, durability: 'cache' });
  await gate.reached;
  let answered = false;
  const write = instance.execute({ op: 'patch', key: 'plain4/a', add: { n: 1 }, durability: 'cache' }).finally(() => {
    answered = true;
  });
  expect(await instance.get('plain4/a')).toMatchObject({ value: { n: 2 } });
  expect(answered).toBe(false);
  gate.open();
  await moving;
  await write;
  await instance.flush();
  expect(await system.stored('plain4/a')).toMatchObject({ n: 3 });
});

test('after a mover that died nobody waits for longer than its time', async () => {
  await instance.execute({ op: 'patch', key: 'plain5/a', add: { n: 1 }, durability: 'cache' });
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
      other.execute({ op: 'put', key: `plain5/${n}`, value: { n }, durability: 'cache' }),
    ),
  );
  await other.execute({ op: 'patch', key: 'plain5/a', add: { n: 1 }, durability: 'cache' });
  expect(JSON.parse((await system.redis.get(keys.layout))!)).not.toHaveProperty('movingUntilMs');
  expect(await other.get('plain5/a')).toMatchObject({ value: { n: 2 } });
});

test('a Valkey that lost its data begins with the setting, whatever the instances knew', async () => {
  await instance.reshape({ shards: 6 });
  await instance.execute({ op: 'put', key: 'plain6/a', value: { n: 1 }, durability: 'database' });
  await system.redis.flushall();
  await instance.execute({ op: 'patch', key: 'plain6/a', add: { n: 1 }, durability: 'cache' });
  expect(await (await system.another()).get('plain6/a')).toMatchObject({ value: { n: 2 } });
  // Where it was written before there is nothing dirty.
  const entries = Object.entries(await everything(system.redis)).filter(([name]) => name.includes(':entry:'));
  expect(entries.filter(([name, { expires }]) => !expires && !/^{wb:\d}/.test(name))).toEqual([]);
});
