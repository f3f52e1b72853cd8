import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { bundleFolder, FUNCTION_FOLDERS, type FunctionFolder, functionBundle } from '../infra/function-bundle.ts';
import { ownFile, ownModule } from '../own-files.ts';

/** Bundles the functions as a checkout's synth does. @returns what each was made from */
export async function bundleFunctions(dist: string): Promise<Metafile[]> {
  return Promise.all(
    FUNCTION_FOLDERS.map((folder) => bundleFunction(folder, join(dist, bundleFolder(folder), 'index.mjs'))),
  );
}

/**
 * Bundles one function.
 *
 * @param external packages that stay outside, as esbuild takes them; default: as deployed
 */
export async function bundleFunction(
  folder: FunctionFolder,
  outfile: string,
  external: readonly string[] = functionBundle.external,
): Promise<Metafile> {
  const { banner, mainFields, ...options } = functionBundle;
  const { metafile } = await build({
    ...options,
    absWorkingDir: ownFile('.'),
    entryPoints: [ownModule(`functions/${folder}/index`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: banner },
    external: [...external],
    mainFields: [...mainFields],
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}
