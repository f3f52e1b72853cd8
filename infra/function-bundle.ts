/** Options of esbuild, by its names. */
export interface FunctionBundle {
  readonly target: string;
  readonly mainFields: readonly string[];
  readonly external: readonly string[];
  /** Files from the root of the project. */
  readonly alias: Readonly<Record<string, string>>;
  readonly banner: string;
}

const NODE_HTTP = './functions/node-http.ts';

/** How a function of `functions/` becomes one file, at synth in a checkout and once for the package. */
export const functionBundle: FunctionBundle = {
  target: 'node24',
  mainFields: ['module', 'main'],
  // The AWS SDK is inside: as separate files of the runtime it takes longer to load than everything else.
  external: [],
  alias: { http: NODE_HTTP, 'node:http': NODE_HTTP },
  // ioredis is CommonJS and requires modules of Node's own, which an ES module cannot do by itself.
  banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
};

/** The functions: folders below `functions/`, whose `index.ts` is the entry. */
export const FUNCTION_FOLDERS = ['api', 'flush', 'sweep', 'stream', 'switch'] as const;

/** One of the functions. */
export type FunctionFolder = (typeof FUNCTION_FOLDERS)[number];

/** Where the package has a function's bundle, beside `lib/`. */
export const bundleFolder = (folder: FunctionFolder): string => `lambda/${folder}`;
