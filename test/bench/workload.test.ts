import { describe, expect, test } from 'vitest';
import { uniform, zipf } from '../../bench/load/choosers.ts';
import { type LoadOperation, operationsOf, type WorkloadOptions, workloads } from '../../bench/load/workload.ts';

const options: WorkloadOptions = {
  workload: 'A',
  collection: 'load',
  keys: 100,
  choose: zipf(),
  valueBytes: 20,
  seed: 1,
};

function first(count: number, changed: Partial<WorkloadOptions> = {}): LoadOperation[] {
  const operations = operationsOf({ ...options, ...changed });
  return Array.from({ length: count }, () => operations.next().value);
}

test('the same seed makes the same operations, another one others', () => {
  expect(first(50)).toEqual(first(50));
  expect(first(50, { seed: 2 })).not.toEqual(first(50));
});

describe.each(Object.entries(workloads))('workload %s', (workload, mix) => {
  test('has its mix', () => {
    const kinds = first(20_000, { workload: workload as WorkloadOptions['workload'] }).map(({ kind }) => kind);
    for (const [kind, share] of Object.entries(mix)) {
      expect(kinds.filter((each) => each === kind).length / kinds.length).toBeCloseTo(share, 1.5);
    }
    expect(new Set(kinds)).toEqual(new Set(Object.keys(mix)));
  });
});

test('payloads have their size and differ', () => {
  const updates = first(1000, { choose: uniform }).filter(({ kind }) => kind === 'update');
  expect(updates.every(({ payload }) => payload.length === 20)).toBe(true);
  expect(new Set(updates.map(({ payload }) => payload)).size).toBe(updates.length);
});

test('D inserts new keys one after the other, and reads only what was inserted', () => {
  let items = options.keys;
  for (const { kind, key } of first(5000, { workload: 'D' })) {
    const number = Number(key.slice('load/'.length));
    if (kind === 'insert') expect(number).toBe(items++);
    else expect(number).toBeLessThan(items);
  }
  expect(items).toBeGreaterThan(200);
});
