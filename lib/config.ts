import * as z from 'zod';
import { iamFaultOf } from './cache/iam-url.ts';
import { ConfigurationError } from './errors.ts';
import { check, defineSettings, keepsHistory, type Settings, type SettingsInput } from './settings.ts';

const endpoints = z.strictObject({
  /**
   * `redis://`, or `rediss://` for TLS; with `?cluster=true` a cluster client is used. `rediss://USER@HOST:6379?iam=CACHE_NAME`
   * logs in to ElastiCache with IAM as that user, where `CACHE_NAME` is the name of the replication group, or with
   * `&serverless=true` of the serverless cache.
   */
  valkeyUrl: z.url({ protocol: /^rediss?$/ }).superRefine((url, context) => {
    const message = URL.canParse(url) && iamFaultOf(new URL(url));
    if (message) context.addIssue({ code: 'custom', message });
  }),
  /** URL of the FIFO queue. */
  queueUrl: z.url(),
  /** URL of the FIFO dead-letter queue. */
  deadLetterQueueUrl: z.url(),
  /** Name of the table: in DynamoDB with the partition key `pk` (string), in PostgreSQL as `write-behind postgres-schema` makes it. */
  tableName: z.string().min(3).max(255),
  /**
   * Name of the table of the history: in DynamoDB with the partition key `pk` (string) and the sort key `_v` (number). Needed where a
   * collection is audited.
   */
  historyTableName: z.string().min(3).max(255).optional(),
  /**
   * `postgres://USER:PASSWORD@HOST:5432/DATABASE`: items are stored there, and not in DynamoDB. `?sslmode=verify-full` (or `require`) for TLS
   * with a checked certificate; `?iam=true` logs in to RDS with IAM, over TLS; `?connections=N` bounds the pool, 1–100, default 10.
   *
   * @default items are stored in DynamoDB
   */
  postgresUrl: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  /** Endpoint of SQS where it is not AWS's own. */
  sqsEndpoint: z.url().optional(),
  /** Endpoint of DynamoDB where it is not AWS's own. */
  dynamodbEndpoint: z.url().optional(),
  /** Region of SQS, DynamoDB and Valkey's IAM authentication. @default the AWS SDK's: its environment variables and files */
  region: z.string().min(1).optional(),
  /**
   * Credentials for SQS, DynamoDB and Valkey's IAM authentication; temporary ones have a `sessionToken`.
   * @default the AWS SDK's: the function's role, environment variables, files
   */
  credentials: z
    .strictObject({ accessKeyId: z.string(), secretAccessKey: z.string(), sessionToken: z.string().exactOptional() })
    .optional(),
});

/**
 * Where Valkey, the queues and the table are.
 *
 * @interface
 */
export type Endpoints = z.infer<typeof endpoints>;
/** Checked settings and endpoints, with every default filled in. */
export type Config = Settings & { readonly endpoints: Endpoints };

/**
 * Checks settings and endpoints and fills in the defaults.
 *
 * @throws {ConfigurationError} naming the first setting at fault
 * @example
 * const config = defineConfig({ windowSeconds: 2 }, { valkeyUrl: 'redis://127.0.0.1:6379', … });
 */
export function defineConfig(input: SettingsInput, where: Endpoints): Config {
  const config = { ...defineSettings(input), endpoints: check(endpoints, where, 'endpoints') };
  if (keepsHistory(config) && config.endpoints.historyTableName === undefined) {
    throw new ConfigurationError('endpoints.historyTableName: is needed, because a collection is audited', {
      setting: 'endpoints.historyTableName',
    });
  }
  for (const [collection, { table, otherWriters }] of Object.entries(config.collections)) {
    if (config.endpoints.postgresUrl !== undefined) checkWithoutTables(collection, { table, otherWriters });
    if (table) checkTableName(collection, table.name, config);
  }
  return config;
}

/** Tables of one's own, and the streams of tables, are DynamoDB's. */
function checkWithoutTables(
  collection: string,
  needing: { readonly table: unknown; readonly otherWriters: unknown },
): void {
  const name = Object.entries(needing).find(([, value]) => value !== undefined)?.[0];
  if (name === undefined) return;
  const setting = `settings.collections.${collection}.${name}`;
  throw new ConfigurationError(
    `${setting}: needs DynamoDB, and items are stored in PostgreSQL (endpoints.postgresUrl)`,
    {
      setting,
    },
  );
}

/** The construct's settings have no names of tables yet, and no endpoints. */
function checkTableName(collection: string, name: string | undefined, { endpoints }: Config): void {
  const setting = `settings.collections.${collection}.table.name`;
  if (name === undefined) throw new ConfigurationError(`${setting}: is needed`, { setting });
  if (name === endpoints.tableName || name === endpoints.historyTableName) {
    throw new ConfigurationError(`${setting}: ${name} is the cache's own table`, { setting });
  }
}
