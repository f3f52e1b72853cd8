import { ulid } from 'ulid';
import { describe, expect, test } from 'vitest';
import { isAppend, nextAppendId } from '../../lib/model/append-id.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const VERSION = NOW_MS * 1000;

test('ids are ordered, also within a millisecond', () => {
  const ids = Array.from({ length: 100 }, () => nextAppendId());
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(100);
});

describe('a version is taken for an append', () => {
  test.each([0, -59_000, 59_000])('where the id was made %i ms from it', (ms) => {
    expect(isAppend(`log/${ulid(NOW_MS + ms)}`, VERSION)).toBe(true);
  });

  test.each([
    ['was made long before', `log/${ulid(NOW_MS - 61_000)}`],
    ['was made long after', `log/${ulid(NOW_MS + 61_000)}`],
    ['is no ULID', 'log/2026'],
    ['only ends like one', `log/a/${ulid(NOW_MS)}`],
    ['is later than any ULID', `log/${'Z'.repeat(26)}`],
  ])('but not where the id %s', (_, key) => {
    expect(isAppend(key, VERSION)).toBe(false);
  });
});
