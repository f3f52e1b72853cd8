import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Change } from '../../lib/history/change.ts';
import { groupsOf, SPAN_US } from '../../lib/history/groups.ts';
import { HistoryStore } from '../../lib/history/history-store.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
let store: HistoryStore;
beforeAll(async () => {
  system = await startSystem();
  store = new HistoryStore(system.dynamodb, system.config.endpoints.historyTableName!);
});
afterAll(() => system.stop());

const START = 1_800_000_000_000_000;
const SECOND = 1_000_000;
const change = (seconds: number, text = ''): Change => ({
  version: START + seconds * SECOND,
  op: 'put',
  set: { text },
  removed: [],
});
const secondsOf = (changes: readonly Change[]) => changes.map(({ version }) => (version - START) / SECOND);
const all = async (key: string) => secondsOf((await store.before(key, Number.MAX_SAFE_INTEGER, 1000)).changes);

test('what is there is never replaced: a log that begins alike, but was rolled back, adds what is new', async () => {
  await store.add('a/rolled-back', [change(1), change(2), change(3)]);
  await store.add('a/rolled-back', [change(1), change(7)]);
  expect(await all('a/rolled-back')).toEqual([7, 3, 2, 1]);
});

test('a repeated log adds only what it has gained since', async () => {
  await store.add('a/grown', [change(1), change(2)]);
  await store.add('a/grown', [change(1), change(2), change(3)]);
  await store.add('a/grown', [change(1), change(2), change(3)]);
  expect(await all('a/grown')).toEqual([3, 2, 1]);
});

test('single changes are added where they are missing, also within the reach of a group', async () => {
  await store.add('a/carried', [change(1), change(2), change(5)]);
  await store.addMissing('a/carried', [change(2), change(4), change(9)]);
  expect(await all('a/carried')).toEqual([9, 5, 4, 2, 1]);
});

test('pages are in order although groups overlap over more than one page of the table', async () => {
  await store.add('a/overlapping', [change(0), change(30)]);
  for (let n = 1; n <= 25; n++) await store.add('a/overlapping', [change(n)]);
  const { changes } = await store.before('a/overlapping', Number.MAX_SAFE_INTEGER, 3);
  expect(secondsOf(changes).slice(0, 3)).toEqual([30, 25, 24]);
  const later = await store.before('a/overlapping', START + 24 * SECOND, 3);
  expect(secondsOf(later.changes).slice(0, 3)).toEqual([23, 22, 21]);
});

test('groups are cut by size and by span, and a change too large for any stands alone', () => {
  const sizes = (changes: readonly Change[]) => groupsOf(changes).map((group) => group.length);
  expect(sizes([])).toEqual([]);
  expect(sizes([change(0), change(59), change(60), change(61), change(62)])).toEqual([3, 2]);
  expect(SPAN_US).toBe(60 * SECOND);
  const large = 'x'.repeat(100_000);
  expect(sizes([change(0), change(1, large), change(2), change(3)])).toEqual([1, 1, 2]);
});
