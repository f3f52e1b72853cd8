import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { ownFile } from '../own-files.ts';

/** The folder of the package that a file is of. */
const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;
const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i;

/**
 * Writes the licences of the packages whose code is within the bundles: they ask to be passed on with it.
 *
 * @throws where a package has no licence that could be passed on
 */
export async function writeNotices(dist: string, bundles: readonly Metafile[]): Promise<void> {
  const inputs = bundles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = new Set(inputs.flatMap((path) => PACKAGE.exec(path)?.[0] ?? []));
  const notices = await Promise.all([...folders].sort().map(noticeOf));
  const head = 'The bundles in lambda/ and console/page/ contain code of these packages.\n';
  await writeFile(join(dist, 'THIRD-PARTY-LICENCES.txt'), [head, ...notices].join(`\n${'='.repeat(80)}\n`));
}

async function noticeOf(folder: string): Promise<string> {
  const path = ownFile(folder);
  const { name, version, license } = JSON.parse(await readFile(join(path, 'package.json'), 'utf8'));
  const files = (await readdir(path)).filter((file) => LICENCE_FILE.test(file)).sort();
  if (!license && files.length === 0) throw new Error(`${folder} is bundled and names no licence`);
  const texts = await Promise.all(files.map((file) => readFile(join(path, file), 'utf8')));
  return [`${name} ${version}, licence ${license}\n`, ...texts].join('\n');
}
