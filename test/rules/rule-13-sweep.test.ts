import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import { CacheUnavailableError } from '../../lib/errors.ts';
import { patient } from '../support/patient.ts';
import { puts, refused, throttled } from '../support/refusals.ts';
import { type System, startSystem } from '../support/system.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { type Watch, watchedClients } from '../support/watched-clients.ts';

let system: System;
/** µs since the epoch; the servers never see it. */
let now: number;
beforeAll(async () => {
  system = await startSystem({ settings: { ...patient, sweepAfterSeconds: 60 } });
});
afterAll(() => system.stop());

beforeEach(async () => {
  await system.redis.flushall();
  await system.deliverAll();
  await system.redis.flushall();
  now = Date.now() * 1000;
});

/** An instance whose time the test sets. */
async function drainer(watch: Watch = {}) {
  const clients = watchedClients(system.config, watch);
  const cache = await system.another({ clients, clock: () => now });
  const stored = () =>
    clients.seen.filter(({ command }) => command === 'PutItemCommand').map(({ input }) => input.Item.pk.S as string);
  return { cache, clients, stored };
}

const put = (id: string) => ({ op: 'put', key: `sweep/${id}`, value: { id }, durability: 'cache' }) as const;

/** Dirty items, each 10 s younger than the one before it. */
async function writeDirty(...ids: readonly string[]): Promise<void> {
  const { cache } = await drainer();
  for (const id of ids) {
    await cache.execute(put(id));
    now += 10_000_000;
  }
}

/** Dirty items of the same age. */
async function writeManyDirty(ids: readonly string[]): Promise<void> {
  const { cache } = await drainer();
  await cache.batch(ids.map(put));
  now += 10_000_000;
}

test('rule 13: flush-now stores oldest first, sends no messages, and says what it did', async () => {
  const ids = ['z', 'm', 'a', 'q', 'b'];
  await writeDirty(...ids);
  const { cache, clients, stored } = await drainer();
  expect(await cache.flush({ limit: 2 })).toEqual({
    flushed: 2,
    failed: 0,
    failures: [],
    databaseCalls: 2,
    remaining: 3,
  });
  expect(stored().toSorted()).toEqual(['sweep/m', 'sweep/z']);
  await cache.flush({ limit: 1 });
  await cache.flush();
  expect(stored().slice(2, 3)).toEqual(['sweep/a']);
  expect(stored().toSorted()).toEqual(ids.map((id) => `sweep/${id}`).toSorted());
  expect(clients.seen.some(({ command }) => command.startsWith('SendMessage'))).toBe(false);
  for (const id of ids) expect(await system.isDirty(`sweep/${id}`)).toBe(false);
});

test('rule 13: signals that come after it find nothing to do', async () => {
  await writeDirty('late', 'later');
  const { cache, stored } = await drainer();
  await cache.flush();
  const { skipped } = await cache.stats();
  expect(await system.deliver(cache)).toBe(2);
  expect(stored()).toHaveLength(2);
  expect((await cache.stats()).skipped).toBe(skipped + 2);
});

test('rule 13: a write after it signals again, and its signal is not late', async () => {
  await writeDirty('again');
  const { cache } = await drainer();
  await cache.flush();
  await system.deliverAll(cache);
  await cache.execute({ op: 'put', key: 'sweep/again', value: { n: 2 }, durability: 'cache' });
  expect(await system.deliver(cache)).toBe(1);
  expect(await system.stored('sweep/again')).toMatchObject({ n: 2 });
});

test('rule 13: the sweep touches only what is dirty for longer than sweepAfterSeconds', async () => {
  // Ages at the sweep: 70, 60, 50, … s.
  await writeDirty('70', '60', '50', '40', '30', '20', '10');
  const { cache, stored } = await drainer();
  expect(await cache.sweep()).toMatchObject({
    flushed: 2,
    databaseCalls: 2,
    remaining: 5,
    dirtyItems: 5,
    parkedItems: 0,
    oldestLagMs: 50_000,
  });
  expect(stored().toSorted()).toEqual(['sweep/60', 'sweep/70']);
  now += 10_000_000;
  await cache.sweep();
  expect(stored()).toContain('sweep/50');
  expect(stored()).toHaveLength(3);
});

test('rule 13: a sweep that follows no signal at all brings everything into the store', async () => {
  await writeDirty('a', 'b', 'c');
  const messages = await system.receive();
  await Promise.all(messages.map((message) => system.remove(message)));
  now += 60_000_000;
  const { cache } = await drainer();
  expect(await cache.sweep()).toMatchObject({ flushed: 3, dirtyItems: 0, oldestLagMs: 0 });
  for (const id of ['a', 'b', 'c']) expect(await system.stored(`sweep/${id}`)).toMatchObject({ id });
});

