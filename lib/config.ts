import * as z from 'zod';
import { iamFaultOf } from './cache/iam-url.ts';
import { ConfigurationError } from './errors.ts';

/** What a write's acknowledgement promises. */
export const durability = z.enum(['cache', 'queue', 'database']);
/** `cache`: Valkey has it. `queue`: SQS holds the value too. `database`: DynamoDB has it. */
export type Durability = z.infer<typeof durability>;

const seconds = (min: number, max: number) => z.number().min(min).max(max);
const wholeSeconds = (min: number, max: number) => z.int().min(min).max(max);

const collectionPolicy = z.strictObject({
  /** Level of writes that name none. @default the setting `defaultDurability` */
  durability: durability.optional(),
  /** How long a clean entry stays cached, 1–31,536,000 s. @default the setting `ttlSeconds` */
  ttlSeconds: wholeSeconds(1, 31_536_000).optional(),
  /** Largest item in bytes by DynamoDB's formula, 64–358,400. @default 358,400 */
  maxItemBytes: z
    .int()
    .min(64)
    .max(350 * 1024)
    .optional(),
  /** Whether every write is kept in the history, with who made it and why. @default false */
  audited: z.boolean().optional(),
});

const settings = z.strictObject({
  /** Names this cache in metrics and logs, 1–100 characters of `A-Za-z0-9_.-`. @default "write-behind" */
  name: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,100}$/, 'must be 1 to 100 characters of A-Z, a-z, 0-9, _, . and -')
    .default('write-behind'),
  /** How long writes to a key gather before the flush: the queue's delivery delay, 0–900 s. @default 5 */
  windowSeconds: wholeSeconds(0, 900).default(5),
  /** How long a clean entry stays cached, 1–31,536,000 s. @default 3600 */
  ttlSeconds: wholeSeconds(1, 31_536_000).default(3600),
  /** Level of writes that name none. @default "queue" */
  defaultDurability: durability.default('queue'),
  /** Shards that the items are spread over, 1–1024. Must not change while anything is cached. @default 64 */
  shards: z.int().min(1).max(1024).default(64),
  /** Bound on dirty items over all shards; a shard's share is this divided by `shards`. @default 100,000 */
  maxDirtyItems: z.int().min(1).default(100_000),
  /** Dirty items from which on `/health` is degraded. @default 1000 */
  backlogAlert: z.int().min(1).default(1000),
  /** How often the sweep runs, 1–3600 s. @default 60 */
  sweepEverySeconds: wholeSeconds(1, 3600).default(60),
  /** Entries dirty for longer than this are the sweep's. @default 2 windows + 30 s */
  sweepAfterSeconds: seconds(0, 86_400).optional(),
  /** SQS moves a message to the DLQ after this many receives; a backstop only, 5–1000. @default 30 */
  maxReceiveCount: z.int().min(5).max(1000).default(30),
  /** How long a flush may take before its messages are delivered again, 1–43,200 s. @default 60 */
  visibilityTimeoutSeconds: wholeSeconds(1, 43_200).default(60),
  /** Waits before the retries of an item that DynamoDB refuses, each 0–43,200 s; after the last it is parked. @default [60, 120, 300] */
  refusedRetrySeconds: z.array(wholeSeconds(0, 43_200)).max(10).default([60, 120, 300]),
  /** First and longest wait of the exponential back-off after a transient failure, 1–43,200 s. @default { firstSeconds: 1, maxSeconds: 300 } */
  backOff: z
    .strictObject({ firstSeconds: wholeSeconds(1, 43_200), maxSeconds: wholeSeconds(1, 43_200) })
    .default({ firstSeconds: 1, maxSeconds: 300 }),
  /** How long an idempotency key is remembered, 1–86,400 s. @default 600 */
  idempotencySeconds: wholeSeconds(1, 86_400).default(600),
  /** How long a reader may take to load a missing item before another takes over, 1–60 s. @default 5 */
  leaseSeconds: wholeSeconds(1, 60).default(5),
  /** Longest wait for Valkey to connect or answer, 50–5000 ms. @default 500 */
  valkeyTimeoutMs: z.int().min(50).max(5000).default(500),
  /** How long a tombstone stays in DynamoDB, 43–3650 days: longer than a message can wait in queue, DLQ and queue again. @default 90 */
  tombstoneDays: z.int().min(43).max(3650).default(90),
  /** Policies by collection. @default {} */
  collections: z.record(z.string().min(1), collectionPolicy).default({}),
  /** Whether collections that `collections` does not list are refused. @default false */
  closed: z.boolean().default(false),
  /** Origins that browsers may call from; `*` allows all, none disables CORS. @default [] */
  corsOrigins: z.array(z.string().min(1)).default([]),
});

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
  /** Name of the DynamoDB table, partition key `pk` (string). */
  tableName: z.string().min(3).max(255),
  /** Name of the DynamoDB table of the history, partition key `pk` (string), sort key `_v` (number). Needed where a collection is audited. */
  historyTableName: z.string().min(3).max(255).optional(),
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

