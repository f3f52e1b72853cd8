import { expect, test } from 'vitest';
import type { Change } from '../../lib/history/change.ts';
import { groupsOf, SPAN_US } from '../../lib/history/groups.ts';

const SECOND = 1_000_000;
const change = (seconds: number, text = ''): Change => ({
  version: 1_800_000_000_000_000 + seconds * SECOND,
  op: 'put',
  set: { text },
  removed: [],
});

test('groups are cut by size and by span, and a change too large for any stands alone', () => {
  const sizes = (changes: readonly Change[]) => groupsOf(changes).map((group) => group.length);
  expect(sizes([])).toEqual([]);
  expect(sizes([change(0), change(59), change(60), change(61), change(62)])).toEqual([3, 2]);
  expect(SPAN_US).toBe(60 * SECOND);
  const large = 'x'.repeat(100_000);
  expect(sizes([change(0), change(1, large), change(2), change(3)])).toEqual([1, 1, 2]);
});
