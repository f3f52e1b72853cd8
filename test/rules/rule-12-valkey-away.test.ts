import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import { LevelNotMetError } from '../../lib/errors.ts';
import type { Acknowledgement, WriteOperation } from '../../lib/model/operation.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { type System, startSystem, until } from '../support/system.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const TIMEOUT_MS = 500;

let system: System;
let proxy: TcpProxy;
let cache: WriteBehind;
let now: number;

beforeAll(async () => {
  system = await startSystem({ settings: { valkeyTimeoutMs: TIMEOUT_MS } });
  proxy = await TcpProxy.start(system.servers.valkey.url);
  await system.seed({ pk: 'away/stored', n: 1 });
});
afterAll(async () => {
  await proxy.close();
  await system.stop();
});

const stopServer = (signal: NodeJS.Signals) => {
  if (!('pid' in system.servers.valkey)) throw new Error('needs a Valkey of its own');
  process.kill(system.servers.valkey.pid, signal);
};

/** How Valkey can be away, and how it comes back. */
const outages = {
  'refuses connections': { begin: () => proxy.refuse(), end: () => proxy.pass() },
  'is a black hole': { begin: () => proxy.swallow(), end: () => proxy.pass() },
  'is stopped': { begin: () => stopServer('SIGSTOP'), end: () => stopServer('SIGCONT') },
};

/** Until the breaker is open; a caller that asks Valkey meanwhile cannot know what became of its write. */
async function exhaust(): Promise<void> {
  const startedAt = performance.now();
  const probes = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) =>
      cache.execute({ op: 'put', key: `away/probe-${i}`, value: {}, durability: 'cache' }),
    ),
  );
  for (const probe of probes) expect(probe).toMatchObject({ reason: { code: 'level-not-met' } });
  expect(performance.now() - startedAt).toBeLessThan(10 * TIMEOUT_MS);
}

/** One write; once more where it went out on a dying connection, or to see for the breaker how Valkey is. */
async function write(operation: WriteOperation): Promise<Acknowledgement> {
  for (;;) {
    try {
      return await cache.execute(operation);
    } catch (error) {
      if (!(error instanceof LevelNotMetError && error.facts.inCache === 'unknown')) throw error;
    }
  }
}