/** How the cache behaves; every setting has a default. */
export type SettingsInput = z.input<typeof settings>;
/** Where Valkey, the queues and the table are. */
export type Endpoints = z.infer<typeof endpoints>;
/** Policy of one collection, every field decided. */
export interface CollectionPolicy {
  readonly durability: Durability;
  readonly ttlSeconds: number;
  readonly maxItemBytes: number;
  readonly audited: boolean;
}
/** Checked settings and endpoints, with every default filled in. */
export type Config = Settings & { readonly endpoints: Endpoints };

/** Largest item by DynamoDB's formula, our attributes included. */
export const MAX_ITEM_BYTES = 350 * 1024;

function check<S extends z.ZodType>(schema: S, input: unknown, what: string): z.output<S> {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const setting = [what, ...(issue?.path ?? []).map(String)].join('.');
  // Endpoints may hold a password.
  const got = what === 'settings' && issue?.input !== undefined ? `, got ${JSON.stringify(issue.input)}` : '';
  throw new ConfigurationError(`${setting}: ${issue?.message}${got}`, { setting });
}

/** Settings with every default filled in. */
export type Settings = z.output<typeof settings> & { readonly sweepAfterSeconds: number };

/**
 * Checks settings and fills in the defaults.
 *
 * @throws {ConfigurationError} naming the first setting at fault
 */
export function defineSettings(input: SettingsInput): Settings {
  const checked = check(settings, input, 'settings');
  if (checked.maxDirtyItems < checked.shards) {
    throw new ConfigurationError(
      `settings.maxDirtyItems: ${checked.maxDirtyItems} leaves no room for one item in each of ${checked.shards} shards`,
      { setting: 'settings.maxDirtyItems' },
    );
  }
  if (checked.refusedRetrySeconds.length + 1 >= checked.maxReceiveCount) {
    throw new ConfigurationError(
      `settings.maxReceiveCount: ${checked.maxReceiveCount} would move messages to the DLQ before their ${checked.refusedRetrySeconds.length} retries (refusedRetrySeconds)`,
      { setting: 'settings.maxReceiveCount' },
    );
  }
  if (checked.backOff.firstSeconds > checked.backOff.maxSeconds) {
    throw new ConfigurationError('settings.backOff.firstSeconds: must not exceed maxSeconds', {
      setting: 'settings.backOff.firstSeconds',
    });
  }
  return { ...checked, sweepAfterSeconds: checked.sweepAfterSeconds ?? 2 * checked.windowSeconds + 30 };
}

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
  return config;
}

/** Whether any collection is audited. */
export function keepsHistory({ collections }: Pick<Settings, 'collections'>): boolean {
  return Object.values(collections).some(({ audited }) => audited);
}

/** The policy that applies to a collection, listed or not. */
export function policyOf(config: Config, collection: string): CollectionPolicy {
  const own = Object.hasOwn(config.collections, collection) ? config.collections[collection] : undefined;
  return {
    durability: own?.durability ?? config.defaultDurability,
    ttlSeconds: own?.ttlSeconds ?? config.ttlSeconds,
    maxItemBytes: own?.maxItemBytes ?? MAX_ITEM_BYTES,
    audited: own?.audited ?? false,
  };
}

/**
 * Reads the configuration of a Lambda function from its environment: `VALKEY_URL`, `QUEUE_URL`, `DEAD_LETTER_QUEUE_URL`,
 * `TABLE_NAME`, and, optional, `HISTORY_TABLE_NAME` and `WRITE_BEHIND_SETTINGS` (the settings as JSON).
 *
 * @throws {ConfigurationError} naming the first variable or setting at fault
 */
