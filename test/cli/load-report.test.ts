import { expect, test } from 'vitest';
import { Latencies } from '../../bench/load/latencies.ts';
import type { LoadOptions } from '../../cli/commands/load-options.ts';
import { loadText, reportOf } from '../../cli/commands/load-report.ts';

const options: LoadOptions = {
  workload: 'A',
  distribution: 'zipf',
  collection: 'load',
  keys: 10,
  valueBytes: 100,
  seed: 1,
  drain: 60,
  prepare: true,
};
const nothing = { writes: 0, itemsStored: 0, ratio: null, drained: true };

function resultOf(operations: number, seconds: number) {
  const latencies = new Latencies();
  for (let n = 0; n < operations; n += 1) latencies.add(2);
  const kinds = new Map([['read', { latencies, notFound: 0, failed: 0 }]] as const);
  return { seconds, operations, kinds, errors: new Map<string, number>() };
}

test.each([
  ['at a rate that was kept', { rate: 100, duration: 10 }, 1000, 0],
  ['at a rate that was not', { rate: 100, duration: 10 }, 600, 400],
  ['that was interrupted', { rate: 100, duration: 20 }, 1020, 0],
  ['of so many operations', { rate: 100, operations: 50 }, 50, 0],
  ['in a closed loop', { duration: 10 }, 600, 0],
])('a load %s says how many operations were due and not started', (_, changed, operations, notStarted) => {
  const report = reportOf({ ...options, ...changed }, 1, resultOf(operations, 10.2), nothing);
  expect(report).toMatchObject({ operations, notStarted, kinds: { read: { operations } } });
  const line = notStarted > 0 ? expect.arrayContaining([`  due, but not started  ${notStarted}`]) : expect.anything();
  expect(loadText(report)).toEqual(line);
});
