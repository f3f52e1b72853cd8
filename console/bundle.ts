import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type BuildOptions, type BuildResult, build } from 'esbuild';
import { ownFile } from '../own-files.ts';

const PAGE = ownFile('console/page');

/** What of the page is taken as it is. */
const AS_IT_IS = ['index.html', 'icon.svg'];

const BUILD = {
  entryPoints: [`${PAGE}/page.tsx`, `${PAGE}/page.css`],
  outdir: PAGE,
  write: false,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  metafile: true,
} satisfies BuildOptions;

/** The page, bundled. */
export interface BundledPage {
  /** The files by their names. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What the bundles were made from. */
  readonly metafile: BuildResult<typeof BUILD>['metafile'];
}

/** Bundles the page, which takes some hundred milliseconds. */
export async function bundlePage(): Promise<BundledPage> {
  const [{ outputFiles, metafile }, ...asTheyAre] = await Promise.all([
    build(BUILD),
    ...AS_IT_IS.map(async (name): Promise<[string, Uint8Array]> => [name, await readFile(`${PAGE}/${name}`)]),
  ]);
  const bundled = outputFiles.map(({ path, contents }): [string, Uint8Array] => [basename(path), contents]);
  return { files: new Map([...asTheyAre, ...bundled]), metafile };
}
