import { expect, test } from 'vitest';
import { NOW, type Subject, versionOf } from './subject.ts';

const KEY = 'contract/log';

export function logContract(subject: () => Subject): void {
  const audited = { audited: true, caller: 'arn:aws:iam::1:user/ann' };
  const put = async (n: number) => versionOf(await subject().put(KEY, { n }, { ...audited, now: NOW + n }));

  test('an audited write is logged with its outcome: who, why, what it set and what went away', async () => {
    const first = versionOf(
      await subject().write(
        { op: 'put', key: KEY, value: { 'a "ä" 🙂': [1, null], n: 1 }, actor: '', comment: 'c' },
        audited,
      ),
    );
    const second = versionOf(
      await subject().write(
        { op: 'patch', key: KEY, add: { n: 2 }, max: { kept: 3 }, remove: ['a "ä" 🙂', 'none'], actor: 'x' },
        { audited: true, caller: undefined },
      ),
    );
    const third = versionOf(await subject().write({ op: 'delete', key: KEY }, audited));
    const { caller } = audited;
    const log = [
      { version: first, op: 'put', set: { 'a "ä" 🙂': [1, null], n: 1 }, removed: [], caller, actor: '', comment: 'c' },
      { version: second, op: 'patch', set: { n: 3, kept: 3 }, removed: ['a "ä" 🙂'], actor: 'x' },
      { version: third, op: 'delete', set: {}, removed: [], caller },
    ];
    expect(await subject().cache.log.part(KEY)).toEqual(log);
    expect(await subject().cache.log.newest(KEY, third + 1, 3)).toEqual({
      changes: log.toReversed(),
      complete: true,
    });
  });

  test('other writes are not', async () => {
    await subject().put(KEY, { n: 1 });
    expect(await subject().cache.log.part(KEY)).toEqual([]);
  });

  test('a refused write and a replay log nothing', async () => {
    const idempotency = { key: 'once', fingerprint: 'f' };
    const version = versionOf(await subject().put(KEY, { n: 1 }, { ...audited, idempotency }));
    await subject().put(KEY, { n: 1 }, { ...audited, idempotency });
    await subject().put(KEY, { n: 2 }, { ...audited, condition: 1 });
    expect((await subject().cache.log.part(KEY)).map((change) => change.version)).toEqual([version]);
  });

  test('what the history has is dropped, and the next part handed out; the log outlives its entry', async () => {
    const versions = [await put(1), await put(2), await put(3)];
    expect((await subject().cache.log.part(KEY, versions[1])).map(({ version }) => version)).toEqual([versions[2]]);
    await subject().settle(KEY, versions[2]! + 10, 'seen');
    expect(await subject().fields(KEY)).toEqual({});
    expect((await subject().cache.log.part(KEY)).map(({ version }) => version)).toEqual([versions[2]]);
    expect(await subject().cache.log.part(KEY, NOW + 99)).toEqual([]);
    expect(await subject().redis.exists(subject().cache.keys.of(KEY).log)).toBe(0);
  });

  test('a long log comes in parts of 256 KiB, a longer change whole', async () => {
    const text = 'x'.repeat(100_000);
    for (let n = 0; n < 7; n++) await subject().put(KEY, { n, text }, { ...audited, now: NOW + n });
    await subject().put(KEY, { n: 7, text: 'x'.repeat(300_000) }, { ...audited, now: NOW + 7 });
    const parts: number[] = [];
    for (let part = await subject().cache.log.part(KEY); part.length > 0; ) {
      parts.push(part.length);
      part = await subject().cache.log.part(KEY, part.at(-1)!.version);
    }
    expect(parts).toEqual([3, 3, 2]);
  });

  test('its newest changes before a version are handed out, newest first, and stay in it', async () => {
    const versions = [];
    for (let n = 1; n <= 5; n++) versions.push(await put(n));
    const newest = async (before: number, wanted: number) => {
      const { changes, complete } = await subject().cache.log.newest(KEY, before, wanted);
      return [changes.map(({ set }) => set.n), complete];
    };
    expect(await newest(Number.MAX_SAFE_INTEGER, 2)).toEqual([[5, 4], false]);
    expect(await newest(versions[3]!, 2)).toEqual([[3, 2], false]);
    expect(await newest(versions[1]!, 2)).toEqual([[1], true]);
    expect(await newest(versions[0]!, 2)).toEqual([[], true]);
    expect(await newest(Number.MAX_SAFE_INTEGER, 5)).toEqual([[5, 4, 3, 2, 1], true]);
    await subject().cache.log.part(KEY, versions[2]);
    expect(await newest(Number.MAX_SAFE_INTEGER, 5)).toEqual([[5, 4], true]);
    expect(await subject().cache.log.newest('contract/none', Number.MAX_SAFE_INTEGER, 5)).toEqual({
      changes: [],
      complete: true,
    });
  });

  test('of its newest changes come 256 KiB at a time, or one that is larger', async () => {
    for (const [n, length] of [100_000, 100_000, 100_000, 100_000, 300_000].entries()) {
      await subject().put(KEY, { n, text: 'x'.repeat(length) }, { ...audited, now: NOW + n });
    }
    const parts: number[] = [];
    let before = Number.MAX_SAFE_INTEGER;
    for (let more = true; more; ) {
      const { changes, complete } = await subject().cache.log.newest(KEY, before, 100);
      parts.push(changes.length);
      before = changes.at(-1)!.version;
      more = !complete;
    }
    expect(parts).toEqual([1, 3, 1]);
  });

  /** Puts of 300 KB from a number on, until one is refused, 40 at most; the versions of those that were not. */
  async function fill(from: number): Promise<number[]> {
    const text = 'x'.repeat(300_000);
    const versions: number[] = [];
    for (let n = from; n < from + 40; n++) {
      const reply = await subject().put(KEY, { n, text }, { ...audited, now: NOW + n });
      if (reply.kind === 'unrecorded') break;
      versions.push(versionOf(reply));
    }
    return versions;
  }

  test('the changes before any version are found in a long log', async () => {
    const versions: number[] = [];
    for (let n = 0; n < 300; n++) {
      const value = Object.fromEntries(Array.from({ length: 1 + (n % 5) }, (_, i) => [`a${i}`, n]));
      versions.push(versionOf(await subject().put(KEY, value, { ...audited, now: NOW + n })));
    }
    for (let n = 0; n <= 300; n += 7) {
      const { changes, complete } = await subject().cache.log.newest(KEY, NOW + n, 2);
      expect(changes.map(({ version }) => version)).toEqual(versions.slice(Math.max(0, n - 2), n).reverse());
      expect(complete).toBe(n <= 2);
    }
  });

  test('a log of 8 MiB takes no more: nothing is changed, until the history has recorded some of it', async () => {
    const versions = await fill(0);
    expect(versions).toHaveLength(Math.ceil(8_388_608 / 300_100));
    const log = subject().cache.keys.of(KEY).log;
    const before = [
      await subject().fields(KEY),
      await subject().redis.llen(log),
      await subject().cache.indexes.states(),
    ];
    expect(await subject().put(KEY, { n: 1 }, audited)).toEqual({ kind: 'unrecorded' });
    expect(await subject().write({ op: 'delete', key: KEY }, audited)).toEqual({ kind: 'unrecorded' });
    expect([
      await subject().fields(KEY),
      await subject().redis.llen(log),
      await subject().cache.indexes.states(),
    ]).toEqual(before);
    versionOf(await subject().put('contract/other', { n: 1 }, audited));

    await subject().cache.log.part(KEY, versions[9]);
    expect(await fill(1000)).toHaveLength(10);
  });

  test('what was recorded does not count, however much it was and although the log was never empty', async () => {
    const [first, ...more] = await fill(0);
    let last = first!;
    for (let round = 1; round <= 3; round++) {
      await subject().cache.log.part(KEY, more.at(-2));
      last = more.at(-1)!;
      more.push(...(await fill(1000 * round)));
      expect((await subject().cache.log.part(KEY))[0]!.version).toBe(last);
    }
    expect(more.length).toBeGreaterThan(80);
  });

  test('a full log of an item that is not dirty takes more: only a dirty one is flushed', async () => {
    const versions = await fill(0);
    await subject().settle(KEY, versions.at(-1)!);
    await subject().settle(KEY, (await put(1000)) + 10, 'seen');
    expect(await subject().fields(KEY)).toEqual({});
    await put(2000);
  });

  test('what the version before has logged is recorded whole, is no obstacle, and counts as nothing', async () => {
    const { log } = subject().cache.keys.of(KEY);
    await put(0);
    await subject().redis.del(log);
    const ofBefore = ['8', String(NOW), 'patch', '', '', '', '2', '.n', '99 9007199254740991'];
    await subject().redis.rpush(log, ...ofBefore);
    expect(await subject().cache.log.newest(KEY, NOW + 9, 9)).toEqual({ changes: [], complete: true });
    await subject().redis.del(log);
    await subject().redis.rpush(log, '9', ...ofBefore.slice(1), 'gone', ...ofBefore);
    await put(1);
    expect(await subject().cache.log.part(KEY)).toEqual([
      { version: NOW, op: 'patch', set: { n: 9007199254740991 }, removed: ['gone'] },
      { version: NOW, op: 'patch', set: { n: 9007199254740991 }, removed: [] },
      expect.objectContaining({ version: NOW + 1 }),
    ]);
    expect(await subject().cache.log.newest(KEY, NOW + 9, 9)).toMatchObject({
      changes: [{ version: NOW + 1 }],
      complete: true,
    });
  });

  test('a claim says whether there are changes to record', async () => {
    const version = await put(1);
    expect(await subject().cache.claim(KEY)).toMatchObject({ kind: 'claimed', logged: true });
    const message = { version: version + 1, hasValue: true };
    expect(await subject().cache.claim(KEY, message)).toEqual({ kind: 'image', logged: true });
    await subject().cache.log.part(KEY, version);
    expect(await subject().cache.claim(KEY)).toMatchObject({ kind: 'claimed', logged: false });
  });

  test('a log never expires, also if one did before the write', async () => {
    const version = await put(1);
    await subject().settle(KEY, version);
    const { log } = subject().cache.keys.of(KEY);
    expect(await subject().redis.pttl(log)).toBe(-1);
    await subject().cache.log.forget(KEY);
    expect(await subject().redis.pttl(log)).toBeGreaterThan(0);
    await put(2);
    expect(await subject().redis.pttl(log)).toBe(-1);
  });
}
