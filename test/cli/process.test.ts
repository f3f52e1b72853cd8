import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localEnvironment } from '../../lib/environment.ts';
import { type LocalStack, startStack } from '../../local/stack.ts';

const root = join(import.meta.dirname, '../..');
const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: Record<string, string> };
const program = join(root, bin['write-behind']!);

let stack: LocalStack;
beforeAll(async () => {
  stack = await startStack({ environment: localEnvironment() });
});
afterAll(() => stack?.stop());

test('the program reads standard input, prints JSON and ends with its exit code', async () => {
  const child = spawn(program, ['batch', '-', '--json', '--api', stack.url]);
  child.stdin.end('{"op": "put", "key": "stock/rye", "value": {"left": 3}}\n{"op": "get", "key": "stock/none"}\n');
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.once('close', resolve)),
  ]);
  expect({ code, err }).toEqual({ code: 1, err: '1 done, 1 failed\n' });
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { line: 1, status: 202, key: 'stock/rye' },
    { line: 2, status: 404, problem: { status: 404 } },
  ]);
});

test('Ctrl-C ends what watches, and its result is whole', async () => {
  const child = spawn(program, ['stats', '--watch', '--json', '--every', '3600', '--api', stack.url]);
  child.stdout.once('data', () => child.kill('SIGINT'));
  const [out, code] = await Promise.all([text(child.stdout), new Promise((resolve) => child.once('close', resolve))]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ dirtyItems: expect.any(Number) });
});

test('start runs the product on this machine, until Ctrl-C', async () => {
  const child = spawn(program, ['start', '--port', '0']);
  const [ready] = await once(child.stdout, 'data');
  const url = String(ready).replace('ready ', '').trim();
  expect((await fetch(`${url}/health`)).status).toBe(200);
  child.kill('SIGINT');
  expect(await once(child, 'close')).toEqual([0, null]);
});
