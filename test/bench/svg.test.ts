import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Plot } from '../../bench/report/plot.ts';
import { scaleOf } from '../../bench/report/scale.ts';
import { plotSvg } from '../../bench/report/svg.ts';

describe('a scale', () => {
  test('has round ends around all values', () => {
    expect(scaleOf('linear', [3, 47]).ticks).toEqual([0, 10, 20, 30, 40, 50]);
    expect(scaleOf('linear', [0.3]).ticks).toEqual([0, 0.1, 0.2, 0.3]);
    expect(scaleOf('log', [1000, 1_000_000]).ticks).toEqual([1000, 10_000, 100_000, 1_000_000]);
    expect(scaleOf('log', [0.3, 15]).ticks).toEqual([0.2, 0.5, 1, 2, 5, 10, 20]);
  });

  test('puts equal ratios at equal distances where it is logarithmic, equal differences where it is linear', () => {
    const log = scaleOf('log', [1, 10_000]);
    expect([1, 10, 100, 10_000].map((value) => log.place(value))).toEqual([0, 0.25, 0.5, 1]);
    expect(scaleOf('linear', [50]).place(25)).toBe(0.5);
  });

  test('has a place for every value, one alone too', () => {
    const positive = fc.double({ min: 1e-6, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom('log', 'linear'),
        fc.array(positive, { minLength: 1, maxLength: 5 }),
        (kind, values) => {
          const { place, ticks } = scaleOf(kind, values);
          for (const value of values) {
            expect(place(value)).toBeGreaterThanOrEqual(-1e-9);
            expect(place(value)).toBeLessThanOrEqual(1 + 1e-9);
          }
          expect(ticks.length).toBeGreaterThan(1);
          expect(ticks.length).toBeLessThan(25);
          expect(ticks.toSorted((a, b) => a - b)).toEqual([...ticks]);
        },
      ),
    );
    expect(scaleOf('linear', [0]).place(0)).toBe(0);
  });
});

const plot: Plot = {
  id: 'plot',
  title: 'Puts & <gets>',
  x: { title: 'keys', scale: 'log' },
  y: { title: 'per second', scale: 'linear' },
  series: [
    {
      name: 'a',
      points: [
        { x: 1, y: 1 },
        { x: 100, y: 50 },
      ],
    },
    {
      name: 'b',
      points: [
        { x: 1, y: 2 },
        { x: 100, y: 50 },
      ],
    },
  ],
};

test('a plot has a dot for each point where it belongs, a name for each line, and nothing that a browser would run', () => {
  const svg = plotSvg(plot);
  expect([...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)])).toEqual([
    [64, 298.8],
    [600, 44],
    [64, 293.6],
    [600, 44],
  ]);
  expect(svg).toContain('Puts &amp; &lt;gets&gt;');
  expect(svg).not.toMatch(/NaN|undefined|<script|href/);
  // Both lines end at one point: their names do not.
  const names = [...svg.matchAll(/<text x="608" y="([\d.]+)"/g)].map(([, y]) => Number(y));
  expect(names).toHaveLength(2);
  expect(names[1]! - names[0]!).toBeGreaterThanOrEqual(16);
});
