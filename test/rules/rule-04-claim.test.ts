import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import { type FlushReport, silentReport } from '../../lib/flush/report.ts';
import type { Signal } from '../../lib/queue/signal.ts';
import { Gate, messageOfSignal, type System, startSystem, watchedClients } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ settings: { defaultDurability: 'cache' } });
});
afterAll(() => system.stop());
beforeEach(async () => {
  await system.deliverAll();
  await system.redis.flushall();
});

const waiting = async () => (await system.cache.stats()).queue.visible;
const keysOf = (key: string) => new Keys(system.config.shards).of(key);

/** Another instance; `puts` are the keys that it writes to DynamoDB, each after `beforePut`. */
async function flusher(beforePut?: () => Promise<void>) {
  const puts: string[] = [];
  const report: FlushReport = { ...silentReport, lost: vi.fn() };
  const clients = watchedClients(system.config, async (command, input) => {
    if (command !== 'PutItemCommand') return;
    puts.push((input.Item as { pk: { S: string } }).pk.S);
    await beforePut?.();
  });
  return { puts, report, cache: await system.another({ clients, report }) };
}

/** Writes an item at `queue` level and returns the signal that this sends. */
async function signalled(key: string, value: { n: number }): Promise<Signal> {
  const { version } = await system.cache.execute({ op: 'put', key, value, durability: 'queue' });
  return { key, version, image: { version, deleted: false, value } };
}

test('rule 4: a write that arrives after the claim signals again', async () => {
  const items = system.cache.collection('claims');
  await items.put('a', { n: 1 });
  await system.deliverAll();
  expect(await system.stored('claims/a')).toMatchObject({ n: 1 });
  await items.put('a', { n: 2 });
  expect(await system.deliver()).toBe(1);
  expect(await system.stored('claims/a')).toMatchObject({ n: 2 });
  expect(await system.isDirty('claims/a')).toBe(false);
});

test('rule 4: a write between claim and settle signals again, and the settle keeps its mark', async () => {
  const gate = new Gate();
  const { cache } = await flusher(() => gate.wait());
  const items = system.cache.collection('between');
  await items.put('a', { n: 1 });
  const [first] = await system.receive();
  const flushing = cache.flushMessages([first!]);
  await gate.reached;
  await items.put('a', { n: 2 });
  expect(await waiting()).toBe(1);
  gate.open();
  await flushing;
  await items.put('a', { n: 3 });
  expect(await waiting()).toBe(1);
  await system.remove(first!);
  await system.deliverAll();
  expect(await system.stored('between/a')).toMatchObject({ n: 3 });
});

test('rule 4: a claim without a message clears the mark too', async () => {
  const items = system.cache.collection('swept');
  await items.put('a', { n: 1 });
  await system.cache.flush();
  await items.put('a', { n: 2 });
  expect(await waiting()).toBe(2);
  await items.put('b', { n: 1 });
  await items.put('b', { n: 2 }, { durability: 'database' });
  const before = await waiting();
  await items.put('b', { n: 3 });
  expect(await waiting()).toBe(before + 1);
});

test('rule 4: messages of one key in a batch are one claim and one store, at the highest version', async () => {
  const { cache, puts } = await flusher();
  const signals: Signal[] = [];
  for (let n = 1; n <= 4; n += 1) signals.push(await signalled('batch/a', { n }));
  signals.push(await signalled('batch/b', { n: 5 }));
  const messages = [2, 4, 0, 3, 1].map((index) => messageOfSignal(signals[index]!));
  const { skipped } = await cache.stats();
  expect(await cache.flushMessages(messages)).toEqual({ failed: [] });
  expect(puts.sort()).toEqual(['batch/a', 'batch/b']);
  expect(await system.stored('batch/a')).toMatchObject({ n: 4, _v: signals[3]!.version });
  expect(await cache.stats()).toMatchObject({ itemsStored: 2, skipped });
});

test('rule 4: a version that is stored already is skipped, and the mark stays', async () => {
  const { cache, puts } = await flusher();
  const items = system.cache.collection('skips');
  const first = await signalled('skips/a', { n: 1 });
  await system.deliverAll();
  const { version } = await items.put('a', { n: 2 });
  await cache.flushMessages([messageOfSignal(first)]);
  expect(puts).toEqual([]);
  expect((await system.cache.stats()).skipped).toBe(1);
  expect(await system.entry('skips/a')).toMatchObject({ signalled: String(version) });
  await items.put('a', { n: 3 });
  expect(await waiting()).toBe(1);
});

