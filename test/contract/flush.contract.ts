import { expect, test } from 'vitest';
import { heldOf, NOW, type Subject, TTL_SECONDS, versionOf } from './subject.ts';

const KEY = 'contract/flush';
const MINUTE_MS = 60_000;
/** ms of a time so many seconds after NOW. */
const ms = (seconds: number) => Math.floor((NOW + seconds * 1e6) / 1000);

export function flushContract(subject: () => Subject): void {
  const write = async (seconds: number) =>
    versionOf(await subject().put(KEY, { seconds }, { now: NOW + seconds * 1e6 }));
  const claim = (version?: number, hasValue = false) =>
    subject().cache.claim(KEY, version === undefined ? undefined : { version, hasValue });

  test('a claim answers the newest state, since when it waits, and clears the mark and the time', async () => {
    const first = await write(0);
    const version = await write(5);
    expect(heldOf(await claim(first, true))).toEqual({
      kind: 'claimed',
      logged: false,
      since: ms(0),
      entry: { version, persisted: 0, deleted: false, value: { seconds: 5 } },
    });
    const fields = await subject().fields(KEY);
    for (const name of ['signalled', 'since']) expect(fields).not.toHaveProperty(name);
    expect(await subject().since(KEY)).toBe(ms(0));
    expect(heldOf(await claim()).entry.version).toBe(version);
  });

  test('the shape that was settled comes with the claims of later writes, until another version is settled without one', async () => {
    const shapeOf = async () => heldOf(await claim()).entry.shape;
    const settle = (version: number, shape?: string) =>
      subject().cache.settle(KEY, { version, shape }, 'stored', TTL_SECONDS, NOW / 1000);
    const version = await write(0);
    expect(await shapeOf()).toBeUndefined();
    await settle(version, 'shape-a');
    const newer = versionOf(await subject().put(KEY, { other: 1 }, { now: NOW + 1 }));
    expect(await shapeOf()).toBe('shape-a');
    await subject().write({ op: 'patch', key: KEY, add: { other: 1 } }, { now: NOW + 2 });
    expect(await shapeOf()).toBe('shape-a');
    // What comes late does not replace it.
    await settle(version - 1, 'shape-late');
    expect(await shapeOf()).toBe('shape-a');
    await settle(newer);
    expect(await shapeOf()).toBeUndefined();
  });

  test('skip: the version is stored already; the mark stays and the claim is counted', async () => {
    const version = await write(0);
    await subject().settle(KEY, version);
    const newer = await write(1);
    expect(await claim(version)).toEqual({ kind: 'skip' });
    expect(await claim(version - 1, true)).toEqual({ kind: 'skip' });
    expect(await subject().fields(KEY)).toMatchObject({ signalled: String(newer) });
    expect(await subject().counter('skipped')).toBe(2);
  });

  test('clean: without a message there is nothing to flush, and nothing stays in the index', async () => {
    expect(await claim()).toEqual({ kind: 'clean' });
    await subject().settle(KEY, await write(0));
    await subject().redis.zadd(subject().cache.keys.of(KEY).shard.dirty, 1, KEY);
    expect(await claim()).toEqual({ kind: 'clean' });
    expect(await subject().since(KEY)).toBeNull();
  });

  test('image: the message has the newest value; unknown: it has none', async () => {
    expect(await claim(NOW, true)).toEqual({ kind: 'image', logged: false });
    expect(await claim(NOW)).toEqual({ kind: 'unknown', logged: false });
    const version = await write(0);
    expect(await claim(version + 1, true)).toEqual({ kind: 'image', logged: false });
    expect(await claim(version + 1)).toEqual({ kind: 'unknown', logged: false });
    expect(await subject().fields(KEY)).toMatchObject({ signalled: String(version) });
  });

  test('clean: the entry did not change, expires, and is in no index', async () => {
    const version = await write(0);
    await claim();
    expect(await subject().settle(KEY, version)).toBe('clean');
    expect(await subject().fields(KEY)).toEqual({
      version: String(version),
      persisted: String(version),
      bytes: expect.any(String),
      attributes: '1',
      '.seconds': expect.any(String),
    });
    expect(await subject().since(KEY)).toBeNull();
    const ttlMs = await subject().redis.pttl(subject().cache.keys.of(KEY).entry);
    expect(ttlMs > 0 && ttlMs <= TTL_SECONDS * 1000).toBe(true);
  });

  test('dirty: it changed; it waits since its first write after the claim', async () => {
    const version = await write(0);
    await claim();
    await write(7);
    const last = await write(9);
    expect(await subject().settle(KEY, version)).toBe('dirty');
    expect(await subject().since(KEY)).toBe(ms(7));
    expect(await subject().fields(KEY)).toMatchObject({ persisted: String(version), signalled: String(last) });
    expect(await subject().settle(KEY, version - 1, 'superseded')).toBe('dirty');
    expect(await subject().fields(KEY)).toMatchObject({ version: String(last), persisted: String(version) });
    expect(await subject().redis.pttl(subject().cache.keys.of(KEY).entry)).toBe(-1);
  });

  test('dropped: the store has more than the entry, which was rolled back', async () => {
    const version = await write(0);
    await subject().redis.set(subject().cache.keys.of(KEY).lease, 'reader');
    expect(await subject().settle(KEY, version + 1, 'seen')).toBe('dropped');
    expect(await subject().fields(KEY)).toEqual({});
    expect(await subject().since(KEY)).toBeNull();
    expect(await subject().counter('stale')).toBe(1);
    expect(await subject().redis.exists(subject().cache.keys.of(KEY).lease)).toBe(0);
  });

  test('absent: nothing is cached, and nothing old may be filled', async () => {
    await subject().redis.set(subject().cache.keys.of(KEY).lease, 'reader');
    expect(await subject().settle(KEY, NOW)).toBe('absent');
    expect(await subject().keysLike('*')).toEqual([subject().cache.keys.of(KEY).shard.shard]);
  });

  test('a settle raises the clock of the shard', async () => {
    await subject().settle(KEY, NOW + 1000);
    expect(await write(0)).toBe(NOW + 1001);
  });

  test('what was stored is counted, in all and by the minute', async () => {
    const start = Math.floor(NOW / 1000 / MINUTE_MS) * MINUTE_MS;
    const settle = (at: number, how?: 'superseded' | 'seen') => subject().settle(KEY, NOW, how, start + at);
    const minutes = async () => [
      await subject().counter('storedMinuteBefore'),
      await subject().counter('storedThisMinute'),
    ];
    await settle(0);
    await settle(59_999);
    await settle(0, 'superseded');
    await settle(0, 'seen');
    expect(await minutes()).toEqual([0, 2]);
    await settle(MINUTE_MS);
    expect(await minutes()).toEqual([2, 1]);
    await settle(3 * MINUTE_MS);
    expect(await minutes()).toEqual([0, 1]);
    expect(await subject().counter('itemsStored')).toBe(4);
    expect(await subject().counter('stale')).toBe(1);
    expect(await subject().counter('lastStoredAt')).toBe(start + 3 * MINUTE_MS);
  });

  test('a parked entry is out of the dirty index and keeps since when it waits; a settle un-parks it', async () => {
    const version = await write(0);
    expect(await subject().cache.park(KEY, version, 'refused: "é"')).toBe(true);
    expect(await subject().since(KEY)).toBeNull();
    expect(await subject().since(KEY, 'parked')).toBe(ms(0));
    expect(heldOf(await claim(version)).since).toBe(ms(0));
    expect(heldOf(await subject().cache.read(KEY)).entry.parked).toBe('refused: "é"');
    expect(await subject().cache.park(KEY, version, 'again')).toBe(true);
    expect(await subject().settle(KEY, version)).toBe('clean');
    expect(await subject().since(KEY, 'parked')).toBeNull();
    expect(await subject().fields(KEY)).not.toHaveProperty('parked');
  });

  test('what changed, is stored or is gone is not parked', async () => {
    expect(await subject().cache.park(KEY, NOW, 'gone')).toBe(false);
    const version = await write(0);
    const newer = await write(1);
    expect(await subject().cache.park(KEY, version, 'changed')).toBe(false);
    expect(await subject().since(KEY)).toBe(ms(0));
    await subject().settle(KEY, newer);
    expect(await subject().cache.park(KEY, newer, 'stored')).toBe(false);
    expect(await subject().fields(KEY)).not.toHaveProperty('parked');
  });
}
