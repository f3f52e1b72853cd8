import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

test('the programs in the README and in docs/observability.md compile', async () => {
  const observability = readFileSync(join(root, 'docs/observability.md'), 'utf8');
  const programs = [...`${readme}\n${observability}`.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, program]) => program!);
  expect(programs.length).toBeGreaterThan(0);
  // Inside the package, so that it finds itself under its name.
  const folder = mkdtempSync(join(root, 'test', 'readme-'));
  try {
    const files = programs.map((program, index) => {
      const file = join(folder, `program-${index}.ts`);
      writeFileSync(file, program);
      return file;
    });
    const options = { extends: join(root, 'tsconfig.json'), compilerOptions: { noUnusedLocals: false }, files };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options));
    await promisify(execFile)(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);

test('every file that the READMEs of the examples name is there', () => {
  for (const example of ['flight-board', 'log-service', 'bakery-stock']) {
    expect(readme).toContain(`(examples/${example}/README.md)`);
    const own = readFileSync(join(root, 'examples', example, 'README.md'), 'utf8');
    for (const [file] of own.matchAll(/examples\/[\w./-]+/g)) readFileSync(join(root, file));
  }
});

test.each(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'])(
  'every npm script and every file that %s names is there',
  (document) => {
    const text = readFileSync(join(root, document), 'utf8');
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    for (const [, script] of text.matchAll(/npm run ([\w:]+)/g)) expect(scripts).toHaveProperty([script!]);
    for (const [, file] of text.matchAll(/\]\((?!http)([^)#]+)[^)]*\)/g))
      expect(() => readFileSync(join(root, file!), { flag: 'r' })).not.toThrow(/ENOENT/);
  },
);
