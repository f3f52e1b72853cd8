import { describe, expect, test } from 'vitest';
import { type ChooseItem, latest, uniform, zipf } from '../../bench/load/choosers.ts';
import { seededRandom } from '../../bench/load/random.ts';
import { Zipf } from '../../bench/load/zipf.ts';

const DRAWS = 200_000;

function drawn(items: number, choose: ChooseItem): number[] {
  const random = seededRandom(1);
  const counts = Array.from({ length: items }, () => 0);
  for (let draw = 0; draw < DRAWS; draw += 1) counts[choose(items, random)]! += 1;
  return counts;
}

/** Probability of each rank by the definition. */
function zipfShares(items: number, exponent: number): number[] {
  const weights = Array.from({ length: items }, (_, index) => (index + 1) ** -exponent);
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** How far counts are from what is expected, in standard deviations of the chi-squared distribution. */
function deviation(counts: readonly number[], shares: readonly number[]): number {
  const chiSquared = counts.reduce((sum, count, index) => {
    const expected = shares[index]! * DRAWS;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
  const freedom = counts.length - 1;
  return (chiSquared - freedom) / Math.sqrt(2 * freedom);
}

describe('Zipf', () => {
  test.each([
    [2, 0.99],
    [1000, 0.5],
    [1000, 0.99],
    [1000, 1],
    [1000, 1.5],
  ])('%i items, exponent %d: each as often as the definition says', (items, exponent) => {
    expect(Math.abs(deviation(drawn(items, zipf(exponent)), zipfShares(items, exponent)))).toBeLessThan(3);
  });

  test('the test would notice an exponent that is slightly wrong', () => {
    expect(deviation(drawn(1000, zipf(0.97)), zipfShares(1000, 0.99))).toBeGreaterThan(5);
  });

  test('stays within its ranks, of which there may be one or very many', () => {
    const ranks = new Zipf(0.99);
    expect(ranks.draw(1, seededRandom(1))).toBe(1);
    for (const edge of [0, 1 - 2 ** -53]) expect(ranks.draw(10, () => edge)).toBe(edge === 0 ? 10 : 1);
    const random = seededRandom(1);
    const large = Array.from({ length: 1000 }, () => ranks.draw(1e9, random));
    expect(large.every((rank) => Number.isInteger(rank) && rank >= 1 && rank <= 1e9)).toBe(true);
  });
});

test('uniform: all equally often', () => {
  expect(Math.abs(deviation(drawn(1000, uniform), zipfShares(1000, 0)))).toBeLessThan(3);
});

test('latest: the item made last most often', () => {
  const shares = zipfShares(1000, 0.99).toReversed();
  expect(Math.abs(deviation(drawn(1000, latest()), shares))).toBeLessThan(3);
});
