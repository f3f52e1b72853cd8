import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Screen } from '../../cli/demo/screen.ts';
import { startProgress } from '../../cli/progress.ts';
import { Keys } from '../../lib/cache/keys.ts';
import {
  CacheUnavailableError,
  InvalidInputError,
  NoRoomError,
  StoreUnavailableError,
  UnknownCollectionError,
} from '../../lib/errors.ts';
import type { WarmProgress } from '../../lib/read/warm.ts';
import { throttled } from '../support/refusals.ts';
import { realValkey, type System, startSystem } from '../support/system.ts';
import { type Watch, watchedClients } from '../support/watched-clients.ts';

/** For tests that are not about the rate. */
const fast = { itemsPerSecond: 10_000 };

let system: System;
let keys: Keys;
beforeAll(async () => {
  // A long lease: nobody may take over only because the machine is slow.
  system = await startSystem({ settings: { leaseSeconds: 60, ttlSeconds: 600 } });
  keys = new Keys(system.config.shards);
});
afterAll(() => system.stop());

/** An instance whose requests are watched, and which waits for nothing before it tries again. */
async function watching(watch: Watch = {}) {
  const clients = watchedClients(system.config, watch);
  return { cache: await system.another({ clients, random: () => 0 }), clients };
}

/** Stores items that nobody has cached; returns their keys. */
async function store(collection: string, count: number, value: object = { n: 1 }): Promise<string[]> {
  const stored = Array.from({ length: count }, (_, i) => `${collection}/${i}`);
  await Promise.all(stored.map((pk) => system.seed({ pk, _v: 1, ...value })));
  return stored;
}

const isCached = async (key: string) => (await system.redis.exists(keys.of(key).entry)) === 1;
const isLeased = async (key: string) => (await system.redis.exists(keys.of(key).lease)) === 1;

