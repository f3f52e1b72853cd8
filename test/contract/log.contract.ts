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
    expect(await subject().cache.log(KEY)).toEqual(log);
    expect(await subject().cache.wholeLog(KEY)).toEqual(log);
  });

  test('other writes are not', async () => {
    await subject().put(KEY, { n: 1 });
    expect(await subject().cache.log(KEY)).toEqual([]);
  });

  test('a refused write and a replay log nothing', async () => {
    const idempotency = { key: 'once', fingerprint: 'f' };
    const version = versionOf(await subject().put(KEY, { n: 1 }, { ...audited, idempotency }));
    await subject().put(KEY, { n: 1 }, { ...audited, idempotency });
    await subject().put(KEY, { n: 2 }, { ...audited, condition: 1 });
    expect((await subject().cache.log(KEY)).map((change) => change.version)).toEqual([version]);
  });

  test('what the history has is dropped, and the next part handed out; the log outlives its entry', async () => {
    const versions = [await put(1), await put(2), await put(3)];
    expect((await subject().cache.log(KEY, versions[1])).map(({ version }) => version)).toEqual([versions[2]]);
    await subject().settle(KEY, versions[2]! + 10, 'seen');
    expect(await subject().fields(KEY)).toEqual({});
    expect((await subject().cache.log(KEY)).map(({ version }) => version)).toEqual([versions[2]]);
    expect(await subject().cache.log(KEY, NOW + 99)).toEqual([]);
    expect(await subject().redis.exists(subject().cache.keys.of(KEY).log)).toBe(0);
  });

  test('a long log comes in parts of 256 KiB, a longer change whole', async () => {
    const text = 'x'.repeat(100_000);
    for (let n = 0; n < 7; n++) await subject().put(KEY, { n, text }, { ...audited, now: NOW + n });
    await subject().put(KEY, { n: 7, text: 'x'.repeat(300_000) }, { ...audited, now: NOW + 7 });
    const parts: number[] = [];
    for (let part = await subject().cache.log(KEY); part.length > 0; ) {
      parts.push(part.length);
      part = await subject().cache.log(KEY, part.at(-1)!.version);
    }
    expect(parts).toEqual([3, 3, 2]);
  });

  test('a log never expires', async () => {
    const version = await put(1);
    await subject().settle(KEY, version);
    expect(await subject().redis.pttl(subject().cache.keys.of(KEY).log)).toBe(-1);
  });
}
