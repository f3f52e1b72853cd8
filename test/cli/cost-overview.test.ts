import { describe, expect, test } from 'vitest';
import { readFlags } from '../../cli/cost/flags.ts';
import { Load } from '../../cli/cost/load.ts';
import { type Overview, overviewOf } from '../../cli/cost/overview.ts';
import { WAY_NAMES, WAYS } from '../../cli/cost/ways.ts';
import { billFor } from '../../cli/cost/writes.ts';
import { UsageError } from '../../cli/errors.ts';
import { cost } from './cost-command.ts';

describe('the overview of the cost command', () => {
  test('has the bills of the single workloads', () => {
    const { workload } = readFlags(['--overview', '--batch', '10', '--audited']);
    const { costs } = overviewOf(workload, 1000);
    expect(costs.map(({ itemBytes, coalescing }) => [itemBytes, coalescing])).toEqual(
      [1024, 10_240].flatMap((itemBytes) => [1, 10, 100, 1000].map((coalescing) => [itemBytes, coalescing])),
    );
    for (const { itemBytes, coalescing, dollars } of costs) {
      for (const way of WAY_NAMES) {
        expect(dollars[way]).toBe(billFor(way, { ...workload, itemBytes, coalescing }).dollars);
      }
    }
  });

  test('has the coalescing of the single loads', () => {
    const { workload } = readFlags(['--overview', '--window-seconds', '2', '--batch', '7']);
    const { coalescings } = overviewOf(workload, 1000);
    expect(new Set(coalescings.map(({ rate }) => rate))).toContain(50_000);
    for (const { rate, skew, coalescing } of coalescings) {
      expect(coalescing).toBe(new Load({ rate, skew, keys: 1000 }).coalescing(2, 7));
    }
  });

  test('marks what costs less than the same API without a cache', async () => {
    const args = ['--overview', '--batch', '100'];
    const [{ out }, { out: json }] = await Promise.all([cost(...args), cost(...args, '--json')]);
    const { costs }: Overview = JSON.parse(json);
    const rows = out.split('\n').flatMap((line) => /^ +[\d,]+ writes? (.*)$/.exec(line)?.[1] ?? []);
    expect(rows).toHaveLength(costs.length);
    for (const [index, { dollars }] of costs.entries()) {
      const cells = rows[index]!.trim().split(/ +/);
      expect(cells).toEqual(
        Object.keys(WAYS).map((way) => {
          const amount = dollars[way as keyof typeof WAYS];
          return `${amount.toFixed(3)}${way !== 'client' && amount < dollars.api ? '*' : ''}`;
        }),
      );
    }
    expect(out).toContain('*');
  });

  test.each([
    [['--coalescing', '3'], '--coalescing: --overview shows several'],
    [['--item-bytes', '3'], '--item-bytes: --overview shows several'],
    [['--rate', '3'], '--rate: --overview shows several'],
    [['--skew', '1'], '--skew: --overview shows several'],
    [['--capacity'], '--capacity: not together with --overview'],
  ])('with %j it is refused', (args, message) => {
    expect(() => readFlags(['--overview', ...args])).toThrow(UsageError);
    expect(() => readFlags(['--overview', ...args])).toThrow(message);
  });
});