describe.each(Object.keys(outages) as (keyof typeof outages)[])('while Valkey %s', (how) => {
  let isAway = false;
  const end = async () => {
    if (isAway) await outages[how].end();
    isAway = false;
  };

  beforeAll(async () => {
    now = Date.now() * 1000;
    cache = await system.another({ clock: () => now++ }, {}, { valkeyUrl: proxy.url });
    await cache.execute({ op: 'put', key: 'away/known', value: { n: 1 }, durability: 'database' });
    await outages[how].begin();
    isAway = true;
    await exhaust();
  });
  // A stopped server must not outlive the tests, whatever happens.
  afterAll(end);

  test('rule 12: reads come from DynamoDB', async () => {
    expect(await cache.get('away/stored')).toMatchObject({ value: { n: 1 }, source: 'database', persisted: true });
    expect(await cache.get('away/none')).toBeNull();
  });

  test('rule 12: put and delete at queue level are acknowledged through the queue, with a version from the clock', async () => {
    for (const operation of [
      { op: 'put', key: `away/queued ${how}`, value: { n: 2 }, actor: 'a', comment: 'c' },
      { op: 'delete', key: `away/deleted ${how}` },
    ] as const) {
      const before = now;
      const acknowledgement = await write({ ...operation, durability: 'queue' });
      expect(acknowledgement).toMatchObject({ key: operation.key, durability: 'queue' });
      expect(acknowledgement.version).toBeGreaterThanOrEqual(before);
      expect(acknowledgement.version).toBeLessThan(now);
      const message = (await system.receive()).find(({ body }) => JSON.parse(body).key === operation.key)!;
      const { op: _, ...state } = operation;
      expect(JSON.parse(message.body)).toEqual({
        ...state,
        version: acknowledgement.version,
        pastCache: true,
        ...(operation.op === 'delete' && { deleted: true }),
      });
      await system.remove(message);
    }
  });

  test.each<[string, WriteOperation]>([
    ['a patch', { op: 'patch', key: 'away/stored', add: { n: 1 }, durability: 'queue' }],
    ['a put with a condition', { op: 'put', key: 'away/stored', value: {}, ifMatch: '*', durability: 'queue' }],
    ['a delete with a condition', { op: 'delete', key: 'away/stored', ifMatch: 'none', durability: 'queue' }],
    ['a put at cache level', { op: 'put', key: 'away/stored', value: {}, durability: 'cache' }],
    ['a delete at cache level', { op: 'delete', key: 'away/stored', durability: 'cache' }],
    ['a put at database level', { op: 'put', key: 'away/stored', value: {}, durability: 'database' }],
  ])('rule 12: %s is refused, and is not in the cache', async (_, operation) => {
    const refusal = await write(operation).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(LevelNotMetError);
    expect(refusal).toMatchObject({ facts: { inCache: false, retryAfterSeconds: 1 } });
    expect(await system.stored('away/stored')).toMatchObject({ n: 1 });
    expect((await system.receive()).map(({ body }) => JSON.parse(body).key)).not.toContain('away/stored');
  });

  test('rule 12: the breaker answers without asking, but for one call a second', async () => {
    const asked = proxy.asked('evalsha');
    const startedAt = performance.now();
    const reads = await Promise.all(Array.from({ length: 200 }, () => cache.get('away/stored')));
    expect(reads.every((item) => item?.source === 'database')).toBe(true);
    const seconds = Math.ceil((performance.now() - startedAt) / 1000);
    expect(proxy.asked('evalsha') - asked).toBeLessThanOrEqual(seconds);
  });

  test('rule 12: health and the console say so', async () => {
    expect(await cache.health()).toMatchObject({
      status: 'degraded',
      checks: { valkey: { status: 'down' }, queue: { status: 'ok' }, database: { status: 'ok' } },
    });
  });

  test('rule 12: when Valkey is back, the instance finds it again by itself', async () => {
    await end();
    await until('reads come from the cache', async () => (await cache.get('away/known'))?.source === 'cache');
    await until('writes are taken', () =>
      cache.execute({ op: 'patch', key: 'away/known', add: { n: 1 }, durability: 'cache' }).then(
        () => true,
        () => false,
      ),
    );
    await until('it is well', async () => (await cache.health()).checks.valkey.status === 'ok');
  });
});

describe('when Valkey comes back with an older entry', () => {
  afterEach(() => proxy.pass());

  test.each(['put', 'delete'] as const)(
    'rule 12: the flush of the %s drops it, and reads see the new state',
    async (op) => {
      const key = `back/${op}`;
      // A clock that is ahead: what it numbered must stay older than what comes after. By more than 10 minutes nobody would believe it.
      const ahead = Date.now() * 1000 + 240_000_000;
      let ticks = 0;
      cache = await system.another({ clock: () => ahead + ticks++ * 1000 }, {}, { valkeyUrl: proxy.url });
      await cache.execute({ op: 'put', key, value: { n: 'old' }, durability: 'database' });
      await proxy.refuse();
      const { version } = await write(op === 'put' ? { op, key, value: { n: 'new' } } : { op, key });
      await proxy.pass();
      expect((await system.entry(key)).version).not.toBe(String(version));

      await system.deliverAll();
      expect(await system.entry(key)).toEqual({});
      const item = await system.cache.get(key);
      if (op === 'put') expect(item).toMatchObject({ value: { n: 'new' }, version, source: 'database' });
      else expect(item).toBeNull();
      expect(await system.stored(key)).toMatchObject({ _v: version });
      // The next version is newer than what went past the cache, also when the entry is gone.
      await system.redis.del(new Keys(system.config.shards).of(key).entry);
      expect((await system.cache.execute({ op: 'put', key, value: {} })).version).toBeGreaterThan(version);
      await system.deliverAll();
    },
  );
});
