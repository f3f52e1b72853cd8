import { expect, test } from 'vitest';
import { columnsOf } from '../../console/page/columns.ts';
import type { Sample } from '../../console/samples.ts';

const EVERY_MS = 2000;
const none = { dirtyItems: 0, oldestLagMs: 0, visible: 0, delayed: 0, inFlight: 0, deadLetters: 0 };
const sample = (seconds: number, writes: number, itemsStored = 0, more: Partial<Sample> = {}): Sample => ({
  at: seconds * 1000,
  writes,
  itemsStored,
  ...none,
  ...more,
});

test('rates are those of the last ten seconds, and unknown for the first sample', () => {
  const samples = Array.from({ length: 10 }, (_, n) => sample(2 * n, n < 4 ? 0 : 100 * (n - 3), n));
  const { writesPerSecond, storedPerSecond } = columnsOf(samples, EVERY_MS);
  expect(writesPerSecond).toEqual([null, 0, 0, 0, 12.5, 20, 30, 40, 50, 50]);
  expect(storedPerSecond.slice(1)).toEqual(Array.from({ length: 9 }, () => 0.5));
});

test('figures are taken over as they are, the lag in seconds', () => {
  const columns = columnsOf(
    [sample(2, 0, 0, { dirtyItems: 7, oldestLagMs: 1500, delayed: 3, deadLetters: 1 })],
    EVERY_MS,
  );
  expect(columns).toMatchObject({ at: [2], dirtyItems: [7], oldestLagSeconds: [1.5], delayed: [3], deadLetters: [1] });
});

test('nothing is drawn over the time in which the server was away', () => {
  const { at, dirtyItems, writesPerSecond } = columnsOf(
    [sample(0, 0), sample(2, 10), sample(60, 600), sample(62, 610)],
    EVERY_MS,
  );
  expect(at).toEqual([0, 2, 2.001, 60, 62]);
  expect(dirtyItems).toEqual([0, 0, null, 0, 0]);
  expect(writesPerSecond).toEqual([null, 5, null, null, 5]);
});

test('counters that begin anew, because Valkey lost its data, are no negative rate', () => {
  const { writesPerSecond } = columnsOf([sample(0, 1000), sample(2, 1010), sample(4, 3), sample(6, 9)], EVERY_MS);
  expect(writesPerSecond).toEqual([null, 5, null, null, 3]);
});
