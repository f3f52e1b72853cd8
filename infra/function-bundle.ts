/** How a function of `functions/` becomes one file, at synth in a checkout and once for the package. The names are esbuild's. */
export const functionBundle = {
  target: 'node24',
  mainFields: ['module', 'main'],
  // The runtime's: smaller to load, and patched by AWS.
  external: ['@aws-sdk/*'],
  // ioredis is CommonJS and requires modules of Node's own, which an ES module cannot do by itself.
  banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
} as const;

/** The functions: folders below `functions/`, whose `index.ts` is the entry. */
export const FUNCTION_FOLDERS = ['api', 'flush', 'sweep'] as const;

/** One of the functions. */
export type FunctionFolder = (typeof FUNCTION_FOLDERS)[number];

/** Where the package has a function's bundle, beside `lib/`. */
export const bundleFolder = (folder: FunctionFolder): string => `lambda/${folder}`;
