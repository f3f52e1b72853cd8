import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import {
  bundleFolder,
  DATABASES,
  type Database,
  externalModules,
  FUNCTION_FOLDERS,
  type FunctionFolder,
  functionBundle,
  STORING_FOLDERS,
} from '../infra/function-bundle.ts';
import { ownFile, ownModule } from '../own-files.ts';

/** Bundles the functions as a checkout's synth does. @returns what each was made from */
export async function bundleFunctions(dist: string): Promise<Metafile[]> {
  const foldersOf = (database: Database) => (database === 'dynamodb' ? FUNCTION_FOLDERS : STORING_FOLDERS);
  const all = DATABASES.flatMap((database) => foldersOf(database).map((folder) => [folder, database] as const));
  return Promise.all(
    all.map(([folder, database]) =>
      bundleFunction(folder, join(dist, bundleFolder(folder, database), 'index.mjs'), [], database),
    ),
  );
}

/**
 * Bundles one function.
 *
 * @param external packages that stay outside besides those that always do, as esbuild takes them; default: none
 * @param database what it stores in; default: DynamoDB
 */
export async function bundleFunction(
  folder: FunctionFolder,
  outfile: string,
  external: readonly string[] = [],
  database: Database = 'dynamodb',
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
    external: [...externalModules[database], ...external],
    mainFields: [...mainFields],
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}
