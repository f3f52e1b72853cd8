import { readFile } from 'node:fs/promises';
import { isPackaged, ownFile } from '../own-files.ts';

/** A file of the page, ready to be sent. */
export interface Asset {
  /** Value of `Content-Type`. */
  readonly type: string;
  readonly body: Buffer;
}

interface PageFile {
  readonly name: string;
  readonly type: string;
}

/** The files of the page by the paths that they are served at. */
const FILES: ReadonlyMap<string, PageFile> = new Map([
  ['/console', { name: 'index.html', type: 'text/html; charset=utf-8' }],
  ['/console/icon.svg', { name: 'icon.svg', type: 'image/svg+xml' }],
  ['/console/page.js', { name: 'page.js', type: 'text/javascript; charset=utf-8' }],
  ['/console/page.css', { name: 'page.css', type: 'text/css; charset=utf-8' }],
]);

let made: Promise<ReadonlyMap<string, Asset>> | undefined;

/** The files of the page by their paths. In a checkout they are made at the first call, which takes some hundred milliseconds. Kept. */
export function assets(): Promise<ReadonlyMap<string, Asset>> {
  made ??= load();
  return made;
}

async function load(): Promise<ReadonlyMap<string, Asset>> {
  const read = isPackaged ? readReady : await bundled();
  return new Map(
    await Promise.all(
      [...FILES].map(
        async ([path, { name, type }]): Promise<[string, Asset]> => [path, { type, body: await read(name) }],
      ),
    ),
  );
}

const readReady = (name: string): Promise<Buffer> => readFile(ownFile(`console/page/${name}`));

async function bundled(): Promise<(name: string) => Promise<Buffer>> {
  // The package has no bundler, and needs none.
  const { bundlePage } = await import('./bundle.ts');
  const { files } = await bundlePage();
  return async (name) => Buffer.from(files.get(name)!);
}
