import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LocalStack } from '../../local/stack.ts';
import { lossyServer } from '../client/lossy-server.ts';
import { run, stackFor } from './run.ts';

let stack: LocalStack;
beforeAll(async () => {
  stack = await stackFor('bakery-stock');
});
afterAll(() => stack.stop());

test('the sale sells what there is, and each order once', async () => {
  const { code, output } = await run('bakery-stock/sale.ts', stack.url, '300');
  expect(output).not.toContain('FAILS');
  expect(code).toBe(0);
  expect(output).toContain('30 orders were sent twice, and count once');
  expect(output).toMatch(/croissant +150 +0 +150\n/);
}, 90_000);

test('the sale notices orders that count twice', async () => {
  const server = await lossyServer(stack.url, { header: 'idempotency-key' });
  const { code, output } = await run('bakery-stock/sale.ts', server.url, '300');
  await server.close();
  expect(code).toBe(1);
  expect(output).toContain('FAILS  what buyers were promised is what was sold');
}, 90_000);
