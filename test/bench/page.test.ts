import { describe, expect, test } from 'vitest';
import { fillIn } from '../../bench/report/docs.ts';
import { formatCell } from '../../bench/report/format.ts';
import { tableMarkdown, tableText } from '../../bench/report/table.ts';

const page = 'before\n<!-- bench:a -->\nold\n<!-- /bench:a -->\nbetween\n<!-- bench:b -->\n<!-- /bench:b -->\nafter';

describe('a page', () => {
  test('gets each block into its place, and keeps everything else', () => {
    const filled = fillIn(page, new Map(Object.entries({ a: 'one $& two', b: '| x |' })));
    expect(filled).toBe(
      'before\n<!-- bench:a -->\n\none $& two\n\n<!-- /bench:a -->\nbetween\n<!-- bench:b -->\n\n| x |\n\n<!-- /bench:b -->\nafter',
    );
    expect(fillIn(filled, new Map(Object.entries({ a: 'one $& two', b: '| x |' })))).toBe(filled);
  });

  test.each([
    ['a block without a place', page, { a: '', b: '', c: '' }, 'no place for c'],
    ['a place without a block', page, { a: '' }, 'Nothing was measured for b'],
    ['two places for one block', `${page}\n<!-- bench:a -->\n<!-- /bench:a -->`, { a: '', b: '' }, 'two places for a'],
    ['a place that does not end', `${page}\n<!-- bench:c -->`, { a: '', b: '' }, 'place for c has no end'],
  ])('refuses %s', (_, text, blocks, problem) => {
    expect(() => fillIn(text, new Map(Object.entries(blocks)))).toThrow(problem);
  });
});

const table = {
  id: 't',
  title: 'Title',
  note: 'Note.',
  columns: [
    { id: 'name', title: '', unit: 'text' },
    { id: 'speed', title: 'speed', unit: 'times' },
  ],
  rows: [
    { name: 'a', speed: { median: 1, lowest: 1, highest: 1 } },
    { name: 'long', speed: { median: 0.5, lowest: 0.25, highest: 1.75 } },
    { name: 'none', speed: null },
  ],
} as const;

test('a table has its numbers to the right, in a terminal and in Markdown', () => {
  expect(tableText(table)).toBe(
    'Title\n                  speed\na                 ×1.00\nlong  ×0.50 (0.25–1.75)\nnone                  –\nNote.',
  );
  expect(tableMarkdown(table)).toBe(
    '|  | speed |\n| --- | ---: |\n| a | ×1.00 |\n| long | ×0.50 (0.25–1.75) |\n| none | – |\n\nNote.',
  );
});

test('a spread shows lowest and highest only where they can be told from the median', () => {
  expect(formatCell({ median: 1000, lowest: 999.6, highest: 1000.4 }, 'count')).toBe('1,000');
  expect(formatCell({ median: 1000, lowest: 990, highest: 1000.4 }, 'count')).toBe('1,000 (990–1,000)');
  expect(formatCell({ median: 2.5, lowest: 1, highest: 12.34 }, 'ms')).toBe('2.50 ms (1.00–12.3)');
});
