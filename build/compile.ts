import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ownFile } from '../own-files.ts';
import { removeUnreachable } from './declarations.ts';
import { packedManifest, readPackageJson } from './manifest.ts';

/** What is in use in a checkout only: it makes what the package has ready. */
const CHECKOUT_ONLY = ['console/bundle.js', 'lib/cache/embed-scripts.js'];

/** Compiles the modules and their declarations, each to its place below `dist/`. */
export async function compile(dist: string): Promise<void> {
  const tsc = ownFile('node_modules/typescript/bin/tsc');
  const child = spawn(process.execPath, [tsc, '-p', ownFile('tsconfig.build.json')], { stdio: 'inherit' });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`tsc failed with ${code}`);
  for (const path of CHECKOUT_ONLY) await rm(join(dist, path));
  await removeUnreachable(dist, exportedTypes());
}

/** Below `dist/`. */
function exportedTypes(): string[] {
  const { exports } = packedManifest(readPackageJson());
  const types = Object.values(exports).flatMap((each) => (typeof each === 'string' ? [] : each.types));
  // One star of an export stands for folders, too.
  return types.map((path) => path.replace('./dist/', '').replace('*', '**/*'));
}