export function configFromEnvironment(env: NodeJS.ProcessEnv = process.env): Config {
  const required = (name: string): string => {
    const value = env[name];
    if (!value) throw new ConfigurationError(`${name}: is not set`, { setting: name });
    return value;
  };
  return defineConfig(settingsFromEnvironment(env), {
    valkeyUrl: required('VALKEY_URL'),
    queueUrl: required('QUEUE_URL'),
    deadLetterQueueUrl: required('DEAD_LETTER_QUEUE_URL'),
    tableName: required('TABLE_NAME'),
    ...(env.HISTORY_TABLE_NAME && { historyTableName: env.HISTORY_TABLE_NAME }),
    ...localEndpointsFromEnvironment(env),
  });
}

function settingsFromEnvironment(env: NodeJS.ProcessEnv): SettingsInput {
  const text = env.WRITE_BEHIND_SETTINGS;
  if (!text) return {};
  try {
    return JSON.parse(text) as SettingsInput;
  } catch (cause) {
    throw new ConfigurationError('WRITE_BEHIND_SETTINGS: is not JSON', { setting: 'WRITE_BEHIND_SETTINGS' }, { cause });
  }
}

/** Endpoints of SQS and DynamoDB by the AWS SDK's own variables. */
function localEndpointsFromEnvironment(env: NodeJS.ProcessEnv): {
  sqsEndpoint?: string;
  dynamodbEndpoint?: string;
} {
  const sqsEndpoint = env.AWS_ENDPOINT_URL_SQS ?? env.AWS_ENDPOINT_URL;
  const dynamodbEndpoint = env.AWS_ENDPOINT_URL_DYNAMODB ?? env.AWS_ENDPOINT_URL;
  return {
    ...(sqsEndpoint !== undefined && { sqsEndpoint }),
    ...(dynamodbEndpoint !== undefined && { dynamodbEndpoint }),
  };
}

/** Which servers of one's own the local stack is to use instead of the embedded ones. */
export interface LocalEnvironment {
  /** `VALKEY_URL` */
  readonly valkeyUrl?: string;
  /** `AWS_ENDPOINT_URL_SQS`, else `AWS_ENDPOINT_URL` */
  readonly sqsEndpoint?: string;
  /** `AWS_ENDPOINT_URL_DYNAMODB`, else `AWS_ENDPOINT_URL` */
  readonly dynamodbEndpoint?: string;
  /** `VALKEY_SERVER`: path of the server program, or `embedded` for the pure-JavaScript one even where a program is on the PATH */
  readonly valkeyServer?: string;
  /** `PATH` */
  readonly searchPath: string;
  /** Settings from `WRITE_BEHIND_SETTINGS`. */
  readonly settings: SettingsInput;
}

/** Reads what the local stack takes from the environment. */
export function localEnvironment(env: NodeJS.ProcessEnv = process.env): LocalEnvironment {
  return {
    ...(env.VALKEY_URL && { valkeyUrl: env.VALKEY_URL }),
    ...localEndpointsFromEnvironment(env),
    ...(env.VALKEY_SERVER && { valkeyServer: env.VALKEY_SERVER }),
    searchPath: env.PATH ?? '',
    settings: settingsFromEnvironment(env),
  };
}

/**
 * Reads where LocalStack is, for the commands and tests that use it: `AWS_ENDPOINT_URL`, and `VALKEY_URL` as the functions
 * reach it; the defaults are those of the compose file. `variables` is the whole environment for programs that are started,
 * with region and credentials where it has none.
 */
export function localstackEnvironment(env: NodeJS.ProcessEnv = process.env) {
  // S3 clients put the bucket into the path only if the host is an address.
  const endpoint = (env.AWS_ENDPOINT_URL || 'http://127.0.0.1:4566').replace('//localhost', '//127.0.0.1');
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || 'us-east-1';
  const credentials = {
    accessKeyId: env.AWS_ACCESS_KEY_ID || 'test',
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY || 'test',
  };
  // A profile would come before the credentials, and belongs to AWS.
  const { AWS_PROFILE: _, ...others } = env;
  return {
    endpoint: endpoint.replace(/\/$/, ''),
    valkeyUrl: env.VALKEY_URL || 'redis://valkey:6379',
    region,
    credentials,
    // LocalStack takes an access key of twelve digits for the account.
    account: /^\d{12}$/.test(credentials.accessKeyId) ? credentials.accessKeyId : '000000000000',
    variables: {
      ...others,
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
  };
}
