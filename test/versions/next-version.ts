import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { FORMAT } from '../../lib/model/format.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import type { Edit } from '../mutations/mutation.ts';

const root = join(import.meta.dirname, '../..');
const SCRIPTS = 'lib/cache/scripts.generated.ts';

/** What the next version would change: it raises the format, and adds something to whatever passes between versions. */
const EDITS: readonly Edit[] = [
  { file: 'lib/model/format.ts', find: `FORMAT: number = ${FORMAT}`, replace: `FORMAT: number = ${FORMAT + 1}` },
  // A message, and a change of the history in it.
  {
    file: 'lib/queue/signal.ts',
    find: '  format: z.int().positive().optional(),\n',
    replace: '  format: z.int().positive().optional(),\n  added: z.looseObject({}).optional(),\n',
  },
  {
    file: 'lib/queue/signal.ts',
    find: '  const text = JSON.stringify({\n',
    replace: "  const text = JSON.stringify({\n    added: { by: 'the next version' },\n",
  },
  {
    file: 'lib/history/change.ts',
    find: '  comment: z.string().optional(),\n});',
    replace: '  comment: z.string().optional(),\n  added: z.number().optional(),\n});',
  },
  {
    file: 'lib/history/change.ts',
    find: '  return {\n    ...change,\n',
    replace: '  return {\n    added: 1,\n    ...change,\n',
  },
  // An entry, written or loaded.
  {
    file: SCRIPTS,
    find: "  field('format', string.format('%d', FORMAT))\\n",
    replace: "  field('format', string.format('%d', FORMAT))\\n  field('added', 'by the next version')\\n",
  },
  { file: SCRIPTS, find: `local FORMAT = ${FORMAT}\\n`, replace: `local FORMAT = ${FORMAT + 1}\\n` },
  {
    file: 'lib/cache/cache.ts',
    find: "fields.push('format', FORMAT)",
    replace: "fields.push('format', FORMAT, 'added', 'by the next version')",
  },
];

/** A version of write-behind. */
export interface Version {
  readonly WriteBehind: typeof WriteBehind;
}

/** Makes the next version of this code: bundled into a temporary folder, beside which the checkout stays as it is. */
export async function buildNextVersion(): Promise<Version & { remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'write-behind-next-'));
  // What it imports from packages is found as from here.
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const files = Map.groupBy(EDITS, ({ file }) => join(root, file));
  const { outputFiles } = await build({
    entryPoints: [join(root, 'lib/write-behind.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    plugins: [
      {
        name: 'next-version',
        setup: ({ onLoad }) => {
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const edits = files.get(path);
            return edits && { contents: edited(path, edits), loader: 'ts' };
          });
        },
      },
    ],
  });
  const bundle = join(folder, 'next.mjs');
  writeFileSync(bundle, outputFiles[0]!.contents);
  const next = (await import(/* @vite-ignore */ pathToFileURL(bundle).href)) as Version;
  return { WriteBehind: next.WriteBehind, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Each edit must fit, so that it cannot rot unnoticed; in the generated scripts it fits in every script that has it. */
function edited(path: string, edits: readonly Edit[]): string {
  return edits.reduce(
    (text, { file, find, replace }) => {
      const places = text.split(find).length - 1;
      if (places === 0 || (places > 1 && file !== SCRIPTS)) throw new Error(`${file} has ${places} times: ${find}`);
      return text.replaceAll(find, () => replace);
    },
    readFileSync(path, 'utf8'),
  );
}
