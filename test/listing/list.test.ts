import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import { Cursors } from '../../lib/model/cursor.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { Gate, type System, startSystem } from '../support/system.ts';
import { type SeenRequest, watchedClients } from '../support/watched-clients.ts';

const LISTS = [
  'flights',
  'logs',
  'mixed',
  'ties',
  'late',
  'large',
  'lost',
  'many',
  'again',
  'blind',
  'park',
  'race',
  'back',
  'behind',
];

const settings = { collections: Object.fromEntries(LISTS.map((name) => [name, { listable: true }])) };

let system: System;
let cache: WriteBehind;
beforeAll(async () => {
  system = await startSystem({ settings });
  cache = system.cache;
});
afterAll(() => system.stop());

/** Ids of all pages, in order. */
async function listed(collection: string, { limit = 100, by = cache } = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await by.list(collection, { limit, ...(cursor !== undefined && { cursor }) });
    ids.push(...page.items.map(({ key }) => key.slice(collection.length + 1)));
    cursor = page.cursor;
    if (cursor === undefined) return ids;
  }
}

const put = (key: string, value = {}, by = cache) => by.execute({ op: 'put', key, value, durability: 'cache' });
const remove = (key: string) => cache.execute({ op: 'delete', key, durability: 'cache' });
/** Only what is clean can be evicted. */
async function evict(key: string): Promise<void> {
  if (!(await system.isDirty(key))) await system.redis.del(new Keys(system.config.shards).of(key).entry);
}

test('the newest come first, before and after they are stored; an item that changes keeps its place', async () => {
  for (const id of ['a', 'b', 'c']) await put(`flights/${id}`, { n: 1 });
  await cache.execute({ op: 'patch', key: 'flights/a', add: { n: 1 }, actor: 'ann' });
  const waiting = await cache.list('flights');
  expect(waiting.items.map(({ key, value, persisted }) => ({ key, value, persisted }))).toEqual([
    { key: 'flights/c', value: { n: 1 }, persisted: false },
    { key: 'flights/b', value: { n: 1 }, persisted: false },
    { key: 'flights/a', value: { n: 2 }, persisted: false },
  ]);
  expect(waiting).not.toHaveProperty('cursor');
  expect(waiting.items[2]).toEqual({ ...(await cache.get('flights/a')), lagMs: expect.any(Number) });

  await cache.flush();
  expect(await listed('flights')).toEqual(['c', 'b', 'a']);
  await put('flights/b', { n: 9 });
  await evict('flights/a');
  await put('flights/a', { n: 9 });
  await cache.flush();
  expect((await cache.list('flights')).items.map(({ key, value }) => [key, value.n])).toEqual([
    ['flights/c', 1],
    ['flights/b', 9],
    ['flights/a', 9],
  ]);
  expect(await system.stored('flights/a')).toMatchObject({ _list: expect.stringMatching(/^flights\/\d+$/) });
});

test('deleted items are left out at once, and one that is created again is the newest', async () => {
  for (const id of ['a', 'b', 'c']) await put(`again/${id}`);
  await remove('again/a');
  expect(await listed('again')).toEqual(['c', 'b']);
  await cache.flush();
  await remove('again/b');
  expect(await listed('again')).toEqual(['c']);
  await put('again/b');
  await put('again/a');
  expect(await listed('again')).toEqual(['a', 'b', 'c']);
  await cache.flush();
  expect(await listed('again')).toEqual(['a', 'b', 'c']);
  await remove('again/c');
  await cache.flush();
  expect(await system.stored('again/c')).not.toHaveProperty('_list');
  expect(await listed('again')).toEqual(['a', 'b']);
});