test('rule 13: it stops at its deadline', async () => {
  await writeManyDirty(Array.from({ length: 120 }, (_, i) => String(i)));
  const { cache } = await drainer({
    after: ({ command }) => {
      if (command === 'PutItemCommand') now += 200_000;
    },
  });
  expect(await cache.flush({ deadlineMs: 0 })).toMatchObject({ flushed: 0, databaseCalls: 0, remaining: 120 });
  const { flushed, remaining } = await cache.flush({ deadlineMs: 10_000 });
  expect(flushed).toBeGreaterThan(0);
  expect(remaining).toBe(120 - flushed);
  expect(remaining).toBeGreaterThan(0);
  expect(await cache.flush()).toMatchObject({ remaining: 0 });
});

test('rule 13: the oldest go first, also where one shard has more of them than is read of it at a time', async () => {
  const keys = new Keys(system.config.shards);
  const isCrowded = (id: string) => keys.of(put(id).key).shard === keys.of(put('0').key).shard;
  const ids = Array.from({ length: 5000 }, (_, n) => String(n));
  const old = ids.filter(isCrowded).slice(0, 40);
  await writeManyDirty(old);
  await writeManyDirty(ids.filter((id) => !isCrowded(id)).slice(0, 400));
  const { cache, stored } = await drainer();
  expect(await cache.flush({ limit: 40 })).toMatchObject({ flushed: 40, remaining: 400 });
  expect(stored().sort()).toEqual(old.map((id) => put(id).key).sort());
  expect(await cache.flush()).toMatchObject({ flushed: 400, remaining: 0 });
});

test('rule 13: it stops asking when the store is away, and reports what failed', async () => {
  await writeManyDirty(Array.from({ length: 200 }, (_, i) => String(i)));
  const proxy = await TcpProxy.start(system.servers.dynamodb.url);
  await proxy.refuse();
  const cache = await system.another({ clock: () => now }, {}, { dynamodbEndpoint: proxy.url });
  const { databaseCalls, failed, failures, flushed, remaining } = await cache.flush();
  expect(databaseCalls).toBeGreaterThan(1);
  // Two rounds of 50 were under way.
  expect(databaseCalls).toBeLessThanOrEqual(100);
  expect({ failed, flushed, remaining }).toEqual({ failed: databaseCalls, flushed: 0, remaining: 200 });
  expect(failures[0]).toEqual({
    key: expect.stringMatching(/^sweep\/\d+$/),
    reason: expect.stringContaining('DynamoDB cannot be used now'),
  });
  await proxy.pass();
  expect(await cache.flush()).toMatchObject({ flushed: 200, failed: 0, failures: [], remaining: 0 });
  await proxy.close();
});

test('rule 13: items that fail do not keep it from the others, and at most 100 are listed', async () => {
  const bad = Array.from({ length: 130 }, (_, i) => `bad-${i}`);
  await writeManyDirty(bad.flatMap((id) => [id, `good-${id}`]));
  const keys = bad.map((id) => `sweep/${id}`);
  const { cache, stored } = await drainer({
    before: (request) => {
      if (puts(request, ...keys)) throw throttled();
    },
  });
  const { failures, ...report } = await cache.flush();
  expect(report).toEqual({ flushed: 130, failed: 130, databaseCalls: 260, remaining: 130 });
  expect(failures).toHaveLength(100);
  expect(new Set(failures.map(({ key }) => key)).size).toBe(100);
  expect(stored()).toHaveLength(260);
});

test('rule 13: an item that changes while it is stored stays dirty, and counts from its newer write', async () => {
  await writeDirty('busy');
  const { cache } = await drainer({
    before: async (request) => {
      if (!puts(request, 'sweep/busy')) return;
      await system.cache.execute({ op: 'put', key: 'sweep/busy', value: { n: 'newer' }, durability: 'cache' });
    },
  });
  expect(await cache.flush({ limit: 1 })).toMatchObject({ flushed: 1, remaining: 1 });
  expect(await system.stored('sweep/busy')).toMatchObject({ id: 'busy' });
  expect(await system.cache.flush()).toMatchObject({ remaining: 0 });
  expect(await system.stored('sweep/busy')).toMatchObject({ n: 'newer' });
});

test('rule 13: without Valkey there is nothing to see, and it says so', async () => {
  const proxy = await TcpProxy.start(system.servers.valkey.url);
  await proxy.refuse();
  const cache = await system.another({}, { valkeyTimeoutMs: 500 }, { valkeyUrl: proxy.url });
  await expect(cache.flush()).rejects.toBeInstanceOf(CacheUnavailableError);
  await expect(cache.sweep()).rejects.toBeInstanceOf(CacheUnavailableError);
  await proxy.close();
});

test('rule 13: an item that DynamoDB refuses does not keep the others from the sweep while SQS is away', async () => {
  await writeManyDirty(['refused', 'fine']);
  now += 3_600_000_000;
  const proxy = await TcpProxy.start(system.servers.sqs.url);
  await proxy.refuse();
  const config = { ...system.config, endpoints: { ...system.config.endpoints, sqsEndpoint: proxy.url } };
  const clients = watchedClients(config, {
    before: ({ command, input }) => {
      if (command === 'PutItemCommand' && input.Item.pk.S === 'sweep/refused') throw refused();
    },
  });
  const cache = await system.another({ clients, clock: () => now });
  expect(await cache.sweep()).toMatchObject({ flushed: 1, failed: 1, remaining: 1 });
  await proxy.close();
});
