import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LocalStack } from '../../local/stack.ts';
import { run, stackFor } from './run.ts';

let stack: LocalStack;
beforeAll(async () => {
  stack = await stackFor('flight-board');
});
afterAll(() => stack.stop());

test('the flight board holds what it claims, also when it runs again', async () => {
  for (const _ of [1, 2]) {
    const { code, output } = await run('flight-board/board.ts', stack.url);
    expect(output).not.toContain('FAILS');
    expect(code).toBe(0);
    expect(output).toMatch(/17:45 {2}WB342 {3}Seattle {5}C1 {4}\+45 min delayed {3}operations: /);
    expect(output).toContain('History of flights/WB208');
  }
}, 90_000);

test('the flight board fails where no history is kept', async () => {
  const forgetful = await stackFor('flight-board', { collections: {} });
  const { code, output } = await run('flight-board/board.ts', forgetful.url);
  await forgetful.stop();
  expect(code).toBe(1);
  expect(output).toContain('not-audited');
});