test('appends are listed, and pages go on where the last one ended', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 25; n++) {
    const { key } = await cache.append('logs', { n }, n % 2 === 0 ? { durability: 'cache' } : {});
    ids.unshift(key.slice('logs/'.length));
    if (n === 12) await cache.flush();
  }
  // Several at a time are stored in another way than one.
  for (const id of ids.slice(-13)) {
    const { _v, ...rest } = (await system.stored(`logs/${id}`)) ?? {};
    expect(rest).toMatchObject({ _created: _v, _list: expect.stringMatching(/^logs\//) });
  }
  expect(await listed('logs', { limit: 1 })).toEqual(ids);
  expect(await listed('logs', { limit: 7 })).toEqual(ids);
  expect(await listed('logs')).toEqual(ids);
});

test('pages are stable: what exists all the time is listed once, whatever is written and flushed meanwhile', async () => {
  const staying = Array.from({ length: 120 }, (_, n) => `many/stay-${n}`);
  const going = Array.from({ length: 40 }, (_, n) => `many/go-${n}`);
  for (let n = 0; n < 120; n++) {
    await put(staying[n]!, { n });
    if (n % 3 === 0) await put(going[n / 3]!, { n });
    if (n === 80) await cache.flush();
  }
  let writing = true;
  const writer = (async () => {
    for (let n = 0; writing; n++) {
      await put(`many/new-${n}`);
      await put(staying[(n * 7) % 120]!, { n });
      if (n < 40) await remove(going[n]!);
      if (n % 5 === 0) await cache.flush({ limit: 20 });
      if (n % 5 === 1) await evict(staying[(n * 11) % 120]!);
    }
  })();
  const rounds = [await listed('many', { limit: 9 }), await listed('many', { limit: 17 })];
  writing = false;
  await writer;
  for (const ids of rounds) {
    expect(new Set(ids).size).toBe(ids.length);
    const wanted = staying.map((key) => key.slice('many/'.length)).reverse();
    expect(ids.filter((id) => id.startsWith('stay-'))).toEqual(wanted);
  }
});

test('more partitions may be used later: all items are still found', async () => {
  const collections = { mixed: { listable: true } };
  const wider = await system.another({}, { collections, listPartitions: 64 });
  for (const id of ['a', 'b', 'c', 'd']) await put(`mixed/${id}`);
  await cache.flush();
  for (const id of ['e', 'f', 'b', 'd']) await put(`mixed/${id}`, { wide: true }, wider);
  await wider.flush();
  expect(await listed('mixed', { by: wider, limit: 2 })).toEqual(['f', 'e', 'd', 'c', 'b', 'a']);
});

describe('what was created is found out by the flush, where the writer could not know', () => {
  test('while DynamoDB was away', async () => {
    for (const id of ['a', 'b']) await put(`blind/${id}`, { n: 1 });
    await cache.flush();
    await evict('blind/a');
    const away = await system.another({}, settings, { dynamodbEndpoint: 'http://127.0.0.1:1' });
    await put('blind/a', { n: 2 }, away);
    await put('blind/c', { n: 2 }, away);
    await cache.flush();
    expect(await listed('blind')).toEqual(['c', 'b', 'a']);
    expect((await cache.list('blind')).items.map(({ value }) => value.n)).toEqual([2, 1, 2]);
    await put('blind/c', { n: 3 });
    await put('blind/a', { n: 3 });
    expect(await listed('blind')).toEqual(['c', 'b', 'a']);
  });

  test('while another flush finds out the same', async () => {
    const away = await system.another({}, settings, { dynamodbEndpoint: 'http://127.0.0.1:1' });
    await cache.flush();
    await put('race/a', { n: 1 }, away);
    const flushing = async () => {
      const gate = new Gate();
      const before = ({ command }: SeenRequest) => command === 'PutItemCommand' && gate.wait();
      const instance = await system.another({ clients: watchedClients(system.config, { before }) });
      const flushed = instance.flush({ limit: 1 });
      await gate.reached;
      return { gate, flushed };
    };
    const first = await flushing();
    await put('race/a', { n: 2 });
    const second = await flushing();
    for (const { gate, flushed } of [first, second]) {
      gate.open();
      await flushed;
    }
    expect(await system.stored('race/a')).toMatchObject({
      n: 2,
      _created: Number((await system.entry('race/a')).created),
    });
    const { recent } = new Keys(system.config.shards).of('race/a');
    await system.redis.del(recent);
    expect(await listed('race')).toEqual(['a']);
  });

  test('of an item that another program, or this one before, has stored outside of lists', async () => {
    await system.seed({ pk: 'late/old', n: 1 });
    expect(await listed('late')).toEqual([]);
    await put('late/new');
    await cache.execute({ op: 'patch', key: 'late/old', add: { n: 1 } });
    await cache.flush();
    expect(await listed('late')).toEqual(['old', 'new']);
  });
});

test('messages carry when an item was created: the list survives the loss of Valkey', async () => {
  await put('lost/a', { n: 1 });
  // The signal of a write at `cache` level carries nothing.
  for (const signal of await system.receive()) await system.remove(signal);
  await cache.execute({ op: 'put', key: 'lost/b', value: { n: 1 } });
  await cache.execute({ op: 'put', key: 'lost/a', value: { n: 2 } });
  const messages = await system.receive();
  await system.redis.flushall();
  expect(await listed('lost')).toEqual([]);
  await cache.flushMessages(messages);
  await Promise.all(messages.map((message) => system.remove(message)));
  await system.deliverAll();
  expect((await cache.list('lost')).items.map(({ key, value }) => [key, value.n])).toEqual([
    ['lost/b', 1],
    ['lost/a', 2],
  ]);
});

test('an item that was created again is listed once, also where the index is behind and nothing is cached', async () => {
  const database = { durability: 'database' } as const;
  const { entry, recent } = new Keys(system.config.shards).of('behind/a');
  await cache.execute({ op: 'put', key: 'behind/a', value: { n: 1 }, ...database });
  await cache.execute({ op: 'delete', key: 'behind/a', ...database });
  const { version } = await cache.execute({ op: 'put', key: 'behind/a', value: { n: 2 }, ...database });
  // A place that it has no longer, as the index would still show it.
  await system.redis.zadd(recent, version - 9, 'behind/a');
  await system.redis.del(entry);
  expect((await cache.list('behind')).items.map(({ value }) => value)).toEqual([{ n: 2 }]);
});

test('an item that was created again is listed as it is, though Valkey was rolled back to before', async () => {
  const database = { durability: 'database' } as const;
  const { entry, recent } = new Keys(system.config.shards).of('back/a');
  for (const kept of [true, false]) {
    await cache.execute({ op: 'put', key: 'back/a', value: { n: 1 }, ...database });
    const [before, place] = [await system.redis.dumpBuffer(entry), (await system.redis.zscore(recent, 'back/a'))!];
    await cache.execute({ op: 'delete', key: 'back/a', ...database });
    await cache.execute({ op: 'put', key: 'back/a', value: { n: 2 }, ...database });
    await system.redis.restore(entry, 60_000, before, 'REPLACE');
    await system.redis.zrem(recent, 'back/a');
    if (kept) await system.redis.zadd(recent, place, 'back/a');
    expect((await cache.list('back')).items.map(({ value }) => value)).toEqual([{ n: 2 }]);
    expect((await cache.get('back/a'))?.value).toEqual({ n: 2 });
  }
});

test('while Valkey is away, the list is what the table has', async () => {
  for (const id of ['a', 'b']) await put(`park/${id}`);
  await cache.flush();
  await put('park/c');
  const away = await system.another({}, { ...settings, valkeyTimeoutMs: 50 }, { valkeyUrl: 'redis://127.0.0.1:1' });
  expect(await listed('park', { by: away })).toEqual(['b', 'a']);
});

test('a page ends before it is too large for an answer, and the next goes on', async () => {
  // A quote takes a byte more where the answer is a string in itself.
  const text = `${'"'.repeat(60_000)}${'x'.repeat(100_000)}`;
  for (let n = 0; n < 30; n++) {
    await put(`large/${n}`, { text });
    if (n === 20) await cache.flush();
  }
  const page = await cache.list('large');
  expect(JSON.stringify(JSON.stringify(page)).length).toBeLessThan(5.1 * 1024 * 1024);
  expect(page.items.length).toBeGreaterThan(10);
  expect(await listed('large')).toEqual(Array.from({ length: 30 }, (_, n) => String(29 - n)));
});

describe('refused are', () => {
  test('collections that are not listable', async () => {
    await expect(cache.list('others')).rejects.toMatchObject({ code: 'not-listable', facts: { collection: 'others' } });
  });

  test('limits out of range, and cursors that this list has not given', async () => {
    for (const limit of [0, 101, 1.5, Number.NaN]) {
      await expect(cache.list('logs', { limit })).rejects.toMatchObject({
        code: 'invalid-input',
        facts: { path: 'limit' },
      });
    }
    await put('flights/d');
    await put('flights/e');
    const { cursor } = await cache.list('flights', { limit: 1 });
    for (const wrong of ['', 'x', `${cursor}x`, cursor!.replace('.', '')]) {
      await expect(cache.list('flights', { cursor: wrong })).rejects.toMatchObject({ facts: { path: 'cursor' } });
    }
    await expect(cache.list('logs', { cursor: cursor! })).rejects.toMatchObject({ facts: { path: 'cursor' } });
    const cursors = new Cursors('items\0logs');
    for (const place of ['', 'x', 'abc logs/a', 'NaN logs/a', '1e400 logs/a', '-5 logs/a', '9007199254740993 logs/a']) {
      const madeUp = cache.list('logs', { cursor: cursors.encode(place) });
      await expect(madeUp).rejects.toMatchObject({ code: 'invalid-input', facts: { path: 'cursor' } });
    }
  });

  test('attributes with the names that the index needs; without lists they are like any other', async () => {
    for (const name of ['_list', '_created']) {
      await expect(put('others/a', { [name]: 1 })).rejects.toMatchObject({
        code: 'invalid-input',
        facts: { path: `value.${name}` },
      });
      const patch = cache.execute({ op: 'patch', key: 'others/a', set: { [name]: 1 } });
      await expect(patch).rejects.toMatchObject({ facts: { path: `set.${name}` } });
    }
    const plain = await startSystem();
    await plain.cache.execute({
      op: 'put',
      key: 'others/a',
      value: { _list: 1, _created: 'x' },
      durability: 'database',
    });
    await plain.redis.flushall();
    expect((await plain.cache.get('others/a'))?.value).toEqual({ _list: 1, _created: 'x' });
    await plain.stop();
  });
});

test('items of the same microsecond are all listed, in one order, on any pages', async () => {
  // A system of its own: the clock of a shard never goes back.
  const fresh = await startSystem({ settings });
  const frozen = await fresh.another({ clock: () => 1_700_000_000_000_000 });
  const ids = Array.from({ length: 60 }, (_, n) => `id-${n}`);
  await Promise.all(ids.slice(0, 40).map((id) => put(`ties/${id}`, {}, frozen)));
  await fresh.cache.flush();
  await Promise.all(ids.slice(40).map((id) => put(`ties/${id}`, {}, frozen)));
  const whole = await listed('ties', { by: fresh.cache });
  expect([...whole].sort()).toEqual([...ids].sort());
  expect(await listed('ties', { by: fresh.cache, limit: 1 })).toEqual(whole);
  await fresh.cache.flush();
  expect(await listed('ties', { by: fresh.cache, limit: 4 })).toEqual(whole);
  await fresh.stop();
});
