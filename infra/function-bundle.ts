/** Options of esbuild, by its names. */
export interface FunctionBundle {
  readonly target: string;
  readonly mainFields: readonly string[];
  /** Files from the root of the project. */
  readonly alias: Readonly<Record<string, string>>;
  readonly banner: string;
}

const NODE_HTTP = './functions/node-http.ts';

/** How a function of `functions/` becomes one file, at synth in a checkout and once for the package. */
export const functionBundle: FunctionBundle = {
  target: 'node24',
  mainFields: ['module', 'main'],
  alias: {
    http: NODE_HTTP,
    'node:http': NODE_HTTP,
    'node:http2': './functions/node-http2.ts',
    undici: './functions/undici.ts',
    // Of which that file imports.
    'undici/lib': './node_modules/undici/lib',
  },
  // ioredis is CommonJS and requires modules of Node's own, which an ES module cannot do by itself.
  banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
};

/** Databases that functions are bundled for: the bundle of one has nothing of the other's client. */
export const DATABASES = ['dynamodb', 'postgres'] as const;

/** One of the databases. */
export type Database = (typeof DATABASES)[number];

/** What stays outside of a bundle. Not the AWS SDK: as separate files of the runtime it takes longer to load than everything else. */
export const externalModules: Readonly<Record<Database, readonly string[]>> = {
  // Never imported where there is no URL of a PostgreSQL.
  dynamodb: ['*/postgres/open.ts'],
  // Which pg would take where it is installed.
  postgres: ['pg-native'],
};

/** The functions: folders below `functions/`, whose `index.ts` is the entry. */
export const FUNCTION_FOLDERS = ['api', 'flush', 'sweep', 'stream', 'switch'] as const;

/** One of the functions. */
export type FunctionFolder = (typeof FUNCTION_FOLDERS)[number];

/** The functions that need a bundle for each database: the others have to do with DynamoDB's tables alone, or with none. */
export const STORING_FOLDERS = ['api', 'flush', 'sweep'] as const satisfies readonly FunctionFolder[];

/** Where the package has a function's bundle, beside `lib/`. */
export const bundleFolder = (folder: FunctionFolder, database: Database): string =>
  database === 'dynamodb' ? `lambda/${folder}` : `lambda/${database}/${folder}`;
