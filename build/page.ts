import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { bundlePage } from '../console/bundle.ts';

/** Writes the console's page, bundled. @returns what it was made from */
export async function writePage(dist: string): Promise<Metafile> {
  const { files, metafile } = await bundlePage();
  const folder = join(dist, 'console/page');
  await mkdir(folder, { recursive: true });
  for (const [name, content] of files) await writeFile(join(folder, name), content);
  return metafile;
}
