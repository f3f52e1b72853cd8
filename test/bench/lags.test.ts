import { expect, test } from 'vitest';
import { lagsOf } from '../../bench/coalescing/lags.ts';

const write = (key: string, version: number, at: number) => ({ key, version, at });
const store = (key: string, version: number, at: number, stored = true) => ({ key, version, at, stored });

test('a write waits for the first store of its version or a newer one', () => {
  const writes = [write('a', 1, 0), write('a', 2, 100), write('a', 3, 500), write('b', 1, 450)];
  const stores = [store('a', 2, 1000), store('b', 1, 1450), store('a', 3, 1500)];
  const { lags, drainMs } = lagsOf(writes, stores);
  expect(lags.count).toBe(4);
  for (const [share, ms] of [
    [0.25, 900],
    [1, 1000],
  ] as const) {
    expect(Math.abs(lags.percentile(share)! - ms)).toBeLessThan(1);
  }
  expect(drainMs).toBe(1000);
});

test('what the table refused stores nothing, and what is not stored is not passed over', () => {
  const writes = [write('a', 2, 0)];
  expect(() => lagsOf(writes, [store('a', 1, 10), store('a', 2, 20, false)])).toThrow('Version 2 of a');
  expect(lagsOf(writes, [store('a', 2, 20, false), store('a', 3, 30)]).lags.count).toBe(1);
});