describe('warming up keys', () => {
  test('loads what is stored and not cached, clean and for its time to live, and counts no reads', async () => {
    const [first, ...others] = await store('loads', 5);
    await system.cache.get(first!);
    const before = (await system.cache.stats()).reads;
    const { cache, clients } = await watching();
    const report = await cache.warm({ keys: [first!, ...others] }, fast);
    expect(report).toEqual({ seen: 5, loaded: 4, skipped: 1, missing: 0 });
    expect(clients.seen.map(({ input }) => input.Key.pk.S).sort()).toEqual(others);
    expect(clients.seen.every(({ input }) => input.ConsistentRead)).toBe(true);
    expect((await system.cache.stats()).reads).toEqual(before);
    for (const key of others) {
      const ttlMs = await system.redis.pttl(keys.of(key).entry);
      expect(ttlMs > 0 && ttlMs <= 600_000).toBe(true);
      expect(await system.cache.get(key)).toMatchObject({ source: 'cache', persisted: true, version: 1 });
    }
    expect(await cache.warm({ keys: others }, fast)).toMatchObject({ loaded: 0, skipped: 4 });
    expect(clients.count('GetItem')).toBe(4);
  });

  test('does not remember that an item does not exist or was deleted', async () => {
    await system.seed({ pk: 'missing/deleted', _v: 1, _deleted: true });
    const missing = ['missing/never', 'missing/deleted'];
    expect(await system.cache.warm({ keys: missing })).toEqual({ seen: 2, loaded: 0, skipped: 0, missing: 2 });
    for (const key of missing) expect([await isCached(key), await isLeased(key)]).toEqual([false, false]);
  });

  test.each([
    ['waits to be stored', 'cache'],
    ['is stored by then', 'database'],
  ] as const)('leaves a write that comes before the load and %s', async (how, durability) => {
    const key = `before/${how}`;
    await system.seed({ pk: key, _v: 1, n: 'old' });
    const { version } = await system.cache.execute({ op: 'put', key, value: { n: 'new' }, durability });
    expect(await system.cache.warm({ keys: [key] })).toMatchObject({ skipped: 1 });
    expect(await system.entry(key)).toMatchObject({ version: String(version) });
  });

  test.each([
    ['waits to be stored', 'cache', false],
    ['is stored', 'database', false],
    ['is stored and evicted', 'database', true],
  ] as const)('leaves a write that comes during the load and %s', async (how, durability, evicted) => {
    const key = `during/${how}`;
    await system.seed({ pk: key, _v: 1, n: 'old' });
    let version = 0;
    const { cache } = await watching({
      after: async ({ command }) => {
        if (command !== 'GetItemCommand') return;
        ({ version } = await system.cache.execute({ op: 'put', key, value: { n: 'new' }, durability }));
        if (evicted) await system.redis.del(keys.of(key).entry);
      },
    });
    expect(await cache.warm({ keys: [key] })).toMatchObject({ loaded: 0, skipped: 1 });
    expect(await system.entry(key)).toMatchObject(evicted ? {} : { version: String(version) });
    expect(await system.cache.get(key)).toMatchObject({ value: { n: 'new' }, version });
  });

  test('takes keys as they come, and names the one that is none', async () => {
    await store('stream', 3);
    const given: WarmProgress[] = [];
    async function* stream() {
      for (let i = 0; i < 3; i += 1) yield `stream/${i}`;
    }
    const onProgress = (progress: WarmProgress) => given.push(progress);
    expect(await system.cache.warm({ keys: stream() }, { onProgress })).toMatchObject({ seen: 3, loaded: 3 });
    expect(given.at(-1)).toMatchObject({ seen: 3, total: 3 });

    const refusal = await system.cache.warm({ keys: ['stream/0', 'nowhere'] }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(InvalidInputError);
    expect((refusal as Error).message).toContain('"nowhere"');
    const closed = await system.another({}, { closed: true, collections: { known: {} } });
    await expect(closed.warm({ keys: ['stream/0'] })).rejects.toBeInstanceOf(UnknownCollectionError);
    await expect(closed.warm({ collection: 'stream' })).rejects.toBeInstanceOf(UnknownCollectionError);
  });
});

describe('warming up a collection', () => {
  test('loads all of it, however many pages the table has, and nothing else', async () => {
    // Above 1 MB a scan comes in pages.
    const own = await store('whole', 6, { text: 'x'.repeat(300_000) });
    await store('wholemeal', 2);
    await system.seed({ pk: 'whole/deleted', _v: 1, _deleted: true });
    const { cache, clients } = await watching();
    const progress: WarmProgress[] = [];
    const report = await cache.warm({ collection: 'whole' }, { ...fast, onProgress: (now) => progress.push(now) });
    expect(report).toEqual({ seen: 6, loaded: 6, skipped: 0, missing: 0 });
    for (const key of own) expect(await isCached(key)).toBe(true);
    expect([await isCached('wholemeal/0'), await isCached('whole/deleted')]).toEqual([false, false]);
    expect(clients.count('Scan')).toBeGreaterThan(1);
    // States come from consistent reads under a lease, never from the scan.
    expect(clients.count('GetItem')).toBe(6);
    expect(clients.seen[0]?.input.ProjectionExpression).toBe('pk');
    expect(progress.at(-1)).toMatchObject({ seen: 6, total: 6 });
  });

  test('finds ids with any characters, and refuses a name that is none of a collection', async () => {
    const id = 'a/"b"\\c __proto__ é';
    await system.seed({ pk: `odd/${id}`, _v: 1, n: 1 });
    expect(await system.cache.warm({ collection: 'odd' }, fast)).toMatchObject({ loaded: 1 });
    expect(await system.cache.collection('odd').get(id)).toMatchObject({ source: 'cache' });
    for (const collection of ['odd/a', '']) {
      await expect(system.cache.warm({ collection })).rejects.toBeInstanceOf(InvalidInputError);
    }
    expect(await system.cache.warm({ collection: 'nothing' }, fast)).toMatchObject({ seen: 0 });
  });
});

describe('the progress', () => {
  test('suffices for a bar: it only grows, and ends at the total', async () => {
    const stored = await store('progress', 10);
    await system.cache.get(stored[3]!);
    const lines: string[] = [];
    const screen = Object.assign(new Screen(false), { line: (text = '') => void lines.push(text) });
    const wanted = [...stored, 'progress/none'];
    const bar = startProgress(screen, wanted.length);
    let drawn = 0;
    const report = await system.cache.warm(
      { keys: wanted },
      {
        ...fast,
        onProgress: ({ seen, loaded, skipped, missing, total }) => {
          expect(total).toBe(11);
          expect(seen).toBe(loaded + skipped + missing);
          expect(seen).toBeGreaterThanOrEqual(drawn);
          bar.add(seen - drawn);
          drawn = seen;
        },
      },
    );
    bar.stop();
    expect(drawn).toBe(11);
    expect(report).toEqual({ seen: 11, loaded: 9, skipped: 1, missing: 1 });
    expect(lines.at(-1)).toMatch(/^ {2}11 of 11 records/);
  });

  test('ends the warm-up where its listener throws', async () => {
    const fault = new Error('the screen is gone');
    const onProgress = () => {
      throw fault;
    };
    await expect(system.cache.warm({ keys: ['progress/0'] }, { onProgress })).rejects.toBe(fault);
  });
});

describe('the rate', () => {
  test('is kept by database reads, and skipped keys need none of it', async () => {
    const stored = await store('rate', 21);
    const startedAt = performance.now();
    await system.cache.warm({ keys: stored }, { itemsPerSecond: 100 });
    // Twenty intervals of 10 ms; timers may be a millisecond early.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(199);

    // At one read a second a turn for each of them would take longer than a test may.
    expect(await system.cache.warm({ keys: [...stored, ...stored] }, { itemsPerSecond: 1 })).toMatchObject({
      skipped: 42,
    });
  });

  test('counts what a scan costs', async () => {
    await store('scanned', 4, { text: 'x'.repeat(300_000) });
    const pages: number[] = [];
    const { cache } = await watching({
      before: ({ command }) => command === 'ScanCommand' && pages.push(performance.now()),
    });
    await cache.warm({ collection: 'none of these' }, { itemsPerSecond: 1000 });
    // A page of 1 MB is about 128 read units.
    expect(pages.at(-1)! - pages[0]!).toBeGreaterThanOrEqual(100 * (pages.length - 1));
    expect(pages.length).toBeGreaterThan(1);
  });

  test.each([0, 0.5, 10_001, Number.NaN])('is refused where it is %d', async (itemsPerSecond) => {
    await expect(system.cache.warm({ keys: [] }, { itemsPerSecond })).rejects.toMatchObject({
      facts: { path: 'itemsPerSecond' },
    });
  });
});

describe('a warm-up that cannot go on', () => {
  test('tries again where DynamoDB throttles', async () => {
    const [key] = await store('throttled', 1);
    const failures = new Map([
      ['GetItemCommand', 3],
      ['ScanCommand', 2],
    ]);
    const { cache, clients } = await watching({
      before: ({ command }) => {
        const left = failures.get(command) ?? 0;
        failures.set(command, left - 1);
        if (left > 0) throw throttled();
      },
    });
    expect(await cache.warm({ collection: 'throttled' }, fast)).toMatchObject({ loaded: 1 });
    expect(clients.count('GetItem')).toBe(4);
    expect(await isCached(key!)).toBe(true);
  });

  test('gives up where DynamoDB does not come back, and leaves no lease behind', async () => {
    const stored = await store('gone', 100);
    const { cache } = await watching({
      before: ({ command }) => {
        if (command === 'GetItemCommand') throw throttled();
      },
    });
    let seen = 0;
    const warming = cache.warm({ keys: stored }, { ...fast, onProgress: (progress) => (seen = progress.seen) });
    await expect(warming).rejects.toBeInstanceOf(StoreUnavailableError);
    expect(seen).toBe(0);
    for (const key of stored) expect(await isLeased(key)).toBe(false);
  });

  test('ends where Valkey is away', async () => {
    const away = await system.another({}, { valkeyTimeoutMs: 100 }, { valkeyUrl: 'redis://127.0.0.1:1' });
    await expect(away.warm({ keys: ['away/1'] })).rejects.toBeInstanceOf(CacheUnavailableError);
  });

  test.skipIf(realValkey.missing)('ends where Valkey is full', async () => {
    const full = await startSystem({ valkeyServer: realValkey.program });
    await full.redis.config('SET', 'maxmemory', '1');
    await expect(full.cache.warm({ keys: ['full/1'] })).rejects.toBeInstanceOf(NoRoomError);
    await full.stop();
  });

  test('ends when it is told to, with what has begun finished', async () => {
    const stored = await store('stopped', 200);
    const stop = new AbortController();
    const reason = new Error('enough');
    const { cache, clients } = await watching({ before: () => stop.abort(reason) });
    await expect(cache.warm({ keys: stored }, { itemsPerSecond: 1, signal: stop.signal })).rejects.toBe(reason);
    expect(clients.count('GetItem')).toBe(1);
    expect((await Promise.all(stored.map(isCached))).filter(Boolean)).toHaveLength(1);
    expect((await Promise.all(stored.map(isLeased))).filter(Boolean)).toHaveLength(0);
  });
});
