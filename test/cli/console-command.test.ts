import { expect, test } from 'vitest';
import { localEnvironment } from '../../lib/environment.ts';
import { startStack } from '../../local/stack.ts';
import { commandLine } from './command-line.ts';

test('console serves the page, and passes its calls on to the API, until Ctrl-C', async () => {
  const stack = await startStack({ port: 0, environment: localEnvironment() });
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<string>();
  const running = commandLine(['console', '--port', '0', '--api', stack.url, '--json'], {
    interrupted: controller.signal,
    onOut: (text) => resolve(JSON.parse(text).url),
  });
  const url = await promise;
  expect(await (await fetch(url)).text()).toContain('write-behind');
  expect(await (await fetch(new URL('/stats', url))).json()).toMatchObject({ dirtyItems: 0 });
  controller.abort();
  expect((await running).code).toBe(0);
  await expect(fetch(url)).rejects.toThrow();
  await stack.stop();
});

test('a port that is taken is a mistake in the command line', async () => {
  const stack = await startStack({ port: 0, environment: localEnvironment() });
  const { port } = new URL(stack.url);
  const { code, err } = await commandLine(['console', '--port', port, '--api', stack.url]);
  expect({ code, err }).toEqual({ code: 2, err: `--port: ${port} is taken; give another\n` });
  await stack.stop();
});
