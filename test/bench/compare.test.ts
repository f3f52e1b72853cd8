import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { compare, type Way } from '../../bench/compare.ts';
import { spreadOf } from '../../bench/report/spread.ts';

describe('a spread', () => {
  test('has the middle of an odd number, and the mean of the two in the middle of an even one', () => {
    expect(spreadOf([5, 1, 30])).toEqual({ median: 5, lowest: 1, highest: 30 });
    expect(spreadOf([5, 1, 30, 7])).toEqual({ median: 6, lowest: 1, highest: 30 });
    expect(spreadOf([2])).toEqual({ median: 2, lowest: 2, highest: 2 });
  });

  test('of nothing there is none', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});

describe('a comparison', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  /** Takes so long for 100 items, turn by turn. */
  const way = (name: string, ...ms: number[]): Way => ({
    name,
    run: async () => {
      vi.advanceTimersByTime(ms.shift()!);
      return { items: 100 };
    },
  });

  test('sets runs of one turn against each other, so that a slow turn leaves the ratio alone', async () => {
    const ways = [way('base', 9999, 100, 1000, 400), way('half', 1, 200, 2000, 800)];
    const [base, half] = await compare(ways, { repeats: 3 });
    expect(base).toMatchObject({ name: 'base', rate: { median: 250, lowest: 100, highest: 1000 } });
    expect(base!.speed).toEqual({ median: 1, lowest: 1, highest: 1 });
    expect(half!.speed).toEqual({ median: 0.5, lowest: 0.5, highest: 0.5 });
  });

  test('leaves out what happens before the clock starts, and the first turn', async () => {
    const prepare = async () => void vi.advanceTimersByTime(5000);
    let requests = 0;
    const counted = { ...way('only', 7, 50), prepare };
    const run = async () => {
      requests += 3;
      return counted.run();
    };
    const [only] = await compare([{ ...counted, run }], { repeats: 1, requests: () => requests });
    expect(only).toMatchObject({ rate: { median: 2000 }, requests: 3, p50: null });
  });
});
