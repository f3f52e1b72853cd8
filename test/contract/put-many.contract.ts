import { expect, test } from 'vitest';
import { ItemRefusedError } from '../../lib/errors.ts';
import { freshKey, image, NOW, put, putAll, type StoreSubject, tombstone } from './store.subject.ts';

/** Many states at once: one statement, or many; nobody may be able to tell. */
export function putManyContract(subject: () => StoreSubject): void {
  const keysOf = (count: number) => Array.from({ length: count }, () => freshKey('many'));

  test.for([false, true])('each gets an answer of its own, also where it was taken for new (%s)', async (isNew) => {
    const [fresh, older, same, newer, gone, foreign] = keysOf(6) as [string, string, string, string, string, string];
    await put(subject().store, older, image(-9, { n: 'older', more: 1 }));
    await put(subject().store, same, image(0, { n: 'same' }));
    await put(subject().store, newer, image(9, { n: 'newer' }));
    await put(subject().store, gone, tombstone(9));
    await subject().seed(foreign, { theirs: true });
    const all = [fresh, older, same, newer, gone, foreign];
    const { answers } = await putAll(
      subject().store,
      all.map((key) => [key, image(0, { n: 'put' })]),
      isNew,
    );
    expect(all.map((key) => answers.get(key))).toEqual([
      { version: NOW, written: true },
      { version: NOW, written: true },
      { version: NOW, written: false },
      { version: NOW + 9, written: false },
      { version: NOW + 9, written: false },
      { version: NOW, written: true },
    ]);
    const stored = await subject().store.getMany(all);
    expect(all.map((key) => stored.get(key))).toEqual([
      image(0, { n: 'put' }),
      image(0, { n: 'put' }),
      image(0, { n: 'same' }),
      image(9, { n: 'newer' }),
      tombstone(9),
      image(0, { n: 'put' }),
    ]);
  });

  test('one that is refused fails alone', async () => {
    for (const [what, value] of subject().refused) {
      const keys = keysOf(5);
      await put(subject().store, keys[4]!, image(9));
      const { answers } = await putAll(
        subject().store,
        keys.map((key, n) => [key, image(0, n === 2 ? value : { n })]),
      );
      const kinds = keys.map((key) => answers.get(key)).map((a) => (a instanceof Error ? a.name : a?.written));
      expect([what, ...kinds]).toEqual([what, true, true, ItemRefusedError.name, true, false]);
      const stored = await subject().store.getMany(keys);
      expect(keys.map((key) => stored.get(key)?.value.n)).toEqual([0, 1, undefined, 3, undefined]);
    }
  });

  test('of flushes beside each other, over the same items in any order, the newest version of each stays', async () => {
    const keys = keysOf(30);
    const rounds = Array.from({ length: 12 }, (_, round) => {
      const order = round % 2 === 0 ? keys : keys.toReversed();
      return order
        .filter((_, n) => (n + round) % 3 > 0)
        .map((key) => [key, image((round * 7) % 12, { round })] as const);
    });
    const done = await Promise.all(rounds.map((round) => putAll(subject().store, round)));
    const stored = await subject().store.getMany(keys);
    for (const key of keys) {
      const versions = rounds.flatMap((round) =>
        round.flatMap(([each, { version }]) => (each === key ? [version] : [])),
      );
      expect(stored.get(key)?.version).toBe(Math.max(...versions));
      for (const [n, round] of rounds.entries()) {
        const own = round.find(([each]) => each === key)?.[1].version;
        const answer = done[n]!.answers.get(key);
        if (own === undefined) continue;
        if (answer === undefined || answer instanceof Error) throw answer;
        expect(answer.written ? answer.version === own : answer.version > own).toBe(true);
      }
    }
  });

  test('nothing to store takes no request', async () => {
    expect(await subject().store.putMany(new Map())).toEqual({ answers: new Map(), requests: 0 });
    expect(await subject().store.getMany([])).toEqual(new Map());
  });

  test('what is larger than one request carries is stored all the same', async () => {
    const text = 'x'.repeat(340_000);
    const keys = keysOf(40);
    const { answers } = await putAll(
      subject().store,
      keys.map((key, n) => [key, image(n, { n, text })]),
    );
    expect(keys.map((key) => answers.get(key))).toEqual(keys.map((_, n) => ({ version: NOW + n, written: true })));
  });
}
