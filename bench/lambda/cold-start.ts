import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Config } from '../../lib/config.ts';
import type { Bundle } from './bundles.ts';

/** What one cold start took. */
export interface ColdStart {
  /** Until the process ran its first line; Lambda has that, too, but not for us to change. */
  readonly bootMs: number;
  /** Until the bundle was imported: clients made, Valkey connected, scripts loaded. */
  readonly importMs: number;
  /** From then on, until the first event was answered. */
  readonly firstMs: number;
  /** CPU time of all of it. */
  readonly cpuMs: number;
  /** Resident memory after the first event. */
  readonly rssBytes: number;
  readonly answer: unknown;
}

const SCRIPT = fileURLToPath(new URL('./cold-start.mjs', import.meta.url));

/** Starts a function in a fresh process of this Node, with an environment as Lambda gives it, and sends it one event. */
export async function coldStart(bundle: Bundle, config: Config, event: unknown): Promise<ColdStart> {
  const { endpoints } = config;
  const env = {
    VALKEY_URL: endpoints.valkeyUrl,
    QUEUE_URL: endpoints.queueUrl,
    DEAD_LETTER_QUEUE_URL: endpoints.deadLetterQueueUrl,
    TABLE_NAME: endpoints.tableName,
    ...(endpoints.historyTableName && { HISTORY_TABLE_NAME: endpoints.historyTableName }),
    AWS_ENDPOINT_URL_SQS: endpoints.sqsEndpoint,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodbEndpoint,
    // Of the switch function, which asks Lambda nothing while flushing is not paused.
    EVENT_SOURCE_MAPPING_ID: 'none',
    AWS_REGION: endpoints.region,
    AWS_ACCESS_KEY_ID: endpoints.credentials?.accessKeyId,
    AWS_SECRET_ACCESS_KEY: endpoints.credentials?.secretAccessKey,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, bundle.file, JSON.stringify(event)], { env });
  return JSON.parse(stdout) as ColdStart;
}
