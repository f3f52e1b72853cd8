/** Writes `scripts.generated.ts`, so that every tool (node, vitest, esbuild) loads the Lua scripts without a loader of its own. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FORMAT } from '../model/format.ts';

const folder = join(import.meta.dirname, 'scripts');

function source(file: string): string {
  return readFileSync(join(folder, file), 'utf8')
    .replace(/^ *--- @include (\S+)\n/gm, (_line, name: string) => source(name))
    .replace(/^--- @format\n/gm, `local FORMAT = ${FORMAT}\n`);
}

const scripts = readdirSync(folder)
  .filter((file) => /-\d+\.lua$/.test(file))
  .sort()
  .map((file) => {
    const [, name] = /^(.+)-\d+\.lua$/.exec(file) as unknown as [string, string];
    return `  ${JSON.stringify(name)}: { source: ${JSON.stringify(source(file))} },`;
  });

const text = `// Generated from scripts/*.lua by embed-scripts.ts; do not edit.\nexport const scripts = {\n${scripts.join('\n')}\n} as const;\n`;
const target = join(import.meta.dirname, 'scripts.generated.ts');
let current = '';
try {
  current = readFileSync(target, 'utf8');
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
// Written only when it differs, so that watchers stay quiet.
if (current !== text) writeFileSync(target, text);