test('rule 4: where the entry is gone the value of the message is stored, and the lease of a reader dropped', async () => {
  const gate = new Gate();
  const { cache } = await flusher(() => gate.wait());
  const signal = await signalled('gone/a', { n: 1 });
  await system.redis.flushall();
  await system.redis.set(keysOf('gone/a').lease, 'a reader');
  const flushing = cache.flushMessages([messageOfSignal(signal)]);
  await gate.reached;
  expect(await system.redis.exists(keysOf('gone/a').lease)).toBe(0);
  gate.open();
  await flushing;
  expect(await system.stored('gone/a')).toMatchObject({ n: 1, _v: signal.version });
});

test('rule 4: where the entry is older than the message its value is stored, and the entry dropped', async () => {
  await system.cache.collection('older').put('a', { n: 1 });
  const before = await system.entry('older/a');
  const signal = await signalled('older/a', { n: 2 });
  await system.redis.del(keysOf('older/a').entry);
  await system.redis.hset(keysOf('older/a').entry, before);
  await system.cache.flushMessages([messageOfSignal(signal)]);
  expect(await system.stored('older/a')).toMatchObject({ n: 2 });
  expect(await system.entry('older/a')).toEqual({});
  expect(await system.cache.get('older/a')).toMatchObject({ value: { n: 2 }, source: 'database' });
});

test.for<[string, Record<string, string>]>([
  ['the entry is gone', {}],
  ['the entry is older', { version: '1', persisted: '1' }],
])('rule 4: a cache write that is not stored when %s is counted and reported as lost', async ([, entry]) => {
  const { cache, report } = await flusher();
  const { version } = await system.cache.collection('lost').put('a', { n: 1 });
  await system.redis.flushall();
  if (entry.version) await system.redis.hset(keysOf('lost/a').entry, entry);
  expect(await cache.flushMessages([messageOfSignal({ key: 'lost/a', version })])).toEqual({ failed: [] });
  expect(report.lost).toHaveBeenCalledExactlyOnceWith('lost/a', version, undefined);
  expect((await cache.stats()).knownLost).toBe(1);
  expect(await system.stored('lost/a')).toBeUndefined();
});

test('rule 4: what an earlier flush stored before the entry was gone is not lost', async () => {
  const { cache, report } = await flusher();
  const { version } = await system.cache.collection('kept').put('a', { n: 1 });
  await system.cache.flush();
  await system.redis.flushall();
  expect(await cache.flushMessages([messageOfSignal({ key: 'kept/a', version })])).toEqual({ failed: [] });
  expect(report.lost).not.toHaveBeenCalled();
  expect((await cache.stats()).knownLost).toBe(0);
});

test('rule 4: a loss that Valkey cannot count is reported, and the other items of the batch are stored', async () => {
  const { cache, report } = await flusher();
  const { version } = await system.cache.collection('uncounted').put('a', { n: 1 });
  await system.redis.flushall();
  await system.redis.hset(keysOf('uncounted/a').shard.shard, 'knownLost', 'no number');
  const other = await signalled('uncounted/b', { n: 2 });
  const messages = [messageOfSignal({ key: 'uncounted/a', version }), messageOfSignal(other)];
  expect(await cache.flushMessages(messages)).toEqual({ failed: [] });
  expect(report.lost).toHaveBeenCalledExactlyOnceWith('uncounted/a', version, undefined);
  expect(await system.stored('uncounted/b')).toMatchObject({ n: 2 });
});

test('rule 4: a lower value is stored where the highest message has none, and the difference is known lost', async () => {
  const { cache, report } = await flusher();
  const first = await signalled('lower/a', { n: 1 });
  const second = await signalled('lower/a', { n: 2 });
  const { version } = await system.cache.collection('lower').put('a', { n: 3 });
  await system.redis.flushall();
  const messages = [messageOfSignal({ key: 'lower/a', version }), messageOfSignal(first), messageOfSignal(second)];
  expect(await cache.flushMessages(messages)).toEqual({ failed: [] });
  expect(await system.stored('lower/a')).toMatchObject({ n: 2, _v: second.version });
  expect(report.lost).toHaveBeenCalledExactlyOnceWith('lower/a', version, undefined);
});
