import { expect, test } from 'vitest';
import { bucketCounter, bucketOf } from '../../lib/cache/observations.ts';
import { heldOf, NOW, type Subject, TTL_SECONDS, versionOf } from './subject.ts';

const KEY = 'contract/read';

export function readContract(subject: () => Subject): void {
  test('a read answers the entry and since when it is dirty', async () => {
    const version = versionOf(await subject().put(KEY, { n: 1 }));
    const entry = { version, persisted: 0, deleted: false, value: { n: 1 } };
    expect(await subject().cache.read(KEY, 'reader')).toEqual({ kind: 'hit', since: Math.floor(NOW / 1000), entry });
    await subject().cache.park(KEY, version, 'too odd');
    expect(await subject().cache.read(KEY)).toEqual({
      kind: 'hit',
      since: Math.floor(NOW / 1000),
      entry: { ...entry, parked: 'too odd' },
    });
    await subject().settle(KEY, version);
    expect(await subject().cache.read(KEY)).toMatchObject({ since: null, entry: { persisted: version } });
  });

  test('a miss takes the lease for one caller; others are busy; only to look takes none', async () => {
    expect(await subject().cache.read(KEY)).toEqual({ kind: 'miss' });
    expect(await subject().cache.read(KEY, 'first')).toEqual({ kind: 'miss' });
    expect(await subject().cache.read(KEY, 'second')).toEqual({ kind: 'busy' });
    expect(await subject().redis.pttl(subject().cache.keys.of(KEY).lease)).toBeGreaterThan(0);
  });

  test('hits and misses are counted, looks are not', async () => {
    await subject().cache.read(KEY, 'reader');
    await subject().cache.read(KEY);
    await subject().put(KEY, {});
    await subject().cache.read(KEY, 'reader');
    await subject().cache.read(KEY);
    expect([await subject().counter('hits'), await subject().counter('misses')]).toEqual([1, 1]);
  });

  test('a fill needs the lease of its own caller, and is a clean entry that expires', async () => {
    await subject().cache.read(KEY, 'reader');
    expect(await subject().fill(KEY, { n: 1 }, NOW, 'somebody else')).toBe(false);
    expect(await subject().fill(KEY, { n: 1 }, NOW)).toBe(true);
    expect(await subject().fill(KEY, { n: 2 }, NOW)).toBe(false);
    expect(heldOf(await subject().cache.read(KEY))).toEqual({
      kind: 'hit',
      since: null,
      entry: { version: NOW, persisted: NOW, deleted: false, value: { n: 1 } },
    });
    const { entry, lease } = subject().cache.keys.of(KEY);
    const ttlMs = await subject().redis.pttl(entry);
    expect(ttlMs > 0 && ttlMs <= TTL_SECONDS * 1000).toBe(true);
    expect(await subject().redis.exists(lease)).toBe(0);
  });

  test('nothing is filled after a write, or after a flush that found no entry', async () => {
    await subject().cache.read(KEY, 'reader');
    versionOf(await subject().put(KEY, { n: 2 }));
    expect(await subject().fill(KEY, { n: 1 }, NOW - 5)).toBe(false);
    for (const settle of [
      () => subject().settle('contract/gone', NOW),
      () => subject().cache.claim('contract/gone', { version: NOW, hasValue: true }),
    ]) {
      await subject().cache.read('contract/gone', 'reader');
      await settle();
      expect(await subject().fill('contract/gone', { n: 1 }, NOW - 5)).toBe(false);
    }
  });

  test('a lease is given back by its own caller only', async () => {
    await subject().cache.read(KEY, 'reader');
    await subject().cache.release(KEY, 'somebody else');
    expect(await subject().cache.read(KEY, 'next')).toEqual({ kind: 'busy' });
    await subject().cache.release(KEY, 'reader');
    expect(await subject().cache.read(KEY, 'next')).toEqual({ kind: 'miss' });
  });

  test('a fill raises the clock of the shard, so that a write after it is newer', async () => {
    await subject().load(KEY, { n: 1 }, NOW + 1000);
    expect(versionOf(await subject().put('contract/other', {}))).toBe(NOW + 1001);
    expect(versionOf(await subject().put(KEY, {}))).toBe(NOW + 1002);
    await subject().load('contract/old', {}, 1);
    expect(versionOf(await subject().put('contract/third', {}))).toBe(NOW + 1003);
  });

  test('a filled tombstone, actor and comment are kept, and what is filled counts its size', async () => {
    await subject().cache.read(KEY, 'reader');
    expect(await subject().fill(KEY, {}, NOW, 'reader', true)).toBe(true);
    expect(heldOf(await subject().cache.read(KEY)).entry).toMatchObject({ deleted: true, value: {} });
    await subject().load('contract/sized', { a: 'xxxx' }, NOW);
    expect(await subject().fields('contract/sized')).toMatchObject({ bytes: '5', attributes: '1' });
    await subject().cache.read('contract/author', 'reader');
    const image = { version: NOW, deleted: false, value: {}, actor: '', comment: 'why' };
    await subject().cache.fill('contract/author', 'reader', image, [], TTL_SECONDS);
    expect(heldOf(await subject().cache.read('contract/author')).entry).toMatchObject({ actor: '', comment: 'why' });
  });

  test('observations go along with the next write or settle, once', async () => {
    const { observations } = subject().cache;
    observations.duration('write', 3);
    observations.count('knownLost', 1);
    await subject().put(KEY, {});
    observations.duration('write', 3);
    observations.count('knownLost', 1);
    await subject().settle(KEY, NOW);
    await subject().put(KEY, {});
    expect(await subject().counter(bucketCounter('write', bucketOf(3)))).toBe(2);
    expect(await subject().counter('knownLost')).toBe(2);
  });

  test('observations are not lost with a write that is refused or has to load first', async () => {
    await subject().put(KEY, { n: 1 });
    subject().cache.observations.count('knownLost', 1);
    await subject().write({ op: 'put', key: KEY, value: {}, ifMatch: 1 });
    await subject().write({ op: 'patch', key: 'contract/not cached', add: { n: 1 } });
    await subject().put(KEY, {});
    expect(await subject().counter('knownLost')).toBe(1);
  });

  test('counters, the oldest dirty items and the state of the shard are read back', async () => {
    await subject().cache.count(KEY, 'failed');
    await subject().cache.count(KEY, 'failed', 2);
    for (const [id, at] of [
      ['b', 2],
      ['a', 1],
      ['c', 3],
    ] as const)
      await subject().put(`old/${id}`, {}, { now: NOW + at * 1e6 });
    await subject().cache.park('old/c', NOW + 3e6, 'refused');
    const ms = (seconds: number) => Math.floor((NOW + seconds * 1e6) / 1000);
    expect(await subject().cache.indexes.oldestDirty(ms(9), 9)).toEqual([
      { key: 'old/a', since: ms(1) },
      { key: 'old/b', since: ms(2) },
    ]);
    expect(await subject().cache.indexes.oldestDirty(ms(9), 1)).toMatchObject([{ key: 'old/a' }]);
    expect(await subject().cache.indexes.oldestDirty(ms(1), 9)).toMatchObject([{ key: 'old/a' }]);
    const [shard] = await subject().cache.indexes.states();
    expect(shard).toMatchObject({ dirtyItems: 2, parkedItems: 1, oldestSince: ms(1), counters: { failed: '3' } });
  });
}
