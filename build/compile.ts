import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { glob, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ownFile } from '../own-files.ts';

/** What is in use in a checkout only: it makes what the package has ready. */
const CHECKOUT_ONLY = ['console/bundle.*', 'lib/cache/embed-scripts.*'];
/** Declarations of what nobody imports. */
const WITHOUT_TYPES = '{bench,cli,console,functions,local}/**/*.d.ts';

/** Compiles the modules and their declarations, each to its place below `dist/`. */
export async function compile(dist: string): Promise<void> {
  const tsc = ownFile('node_modules/typescript/bin/tsc');
  const child = spawn(process.execPath, [tsc, '-p', ownFile('tsconfig.build.json')], { stdio: 'inherit' });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`tsc failed with ${code}`);
  for await (const path of glob([...CHECKOUT_ONLY, WITHOUT_TYPES], { cwd: dist })) await rm(join(dist, path));
}
