import { glob, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A module that a declaration names, as the compiler writes it. */
const NAMED = /['"](\.{1,2}\/[^'"]+)\.ts['"]/g;

/** Removes the declarations that none of the exports leads to: nobody can import them, and they name packages that nobody has to have. */
export async function removeUnreachable(dist: string, exports: readonly string[]): Promise<void> {
  const reached = new Set<string>();
  const follow = async (path: string): Promise<void> => {
    if (reached.has(path)) return;
    reached.add(path);
    const text = await readFile(path, 'utf8');
    const named = [...text.matchAll(NAMED)].map(([, module]) => join(dirname(path), `${module}.d.ts`));
    await Promise.all(named.map(follow));
  };
  for await (const path of glob(exports, { cwd: dist })) await follow(join(dist, path));
  for await (const path of glob('**/*.d.ts', { cwd: dist })) {
    if (!reached.has(join(dist, path))) await rm(join(dist, path));
  }
}
