import { expect, test } from 'vitest';
import { heldOf, NOW, type Subject, TTL_SECONDS, versionOf } from './subject.ts';

const KEY = 'contract/refresh';
/** More than any time to live here: what may be refreshed at all is about to expire. */
const ALWAYS = 2 * TTL_SECONDS;

export function refreshContract(subject: () => Subject): void {
  const read = (token: string, refreshAheadSeconds = ALWAYS) => subject().cache.read(KEY, token, refreshAheadSeconds);
  const keys = () => subject().cache.keys.of(KEY);

  test('one reader of a clean entry that is about to expire refreshes it, the others read', async () => {
    const version = await subject().clean(KEY, { n: 1 });
    const entry = { version, persisted: version, deleted: false, value: { n: 1 } };
    expect(await read('first')).toEqual({ kind: 'hit', refreshes: true, since: null, entry });
    expect(await read('second')).toEqual({ kind: 'hit', since: null, entry });
    expect(await subject().redis.get(keys().lease)).toBe('first');
    expect(await subject().redis.pttl(keys().lease)).toBeGreaterThan(0);
    expect([await subject().counter('hits'), await subject().counter('refreshes')]).toEqual([2, 1]);
  });

  test('nobody refreshes an entry that lives longer, and nobody who only looks, or does not want to', async () => {
    await subject().clean(KEY, { n: 1 });
    for (const reply of [await read('reader', TTL_SECONDS / 2), await read(''), await read('reader', 0)]) {
      expect(reply).toMatchObject({ kind: 'hit' });
      expect(reply).not.toHaveProperty('refreshes');
    }
    expect(await subject().redis.exists(keys().lease)).toBe(0);
  });

  test('neither a dirty entry nor a parked one nor one of an item that does not exist is refreshed', async () => {
    const version = versionOf(await subject().put(KEY, { n: 1 }));
    expect(await read('reader')).not.toHaveProperty('refreshes');
    await subject().cache.park(KEY, version, 'too odd');
    expect(await read('reader')).not.toHaveProperty('refreshes');
    await subject().clear();
    await read('reader');
    await subject().fill(KEY, {}, 0, 'reader', true);
    expect(await read('reader')).not.toHaveProperty('refreshes');
  });

  test('an item that another program stored without a version is refreshed, and a tombstone too', async () => {
    await subject().load(KEY, { n: 1 }, 0);
    expect(await read('reader')).toMatchObject({ refreshes: true });
    await subject().clear();
    await read('reader');
    await subject().fill(KEY, {}, NOW, 'reader', true);
    expect(await read('reader')).toMatchObject({ refreshes: true });
  });

  test('a fill replaces all of a clean entry, its time to live included, and gives the lease back', async () => {
    await subject().clean(KEY, { n: 1, gone: true });
    await subject().redis.pexpire(keys().entry, 5000);
    await read('reader');
    expect(await subject().fill(KEY, { n: 2 }, NOW + 5)).toBe(true);
    expect(heldOf(await subject().cache.read(KEY))).toEqual({
      kind: 'hit',
      since: null,
      entry: { version: NOW + 5, persisted: NOW + 5, deleted: false, value: { n: 2 } },
    });
    expect(await subject().redis.pttl(keys().entry)).toBeGreaterThan(5000);
    expect(await subject().redis.exists(keys().lease)).toBe(0);
  });

  test('a write of a clean entry ends the lease, so that nothing is filled although it is clean again', async () => {
    await subject().clean(KEY, { n: 1 });
    await read('reader');
    const version = await subject().clean(KEY, { n: 2 });
    expect(await subject().fill(KEY, { n: 1 }, NOW)).toBe(false);
    expect(heldOf(await subject().cache.read(KEY)).entry).toMatchObject({ version, value: { n: 2 } });
  });

  test('a fill leaves a dirty entry alone, even if a lease should stand beside it', async () => {
    const version = versionOf(await subject().put(KEY, { n: 2 }));
    await subject().redis.set(keys().lease, 'reader');
    expect(await subject().fill(KEY, { n: 1 }, NOW - 5)).toBe(false);
    expect(heldOf(await subject().cache.read(KEY)).entry).toMatchObject({ version, value: { n: 2 } });
  });

  test('nothing is refreshed by whose lease is gone', async () => {
    await subject().clean(KEY, { n: 1 });
    await read('reader');
    await subject().redis.del(keys().lease);
    expect(await subject().fill(KEY, { n: 2 }, NOW + 5)).toBe(false);
  });

  test('a lease is taken ahead of a load only where nothing is cached, by one caller, and counts no read', async () => {
    expect(await subject().cache.lease(KEY)).toBe('absent');
    expect(await subject().cache.lease(KEY, 'first')).toBe('leased');
    expect(await subject().cache.lease(KEY, 'second')).toBe('busy');
    expect(await subject().redis.pttl(keys().lease)).toBeGreaterThan(0);
    await subject().fill(KEY, { n: 1 }, NOW, 'first');
    expect(await subject().cache.lease(KEY)).toBe('cached');
    expect(await subject().cache.lease(KEY, 'second')).toBe('cached');
    expect(await subject().redis.exists(keys().lease)).toBe(0);
    expect([await subject().counter('hits'), await subject().counter('misses')]).toEqual([0, 0]);
  });
}
