import { expect, test } from 'vitest';
import type { Change } from '../../lib/history/change.ts';
import { freshKey, NOW, type StoreSubject } from './store.subject.ts';

const SECOND = 1_000_000;
const change = (seconds: number, text = ''): Change => ({
  version: NOW + seconds * SECOND,
  op: 'put',
  set: { text },
  removed: [],
});
const secondsOf = (changes: readonly Change[]) => changes.map(({ version }) => (version - NOW) / SECOND);

export function historyContract(subject: () => StoreSubject): void {
  const all = async (key: string) =>
    secondsOf((await subject().history.before(key, Number.MAX_SAFE_INTEGER, 1000)).changes);

  test('what is there is never replaced: a log that begins alike, but was rolled back, adds what is new', async () => {
    const key = freshKey();
    await subject().history.add(key, [change(1), change(2), change(3)]);
    await subject().history.add(key, [change(1), change(7)]);
    expect(await all(key)).toEqual([7, 3, 2, 1]);
  });

  test('a repeated log adds only what it has gained since', async () => {
    const key = freshKey();
    await subject().history.add(key, [change(1), change(2)]);
    await subject().history.add(key, [change(1), change(2), change(3)]);
    await subject().history.add(key, [change(1), change(2), change(3)]);
    expect(await all(key)).toEqual([3, 2, 1]);
  });

  test('logs that are added at the same time lose nothing to each other, and have nothing twice', async () => {
    const key = freshKey();
    const logs = [[1], [1, 2], [1, 2, 3], [1, 3], [1, 2, 4]];
    await Promise.all(
      logs.map((log) =>
        subject().history.add(
          key,
          log.map((seconds) => change(seconds)),
        ),
      ),
    );
    expect(await all(key)).toEqual([4, 3, 2, 1]);
  });

  test('single changes are added where they are missing, also within the reach of a group', async () => {
    const key = freshKey();
    await subject().history.add(key, [change(1), change(2), change(5)]);
    await subject().history.addMissing(key, [change(2), change(4), change(9)]);
    expect(await all(key)).toEqual([9, 5, 4, 2, 1]);
  });

  test('pages are in order although groups overlap over more than one page of the table', async () => {
    const key = freshKey();
    await subject().history.add(key, [change(0), change(30)]);
    for (let n = 1; n <= 25; n++) await subject().history.add(key, [change(n)]);
    const { changes } = await subject().history.before(key, Number.MAX_SAFE_INTEGER, 3);
    expect(secondsOf(changes).slice(0, 3)).toEqual([30, 25, 24]);
    const later = await subject().history.before(key, NOW + 24 * SECOND, 3);
    expect(secondsOf(later.changes).slice(0, 3)).toEqual([23, 22, 21]);
  });

  test('a history of more than one answer carries is read to its end', async () => {
    const key = freshKey();
    const text = 'x'.repeat(300_000);
    for (let n = 0; n < 8; n++) await subject().history.add(key, [change(n, text)]);
    const { changes, complete } = await subject().history.before(key, Number.MAX_SAFE_INTEGER, 8);
    expect(secondsOf(changes)).toEqual([7, 6, 5, 4, 3, 2, 1, 0]);
    expect(changes.every(({ set }) => set.text === text)).toBe(true);
    expect((await subject().history.before(key, NOW, 8)).changes).toEqual([]);
    expect(complete).toBe(true);
  });

  test('what a change says is kept exactly', async () => {
    const key = freshKey();
    const said: Change = {
      version: NOW,
      op: 'patch',
      set: { 'a "ä" \\ 🙂': [1e21, null, { '': -0.5 }] },
      removed: ['__proto__', '\n'],
      caller: 'arn:aws:iam::1:user/ann',
      actor: '',
      comment: '\uFFFE',
    };
    await subject().history.add(key, [said]);
    expect((await subject().history.before(key, NOW + 1, 1)).changes).toEqual([said]);
  });
}
