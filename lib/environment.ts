import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { type Config, defineConfig } from './config.ts';
import { ConfigurationError } from './errors.ts';
import type { SettingsInput } from './settings.ts';

/**
 * Reads the configuration of a Lambda function from its environment: `VALKEY_URL`, `QUEUE_URL`, `DEAD_LETTER_QUEUE_URL`,
 * `TABLE_NAME`, and, optional, `HISTORY_TABLE_NAME`, `POSTGRES_URL` and `WRITE_BEHIND_SETTINGS` (the settings as JSON).
 *
 * @throws {ConfigurationError} naming the first variable or setting at fault
 */
export function configFromEnvironment(env: NodeJS.ProcessEnv = process.env): Config {
  return defineConfig(settingsFromEnvironment(env), {
    valkeyUrl: required(env, 'VALKEY_URL'),
    queueUrl: required(env, 'QUEUE_URL'),
    deadLetterQueueUrl: required(env, 'DEAD_LETTER_QUEUE_URL'),
    tableName: required(env, 'TABLE_NAME'),
    ...(env.HISTORY_TABLE_NAME && { historyTableName: env.HISTORY_TABLE_NAME }),
    ...(env.POSTGRES_URL && { postgresUrl: env.POSTGRES_URL }),
    ...localEndpointsFromEnvironment(env),
  });
}

/**
 * Reads which event source mapping the switch function switches: `EVENT_SOURCE_MAPPING_ID`, its UUID.
 *
 * @throws {ConfigurationError} it is not set
 */
export function eventSourceMappingFromEnvironment(env: NodeJS.ProcessEnv = process.env): string {
  return required(env, 'EVENT_SOURCE_MAPPING_ID');
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new ConfigurationError(`${name}: is not set`, { setting: name });
  return value;
}

/**
 * Reads the configuration from a file of `NAME=value` lines, as `npm start -- --env FILE` writes it, for the variables that it has, and
 * from the environment for the others. Where the file has an access key, region and credentials are those of the file.
 *
 * @throws {ConfigurationError} the file cannot be read; else as {@link configFromEnvironment}
 */
export function configFromFile(file: string, env: NodeJS.ProcessEnv = process.env): Config {
  let own: NodeJS.Dict<string>;
  try {
    own = parseEnv(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ConfigurationError(`${file}: cannot be read`, { setting: file }, { cause });
  }
  const config = configFromEnvironment({ ...env, ...own });
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION } = own;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return config;
  const credentials = {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
  return { ...config, endpoints: { ...config.endpoints, credentials, ...(AWS_REGION && { region: AWS_REGION }) } };
}

/** The trace header of the invocation that a Lambda function is at, which the runtime keeps in `_X_AMZN_TRACE_ID`. */
export function traceHeaderFromEnvironment(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env._X_AMZN_TRACE_ID || undefined;
}

/** How functions trace: `WRITE_BEHIND_TRACING` and, of X-Ray's daemon, `AWS_XRAY_DAEMON_ADDRESS`. */
export interface TracingEnvironment {
  /** `HOST:PORT` of X-Ray's daemon; without one nothing is recorded, but messages carry the trace. */
  readonly daemon: string | undefined;
  /** Whether this is a Lambda function, whose invocations have segments of their own. */
  readonly onLambda: boolean;
}

/**
 * Reads how functions trace; nothing where they do not, which is the default.
 *
 * @throws {ConfigurationError} `WRITE_BEHIND_TRACING` is neither `x-ray` nor `off`
 */
export function tracingFromEnvironment(env: NodeJS.ProcessEnv = process.env): TracingEnvironment | undefined {
  const { WRITE_BEHIND_TRACING: tracing = 'off', AWS_XRAY_DAEMON_ADDRESS: daemon } = env;
  if (tracing === 'off' || tracing === '') return undefined;
  if (tracing === 'x-ray') {
    return { daemon: daemon || undefined, onLambda: env.AWS_LAMBDA_FUNCTION_NAME !== undefined };
  }
  throw new ConfigurationError(`WRITE_BEHIND_TRACING: got ${JSON.stringify(tracing)}, allowed is x-ray or off`, {
    setting: 'WRITE_BEHIND_TRACING',
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
  /** `POSTGRES_URL`: a PostgreSQL, which then is the store; `npm start` only. */
  readonly postgresUrl?: string;
  /** `AWS_ENDPOINT_URL_SQS`, else `AWS_ENDPOINT_URL` */
  readonly sqsEndpoint?: string;
  /** `AWS_ENDPOINT_URL_DYNAMODB`, else `AWS_ENDPOINT_URL` */
  readonly dynamodbEndpoint?: string;
  /** `VALKEY_SERVER`: path of the server program, or `embedded` for the pure-JavaScript one even where a program is on the PATH */
  readonly valkeyServer?: string;
  /** `PATH` */
  readonly searchPath: string;
  /** `WRITE_BEHIND_TRACING` and `AWS_XRAY_DAEMON_ADDRESS`. */
  readonly tracing?: TracingEnvironment;
  /** Settings from `WRITE_BEHIND_SETTINGS`. */
  readonly settings: SettingsInput;
}

/** Reads what the local stack takes from the environment. */
export function localEnvironment(env: NodeJS.ProcessEnv = process.env): LocalEnvironment {
  const tracing = tracingFromEnvironment(env);
  return {
    ...(tracing && { tracing }),
    ...(env.VALKEY_URL && { valkeyUrl: env.VALKEY_URL }),
    ...(env.POSTGRES_URL && { postgresUrl: env.POSTGRES_URL }),
    ...localEndpointsFromEnvironment(env),
    ...(env.VALKEY_SERVER && { valkeyServer: env.VALKEY_SERVER }),
    searchPath: env.PATH ?? '',
    settings: settingsFromEnvironment(env),
  };
}

/** What the command line takes from the environment. */
export interface CommandEnvironment {
  /** `WRITE_BEHIND_API`: address of the API. @default http://localhost:3000, where `npm start` serves it */
  readonly api: string;
  /** `AWS_REGION`, else `AWS_DEFAULT_REGION`: where an API is whose address does not say so. */
  readonly region: string | undefined;
}

/** Reads what the command line takes from the environment. */
export function commandEnvironment(env: NodeJS.ProcessEnv = process.env): CommandEnvironment {
  return {
    api: env.WRITE_BEHIND_API || 'http://localhost:3000',
    region: env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined,
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
