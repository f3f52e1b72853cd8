import { expect, test } from 'vitest';
import type { WriteOperation } from '../../lib/model/operation.ts';
import { NOW, type Subject, versionOf } from './subject.ts';

const KEY = 'contract/a';
const put = (n: number): WriteOperation => ({ op: 'put', key: KEY, value: { n } });
const patch = (changes: object): WriteOperation => ({ op: 'patch', key: KEY, ...changes });

export function writeContract(subject: () => Subject): void {
  test('a put is a dirty entry that waits since now', async () => {
    expect(await subject().write(put(1))).toEqual({ kind: 'ok', version: NOW, signal: true });
    expect(await subject().fields(KEY)).toEqual({
      version: String(NOW),
      persisted: '0',
      since: String(NOW),
      signalled: String(NOW),
      bytes: '3',
      attributes: '1',
      '.n': '3 1',
    });
    expect(await subject().since(KEY)).toBe(Math.floor(NOW / 1000));
  });

  test('a put replaces every attribute, the actor and the comment', async () => {
    await subject().write({ op: 'put', key: KEY, value: { a: 1, b: 2 }, actor: 'me', comment: 'why' });
    expect(await subject().fields(KEY)).toMatchObject({ actor: 'me', comment: 'why' });
    await subject().write({ op: 'put', key: KEY, value: { c: 3 }, actor: '' });
    const fields = await subject().fields(KEY);
    expect(fields).toMatchObject({ '.c': '3 3', actor: '', attributes: '1' });
    for (const name of ['.a', '.b', 'comment']) expect(fields).not.toHaveProperty(name);
  });

  test('a patch answers the resulting entry and keeps what it does not name', async () => {
    await subject().put(KEY, { a: 1, b: 2, c: 3, d: 4, e: 5, f: 'kept' });
    const changes = {
      set: { a: 'x', new: [] },
      add: { b: 5, made: -2 },
      max: { c: 9 },
      min: { d: -1 },
      remove: ['e', 'no'],
    };
    expect(await subject().write(patch(changes))).toMatchObject({
      kind: 'ok',
      entry: { value: { a: 'x', b: 7, c: 9, d: -1, f: 'kept', new: [], made: -2 } },
    });
    expect(await subject().fields(KEY)).toMatchObject({ attributes: '7' });
  });

  test('max keeps the greater and min the smaller number, and both make an attribute', async () => {
    await subject().put(KEY, { a: 5, b: 5 });
    await subject().write(patch({ max: { a: 4, c: -1 }, min: { b: 6, d: 1 } }));
    const reply = await subject().write(patch({ max: { a: 5 }, min: { b: 5 } }));
    expect(reply).toMatchObject({ entry: { value: { a: 5, b: 5, c: -1, d: 1 } } });
  });

  test('a delete leaves a tombstone without attributes, and a patch begins anew', async () => {
    await subject().put(KEY, { a: 1 });
    await subject().write({ op: 'delete', key: KEY });
    expect(await subject().fields(KEY)).toMatchObject({ deleted: '1', bytes: '0', attributes: '0' });
    expect(await subject().fields(KEY)).not.toHaveProperty('.a');
    expect(await subject().write(patch({ add: { n: 1 } }))).toMatchObject({
      entry: { deleted: false, value: { n: 1 } },
    });
    expect(await subject().fields(KEY)).not.toHaveProperty('deleted');
  });

  test('versions of 16 digits are exact and increase when the clock does not', async () => {
    const versions = [];
    for (const now of [NOW, NOW, NOW - 1e9, NOW + 5, 1])
      versions.push(versionOf(await subject().put(KEY, {}, { now })));
    expect(versions).toEqual([NOW, NOW + 1, NOW + 2, NOW + 5, NOW + 6]);
    expect(versionOf(await subject().put('contract/b', {}, { now: 1 }))).toBe(NOW + 7);
    expect(await subject().fields(KEY)).toMatchObject({ version: String(NOW + 6), since: String(NOW) });
  });

  test('a signal is wanted at queue always, at cache when none is outstanding, at database never', async () => {
    const signals = [];
    for (const level of ['database', 'cache', 'cache', 'queue', 'cache', 'database', 'cache'] as const) {
      const reply = await subject().write(put(1), { level });
      signals.push(reply.kind === 'ok' && reply.signal);
    }
    expect(signals).toEqual([false, true, false, true, false, false, false]);
    await subject().cache.unmark(KEY);
    expect(await subject().write(put(1), { level: 'cache' })).toMatchObject({ signal: true });
    expect(await subject().counter('signals')).toBe(3);
    expect(await subject().counter('writes:cache')).toBe(5);
  });

  test('miss: a patch or a condition on what is not cached takes the lease; busy: another caller holds it', async () => {
    for (const request of [patch({ add: { n: 1 } }), { ...put(1), ifMatch: 'none' as const }]) {
      await subject().clear();
      expect(await subject().write(request, { token: 'first' })).toEqual({ kind: 'miss' });
      expect(await subject().write(request, { token: 'second' })).toEqual({ kind: 'busy' });
      expect(await subject().fill(KEY, { n: 1 }, NOW - 5, 'second')).toBe(false);
      expect(await subject().fill(KEY, {}, 0, 'first', true)).toBe(true);
      expect(await subject().write(request)).toMatchObject({ kind: 'ok', version: NOW });
    }
  });

  test('a lease stands for one load: under its own name none is taken again, and without a name none at all', async () => {
    const request = patch({ add: { n: 1 } });
    expect(await subject().write(request, { token: undefined })).toEqual({ kind: 'busy' });
    expect(await subject().redis.exists(subject().cache.keys.of(KEY).lease)).toBe(0);
    expect(await subject().write(request, { token: 'first' })).toEqual({ kind: 'miss' });
    expect(await subject().write(request, { token: 'first' })).toEqual({ kind: 'busy' });
  });

  test('precondition: exists, does not exist, has a version', async () => {
    const version = versionOf(await subject().write(put(1)));
    const attempt = (ifMatch: number | '*' | 'none') => subject().write({ ...put(2), ifMatch });
    expect(await attempt('none')).toEqual({ kind: 'precondition', version });
    expect(await attempt(version + 1)).toEqual({ kind: 'precondition', version });
    expect(await attempt(version)).toMatchObject({ kind: 'ok' });
    expect(await attempt('*')).toMatchObject({ kind: 'ok' });
    await subject().write({ op: 'delete', key: KEY });
    expect(await attempt('*')).toEqual({ kind: 'precondition', version: null });
    expect(await attempt('none')).toMatchObject({ kind: 'ok' });
  });

  test('full: no room for another dirty item, but for those that are dirty already', async () => {
    for (const id of ['a', 'b', 'c']) await subject().put(`full/${id}`, {});
    await subject().cache.park('full/b', NOW + 1, 'refused');
    expect(await subject().put('full/d', {})).toEqual({ kind: 'full' });
    expect(await subject().put('full/a', {})).toMatchObject({ kind: 'ok' });
    await subject().settle('full/c', NOW + 2);
    expect(await subject().put('full/d', {})).toMatchObject({ kind: 'ok' });
    expect(await subject().put('full/c', {})).toEqual({ kind: 'full' });
  });

  test('since when is counted is known, whatever counter came first', async () => {
    const { shard } = subject().cache.keys.of(KEY).shard;
    await subject().redis.hincrby(shard, 'writes:cache', 1);
    await subject().put(KEY, {});
    expect(await subject().redis.hget(shard, 'since')).toBe(String(NOW));
  });

  test('large: the size of the attributes of the result', async () => {
    const limits = { maxItemBytes: 100, baseBytes: 60 };
    expect(await subject().put(KEY, { a: 'x'.repeat(40) }, limits)).toEqual({ kind: 'large', bytes: 41 });
    await subject().put(KEY, { a: 'x'.repeat(39) }, limits);
    expect(await subject().write(patch({ set: { bb: '' } }), limits)).toMatchObject({ kind: 'large' });
    expect(await subject().write(patch({ add: { n: 1 } }), limits)).toEqual({ kind: 'large', bytes: 43 });
    expect(await subject().write({ op: 'delete', key: KEY }, { maxItemBytes: 1, baseBytes: 60 })).toMatchObject({
      kind: 'ok',
    });
  });

  test('many: over 1,000 attributes', async () => {
    await subject().put(KEY, Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`a${n}`, n])));
    expect(await subject().write(patch({ set: { b: 1 } }))).toEqual({ kind: 'many' });
    expect(await subject().write(patch({ set: { b: 1 }, remove: ['a0'] }))).toMatchObject({ kind: 'ok' });
  });

  test('bound, type and range say which attribute', async () => {
    await subject().put(KEY, { n: 2, text: '2', big: 9e125 });
    const attempt = (changes: object) => subject().write(patch(changes));
    expect(await attempt({ add: { n: { by: -3, min: 0 } } })).toEqual({ kind: 'bound', attribute: 'n', current: 2 });
    expect(await attempt({ add: { new: { by: 1.5, max: 1 } } })).toEqual({
      kind: 'bound',
      attribute: 'new',
      current: 0,
    });
    expect(await attempt({ add: { n: { by: -2, min: 0, max: 0 } } })).toMatchObject({ kind: 'ok' });
    for (const operator of ['add', 'max', 'min']) {
      expect(await attempt({ [operator]: { text: 1 } })).toEqual({ kind: 'type', attribute: 'text' });
    }
    expect(await attempt({ add: { big: 9e125 } })).toEqual({ kind: 'range', attribute: 'big' });
  });

  test('replay and conflict: an idempotency key answers the first write, whatever happened since', async () => {
    await subject().put(KEY, { n: 1 });
    const once = { ...patch({ add: { n: 1 } }), idempotencyKey: 'once' };
    const version = versionOf(await subject().write(once));
    await subject().put(KEY, { n: 100 });
    expect(await subject().write(once)).toMatchObject({
      kind: 'replay',
      version,
      missing: true,
      record: { value: { n: 2 } },
    });
    expect(await subject().write({ ...once, add: { n: 2 } } as WriteOperation)).toEqual({ kind: 'conflict' });
    await subject().settle(KEY, version + 1);
    expect(await subject().write(once)).toMatchObject({ kind: 'replay', missing: false });
    expect(await subject().write({ ...once, idempotencyKey: 'another' })).toMatchObject({ kind: 'ok' });
    expect(await subject().redis.pttl(subject().cache.keys.idempotency(KEY, 'once'))).toBeGreaterThan(0);
  });

  test('a write drops the lease of a reader, ends the time to live and takes the item out of the parked ones', async () => {
    await subject().cache.read(KEY, 'reader');
    await subject().put(KEY, { n: 1 });
    expect(await subject().fill(KEY, {}, 1)).toBe(false);
    const { entry } = subject().cache.keys.of(KEY);
    for (const write of [put(2), patch({ add: { n: 1 } })]) {
      const version = Number((await subject().fields(KEY)).version);
      await subject().settle(KEY, version);
      expect(await subject().redis.pttl(entry)).toBeGreaterThan(0);
      const parked = versionOf(await subject().write(write, { now: NOW + 1e6 }));
      expect(await subject().redis.pttl(entry)).toBe(-1);
      await subject().cache.park(KEY, parked, 'refused');
      expect(await subject().since(KEY)).toBeNull();
      await subject().write(write, { now: NOW + 9e6 });
      expect(await subject().since(KEY)).toBe(Math.floor((NOW + 1e6) / 1000));
      expect(await subject().since(KEY, 'parked')).toBeNull();
      expect(await subject().fields(KEY)).not.toHaveProperty('parked');
    }
  });
}
