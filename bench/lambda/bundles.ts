import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { bundleFunction } from '../../build/functions.ts';
import type { FunctionFolder } from '../../infra/function-bundle.ts';

/** A bundle that can be imported. */
export interface Bundle {
  readonly file: string;
  readonly bytes: number;
  readonly gzipBytes: number;
}

/** Within the package, so that what the runtime has, the AWS SDK, is found among its dependencies. */
const FOLDER = fileURLToPath(new URL('../../.cache/bench-bundles', import.meta.url));

/** The bundles of a synthesis of `infra/`: what `cdk deploy` would upload. The stream function is not among them until a collection has other writers. */
export async function deployedBundles(): Promise<Record<FunctionFolder, Bundle>> {
  // The CDK takes seconds to load, and only this needs it.
  const { resourcesOf, stackOf, testApp } = await import('../../test/infra/synthesized.ts');
  const { Template } = await import('aws-cdk-lib/assertions');
  const app = testApp({ bundling: true });
  const stack = stackOf('dev', app);
  const { directory } = app.synth();
  const functions = Object.entries(resourcesOf(Template.fromStack(stack), 'AWS::Lambda::Function'));
  const bundleOf = (name: FunctionFolder): Bundle => {
    const own = functions.find(([id]) => id.toLowerCase().startsWith(`cache${name}`));
    const hash = own?.[1].Properties.Code.S3Key.replace('.zip', '');
    const folder = join(FOLDER, name);
    mkdirSync(folder, { recursive: true });
    cpSync(join(directory, `asset.${hash}`), folder, { recursive: true });
    return sized(join(folder, 'index.mjs'));
  };
  rmSync(FOLDER, { recursive: true, force: true });
  const bundles = {
    api: bundleOf('api'),
    flush: bundleOf('flush'),
    sweep: bundleOf('sweep'),
    switch: bundleOf('switch'),
  };
  rmSync(directory, { recursive: true });
  const stream = join(FOLDER, 'stream', 'index.mjs');
  await bundleFunction('stream', stream);
  return { ...bundles, stream: sized(stream) };
}

/** The api function with the AWS SDK left to the runtime, to see what having it inside is worth. */
export async function apiWithoutSdk(): Promise<Bundle> {
  const outfile = join(FOLDER, 'api', 'without-sdk.mjs');
  await bundleFunction('api', outfile, ['@aws-sdk/*']);
  return sized(outfile);
}

function sized(file: string): Bundle {
  const code = readFileSync(file);
  return { file, bytes: code.length, gzipBytes: gzipSync(code).length };
}
