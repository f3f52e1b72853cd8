import { expect, test } from 'vitest';
import type { WriteRequest } from '../../lib/cache/write-request.ts';
import { NOW, type Subject, TTL_SECONDS, versionOf } from './subject.ts';

const KEY = 'contract/recent: ü';
const LATE = 'contract/late';
const MINUTE_MS = 60_000;

/** The recently created items of listable collections. */
export function recentContract(subject: () => Subject): void {
  const put = (key: string, listed: WriteRequest['listed'], now = NOW) => subject().put(key, { n: 1 }, { listed, now });
  const recent = async () => {
    const [set] = subject().cache.keys.recent('contract');
    return (await subject().cache.indexes.recent(set!, Number.MAX_SAFE_INTEGER, 10)).map(({ key, created }) => [
      key,
      created,
    ]);
  };
  const settle = (version: number, created: number | undefined, nowMs = 0) =>
    subject().cache.settle(KEY, { version, created }, 'stored', TTL_SECONDS, Math.floor(NOW / 1000) + nowMs);

  test('a new item is among them by the version that created it, whatever is written to it later', async () => {
    expect(await put(KEY, 'new')).toMatchObject({ kind: 'ok', version: NOW, created: NOW });
    expect(await put(KEY, 'load', NOW + 5)).toMatchObject({ version: NOW + 5, created: NOW });
    const patched = await subject().write({ op: 'patch', key: KEY, add: { n: 1 } }, { listed: 'load' });
    expect(patched).toMatchObject({ kind: 'ok', created: NOW, entry: { created: NOW } });
    await put(LATE, 'new', NOW + 9);
    expect(await recent()).toEqual([
      [LATE, NOW + 9],
      [KEY, NOW],
    ]);
  });

  test('an item that is not cached is loaded first: what exists keeps its creation, what does not is new', async () => {
    expect(await put(KEY, 'load')).toEqual({ kind: 'miss' });
    await subject().cache.fill(KEY, 'other', { version: 7, deleted: false, value: {}, created: 5 }, [], TTL_SECONDS);
    expect(await put(KEY, 'load')).toEqual({ kind: 'busy' });
    await subject().clear();
    await subject().cache.read(KEY, 'reader');
    await subject().cache.fill(KEY, 'reader', { version: 7, deleted: false, value: {}, created: 5 }, [], TTL_SECONDS);
    expect(await put(KEY, 'load')).toMatchObject({ kind: 'ok', created: 5 });
    await subject().load(LATE, {}, 0);
    await subject().redis.hset(subject().cache.keys.of(LATE).entry, 'deleted', 1);
    expect(await put(LATE, 'load', NOW + 9)).toMatchObject({ created: NOW + 9 });
    expect(await recent()).toEqual([[LATE, NOW + 9]]);
  });

  test('a blind write does not say, and the settle does; of one that was just created it makes a recent one', async () => {
    expect(await put(KEY, 'blind')).toEqual({ kind: 'ok', version: NOW, signal: true });
    expect(await recent()).toEqual([]);
    await settle(NOW, NOW);
    expect(await subject().fields(KEY)).toMatchObject({ created: String(NOW) });
    expect(await recent()).toEqual([[KEY, NOW]]);
  });

  test('so does that of one that Valkey has lost, also if it was changed before it was stored', async () => {
    await settle(NOW + 5, NOW);
    expect(await recent()).toEqual([[KEY, NOW]]);
    await settle(NOW + 5, NOW, MINUTE_MS);
    expect(await recent()).toEqual([]);
    // What is known to be stored, the index has.
    await subject().load(KEY, {}, NOW);
    await settle(NOW + 5, NOW - 1);
    expect(await recent()).toEqual([]);
  });

  test('a deleted item is not among them, and one that is created again has a new place', async () => {
    await put(KEY, 'new');
    await subject().write({ op: 'delete', key: KEY }, { listed: 'blind', now: NOW + 1 });
    expect(await recent()).toEqual([]);
    expect(await subject().fields(KEY)).not.toHaveProperty('created');
    await put(KEY, 'load', NOW + 2);
    expect(await recent()).toEqual([[KEY, NOW + 2]]);
  });

  test('they stay for a minute after they were stored, and go with the next settle', async () => {
    await put(KEY, 'new');
    await settle(NOW, NOW);
    await put(KEY, 'load', NOW + 1);
    await settle(NOW + 1, NOW, MINUTE_MS - 1);
    expect(await recent()).toEqual([[KEY, NOW]]);
    await settle(NOW + 1, NOW, MINUTE_MS);
    expect(await recent()).toEqual([]);
    const { leaving } = subject().cache.keys.of(KEY);
    expect(await subject().redis.exists(leaving)).toBe(0);
    await put(KEY, 'load', NOW + 2);
    await settle(NOW + 2, NOW, MINUTE_MS);
    expect(await recent()).toEqual([]);
  });

  test('one that was deleted and created again since does not go with its former self', async () => {
    await put(KEY, 'new');
    await settle(NOW, NOW);
    await subject().write({ op: 'delete', key: KEY }, { listed: 'blind', now: NOW + 1 });
    await put(KEY, 'load', NOW + 2);
    await subject().cache.settle(
      LATE,
      { version: NOW, created: NOW - 9 },
      'seen',
      TTL_SECONDS,
      NOW / 1000 + 2 * MINUTE_MS,
    );
    expect(await recent()).toEqual([
      [KEY, NOW + 2],
      [LATE, NOW - 9],
    ]);
  });

  test('one that is dropped because the store has a newer state is none where it was', async () => {
    await put(KEY, 'new');
    await settle(NOW + 5, undefined);
    expect(await recent()).toEqual([]);
    await put(KEY, 'new', NOW + 10);
    await settle(NOW + 15, NOW + 12);
    expect(await recent()).toEqual([[KEY, NOW + 12]]);
    await put(KEY, 'new', NOW + 20);
    await settle(NOW + 25, NOW + 20);
    expect(await recent()).toEqual([[KEY, NOW + 20]]);
  });

  test('what is discarded is none, but for what was stored before', async () => {
    await put(KEY, 'new');
    await subject().cache.park(KEY, NOW, 'refused');
    await subject().cache.discard(KEY, NOW);
    expect(await recent()).toEqual([]);
    await put(KEY, 'new', NOW + 1);
    await settle(NOW + 1, NOW + 1);
    await put(KEY, 'load', NOW + 2);
    await subject().cache.park(KEY, NOW + 2, 'refused');
    await subject().cache.discard(KEY, NOW + 2);
    expect(await subject().fields(KEY)).toEqual({});
    expect(await recent()).toEqual([[KEY, NOW + 1]]);
  });

  test('collections that are not listable have none', async () => {
    expect(versionOf(await put(KEY, undefined))).toBe(NOW);
    await subject().settle(KEY, NOW);
    expect(await subject().keysLike('*:recent:*')).toEqual([]);
    expect(await subject().fields(KEY)).not.toHaveProperty('created');
  });
}
