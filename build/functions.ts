import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { bundleFolder, FUNCTION_FOLDERS, type FunctionFolder, functionBundle } from '../infra/function-bundle.ts';
import { ownFile, ownModule } from '../own-files.ts';

/** Bundles the functions as a checkout's synth does. @returns what each was made from */
export async function bundleFunctions(dist: string): Promise<Metafile[]> {
  return Promise.all(FUNCTION_FOLDERS.map((folder) => bundle(folder, join(dist, bundleFolder(folder)))));
}

async function bundle(folder: FunctionFolder, target: string): Promise<Metafile> {
  const { banner, external, mainFields, ...options } = functionBundle;
  const { metafile } = await build({
    ...options,
    absWorkingDir: ownFile('.'),
    entryPoints: [ownModule(`functions/${folder}/index`)],
    outfile: join(target, 'index.mjs'),
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
