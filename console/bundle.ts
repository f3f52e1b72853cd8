import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/** A file of the page, ready to be sent. */
export interface Asset {
  /** Value of `Content-Type`. */
  readonly type: string;
  readonly body: Buffer;
}

const PAGE = join(import.meta.dirname, 'page');
const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

let made: Promise<ReadonlyMap<string, Asset>> | undefined;

/** The files of the page by their paths. Made at the first call, which takes some hundred milliseconds, and kept. */
export function assets(): Promise<ReadonlyMap<string, Asset>> {
  made ??= bundle();
  return made;
}

async function bundle(): Promise<ReadonlyMap<string, Asset>> {
  const [document, icon, { outputFiles }] = await Promise.all([
    readFile(join(PAGE, 'index.html')),
    readFile(join(PAGE, 'icon.svg')),
    build({
      entryPoints: [join(PAGE, 'page.tsx'), join(PAGE, 'page.css')],
      outdir: PAGE,
      write: false,
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      jsx: 'automatic',
      jsxImportSource: 'preact',
    }),
  ]);
  return new Map<string, Asset>([
    ['/console', { type: 'text/html; charset=utf-8', body: document }],
    ['/console/icon.svg', { type: 'image/svg+xml', body: icon }],
    ...outputFiles.map(({ path, contents }): [string, Asset] => {
      const extension = path.slice(path.lastIndexOf('.') + 1);
      return [`/console/page.${extension}`, { type: TYPES[extension]!, body: Buffer.from(contents) }];
    }),
  ]);
}
