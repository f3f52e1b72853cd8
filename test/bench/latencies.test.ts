import { expect, test } from 'vitest';
import { Latencies } from '../../bench/load/latencies.ts';

test('percentiles are right to three digits', () => {
  const latencies = new Latencies();
  for (let ms = 10_000; ms > 0; ms -= 1) latencies.add(ms / 10);
  expect(latencies.count).toBe(10_000);
  for (const share of [0.001, 0.5, 0.95, 0.99, 0.999, 1]) {
    const exact = 1000 * share;
    expect(Math.abs(latencies.percentile(share)! - exact) / exact).toBeLessThan(0.001);
  }
});

test('there are none without durations; what is too short or too long counts as the bound', () => {
  const latencies = new Latencies();
  expect(latencies.percentile(0.5)).toBeNull();
  latencies.add(0);
  expect(latencies.percentile(1)).toBe(0.001);
  latencies.add(Infinity);
  expect(latencies.percentile(1)! / 3_600_000).toBeCloseTo(1, 2);
});
