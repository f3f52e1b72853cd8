import { Code } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, type NodejsFunctionProps, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { isPackaged, ownFile, ownModule } from '../../own-files.ts';
import {
  bundleFolder,
  type Database,
  externalModules,
  type FunctionFolder,
  functionBundle,
} from '../function-bundle.ts';

/** The props of a `NodejsFunction` that say what it runs. */
export type FunctionCode = Pick<
  NodejsFunctionProps,
  'code' | 'handler' | 'entry' | 'projectRoot' | 'depsLockFilePath' | 'bundling'
>;

/**
 * The code of a function. The package has its functions bundled, so that an app deploys what was tested, whatever its own dependencies are,
 * and needs no bundler; a checkout bundles them at synth.
 */
export function functionCode(folder: FunctionFolder, database: Database): FunctionCode {
  if (isPackaged) return { code: Code.fromAsset(ownFile(bundleFolder(folder, database))), handler: 'index.handler' };
  const { target, mainFields, alias, banner } = functionBundle;
  return {
    entry: ownModule(`functions/${folder}/index`),
    projectRoot: ownFile('.'),
    depsLockFilePath: ownFile('package-lock.json'),
    bundling: {
      target,
      banner,
      mainFields: [...mainFields],
      externalModules: [...externalModules[database]],
      esbuildArgs: Object.fromEntries(Object.entries(alias).map(([name, file]) => [`--alias:${name}`, file])),
      format: OutputFormat.ESM,
      minify: true,
      sourceMap: true,
      sourcesContent: false,
      logLevel: LogLevel.WARNING,
    },
  };
}
