import { isDeepStrictEqual } from 'node:util';
import type { Change, Values } from './record.ts';

/** What a change makes of an item; `{}` stands for none. */
export function apply(change: Change, before: Values): Values {
  if (change.op === 'delete') return {};
  if (change.op === 'put') return change.value;
  const sums = Object.entries(change.add).map(([name, by]) => [name, Number(before[name] ?? 0) + by]);
  return { ...before, ...change.set, ...Object.fromEntries(sums) };
}

export function same(a: Values, b: Values): boolean {
  return isDeepStrictEqual({ ...a }, { ...b });
}

/** Whether one of the changes, in some order and each at most once, leads from one state to another by `last`. */
export function reachable(before: Values, maybe: readonly Change[], last: Change, after: Values): boolean {
  if (same(apply(last, before), after)) return true;
  return maybe.some((change, i) => reachable(apply(change, before), maybe.toSpliced(i, 1), last, after));
}

/** Whether a number grew by more than the change asked for. */
export function countsTwice(change: Change, before: Values, after: Values): boolean {
  const expected = apply(change, before);
  return change.op === 'patch' && Object.keys(change.add).some((name) => Number(after[name]) > Number(expected[name]));
}
