import { expect, test } from 'vitest';
import { clock, count, counted, duration, moment, ratio } from '../../console/page/format.ts';

test.each([
  [null, '–'],
  [0, '0 ms'],
  [1.44, '1.4 ms'],
  [820, '820 ms'],
  [5800, '5.8 s'],
  [119_900, '119.9 s'],
  [180_000, '3 min'],
  [9_000_000, '2.5 h'],
])('a duration of %s ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('counts, ratios and times read easily', () => {
  expect(count(1234567)).toBe('1,234,567');
  expect([ratio(null), ratio(6.249), ratio(100), ratio(1234.5)]).toEqual(['–', '6.2', '100', '1,235']);
  expect([counted(1, 'item'), counted(2, 'item'), counted(0, 'entry', 'entries')]).toEqual([
    '1 item',
    '2 items',
    '0 entries',
  ]);
  const noon = new Date(2026, 10, 21, 12, 5, 9).getTime();
  expect(clock(noon)).toBe('12:05:09');
  expect(moment(noon, noon + 1000)).toBe('12:05:09');
  expect(moment(noon, noon + 86_400_000)).toBe('2026-11-21 12:05:09');
});
