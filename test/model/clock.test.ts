import { expect, test } from 'vitest';
import { systemClock } from '../../lib/model/clock.ts';

test('a clock never gives the same time twice, nor an earlier one', () => {
  const clock = systemClock();
  const times = Array.from({ length: 5000 }, () => clock());
  expect(new Set(times).size).toBe(times.length);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test('the times of fresh instances do not all begin at a whole millisecond, where they would tie', () => {
  const fractions = Array.from({ length: 50 }, () => systemClock()() % 1000);
  expect(fractions.some((fraction) => fraction !== 0)).toBe(true);
});
