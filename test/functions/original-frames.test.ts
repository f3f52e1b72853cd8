import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { functionBundle } from '../../infra/function-bundle.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frames-'));
});
afterAll(() => rm(folder, { recursive: true }));

const describeErrorModule = join(import.meta.dirname, '../../functions/describe-error.ts');
const SOURCE = `import { describeError } from ${JSON.stringify(describeErrorModule)};

// A comment, which a bundle does not keep.
function fail(): never {
  const message: string = 'as expected';
  throw new Error(message);
}

try {
  fail();
} catch (error) {
  process.stdout.write(describeError(error).stack.split('\\n')[0]!);
}
`;

/** Where an error was thrown, as a program says that is bundled as the functions are, on a Node that maps nothing by itself. */
async function thrownAt(name: string, sourcemap: boolean): Promise<string> {
  const entry = join(folder, 'fails.ts');
  const outfile = join(folder, name);
  await writeFile(entry, SOURCE);
  const { target, banner } = functionBundle;
  const options = {
    target,
    banner: { js: banner },
    platform: 'node',
    format: 'esm',
    bundle: true,
    minify: true,
  } as const;
  await build({ ...options, sourcemap, entryPoints: [entry], outfile });
  return (await promisify(execFile)(process.execPath, [outfile], { env: {} })).stdout;
}

test('the log says where in the source an error was thrown, not where in the bundle', async () => {
  expect(await thrownAt('mapped.mjs', true)).toMatch(/fails\.ts:6:9\)?$/);
});

test('without a map the log says where in the bundle', async () => {
  expect(await thrownAt('unmapped.mjs', false)).toMatch(/unmapped\.mjs:\d+:\d+\)?$/);
});
