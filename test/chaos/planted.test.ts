import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../mutations/broken-copy.ts';
import { planted } from './planted.ts';

test('every rule of the protocol has a planted bug', () => {
  expect([...new Set(planted.map(({ rule }) => rule))].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 14 }, (_, i) => i + 1),
  );
});

test.each(planted)('the bug in rule $rule can still be planted: $breaks', ({ edits }) => {
  for (const { file, find } of edits) expect(readFileSync(join(root, file), 'utf8').split(find)).toHaveLength(2);
});
