import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AcknowledgedWrite, floorOf } from '../../bench/coalescing/floor.ts';

const WINDOW_MS = 10;

function writesAt(key: string, ...times: number[]): AcknowledgedWrite[] {
  return times.map((at, index) => ({ key, version: index + 1, at }));
}

test('a window opens with a write, and the next with the first write after its end', () => {
  expect(floorOf(writesAt('a', 0), WINDOW_MS)).toBe(1);
  expect(floorOf(writesAt('a', 0, 3, 10), WINDOW_MS)).toBe(1);
  expect(floorOf(writesAt('a', 0, 3, 11), WINDOW_MS)).toBe(2);
  // Not at fixed times: those of 0 to 10 and 10 to 20 would be two.
  expect(floorOf(writesAt('a', 9, 12), WINDOW_MS)).toBe(1);
});

test('each key has windows of its own, in whatever order the acknowledgements came', () => {
  expect(floorOf([...writesAt('a', 25, 0), ...writesAt('b', 5, 4)], WINDOW_MS)).toBe(3);
  expect(floorOf([], WINDOW_MS)).toBe(0);
});

/** The fewest moments so that each write has one of them within a window after it, by trying all sets of moments. */
function fewestByTrying(times: readonly number[]): number {
  const moments = [...new Set(times.map((at) => at + WINDOW_MS))];
  let fewest = moments.length;
  for (let set = 0; set < 2 ** moments.length; set += 1) {
    const chosen = moments.filter((_, index) => set & (1 << index));
    const covered = times.every((at) => chosen.some((moment) => moment >= at && moment <= at + WINDOW_MS));
    if (covered) fewest = Math.min(fewest, chosen.length);
  }
  return times.length === 0 ? 0 : fewest;
}

test('none can do with fewer', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { maxLength: 9 }), (times) => {
      expect(floorOf(writesAt('a', ...times), WINDOW_MS)).toBe(fewestByTrying(times));
    }),
  );
});
