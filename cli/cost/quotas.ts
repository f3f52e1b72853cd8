import { defineSettings } from '../../lib/settings.ts';
import { figureOf } from './figures.ts';

/** Who can raise a quota: a setting of ours, AWS when asked, or nobody. */
export type RaisedBy = 'setting' | 'request' | 'nobody';

/** Something that a load can fill, and what answers it. */
export interface Quota {
  readonly what: string;
  /** As the stage `prod` is deployed in an account with default quotas. */
  readonly holds: number;
  readonly raisedBy: RaisedBy;
  /** What it can be raised to, as far as anyone says. */
  readonly most: number;
  /** What it holds where DurableValkey takes the place of the serverless one. @default the same */
  readonly durable?: number;
  /** The setting or design that answers it. */
  readonly answer: string;
  /** How it is known, and where from. */
  readonly source: Source;
}

/** A page of AWS, or what a test of this repository compares it with. */
export type Source =
  | { readonly basis: 'documented'; readonly page: string; readonly says?: string }
  | { readonly basis: 'checked'; readonly against: string };

/** None of AWS's pages gives a date. They were read when the prices were noted. */
export const PAGE_DATE = 'undated';

const AWS = 'https://docs.aws.amazon.com';
const SQS = `${AWS}/AWSSimpleQueueService/latest/SQSDeveloperGuide`;
const GATEWAY = `${AWS}/apigateway/latest/developerguide`;
const TABLE = `${AWS}/amazondynamodb/latest/developerguide`;
const LAMBDA = `${AWS}/lambda/latest/dg`;
const SERVERLESS = { basis: 'documented', page: `${AWS}/AmazonElastiCache/latest/dg/RedisConfiguration.html` } as const;
const TEMPLATE = 'the template of the stage prod';

const documented = (page: string, says?: string): Source => ({ basis: 'documented', page, ...(says && { says }) });
const checked = (against: string): Source => ({ basis: 'checked', against });

const setting = (what: string, holds: number, most: number, answer: string, source: Source): Quota => ({
  what,
  holds,
  raisedBy: 'setting',
  most,
  answer,
  source,
});
const onRequest = (what: string, holds: number, answer: string, source: Source): Quota => ({
  what,
  holds,
  raisedBy: 'request',
  most: Number.POSITIVE_INFINITY,
  answer,
  source,
});
const fixed = (what: string, holds: number, answer: string, source: Source): Quota => ({
  what,
  holds,
  raisedBy: 'nobody',
  most: holds,
  answer,
  source,
});

const { maxDirtyItems, shards } = defineSettings({});
const SPLIT = 'several deployments, with the collections spread over them';
const COOLER = 'several items in its place (a counter in parts)';

/** Most primaries of DurableValkey. A core of each runs the scripts. */
export const PRIMARIES = 90;

/** What bounds the load, in the order in which a write meets it. */
export const quotas = {
  apiRate: setting(
    'API: requests/s (apiRateLimit)',
    5000,
    100_000,
    'batches; or raise apiRateLimit, and have AWS raise what API Gateway takes',
    checked(TEMPLATE),
  ),
  gatewayRate: onRequest(
    'API Gateway: requests/s',
    10_000,
    'batches; or have AWS raise it; or write through the library, without the API',
    documented(`${GATEWAY}/limits.html`, 'for account and region'),
  ),
  requestBytes: fixed(
    'API: bytes of a request',
    5 * 1024 * 1024,
    'smaller batches',
    checked('what the API takes; Lambda takes 6 MB, API Gateway 10 MB'),
  ),
  requestMs: fixed(
    'API Gateway: ms of a request',
    29_000,
    'smaller batches',
    documented(`${GATEWAY}/api-gateway-execution-service-limits-table.html`),
  ),
  instances: onRequest(
    'Lambda: instances at once',
    1000,
    'batches; or have AWS raise it, and limit what other functions of the account take',
    documented(`${LAMBDA}/lambda-concurrency.html`, 'for account and region'),
  ),
  invocations: onRequest(
    'Lambda: invocations/s',
    10_000,
    'batches; or have AWS raise the concurrency, ten times which it is',
    documented(`${LAMBDA}/lambda-concurrency.html`, 'ten times the concurrency, however short they are'),
  ),
  flushes: setting(
    'Flush: instances at once (maxFlushConcurrency)',
    50,
    1000,
    'raise maxFlushConcurrency; cache level sends fewer messages',
    checked(`${TEMPLATE}, and the most that the construct takes`),
  ),
  queueMessages: fixed(
    'SQS: messages sent/s',
    70_000,
    `cache level; then a longer window; then ${SPLIT}`,
    documented(
      `${SQS}/quotas-messages.html`,
      'a queue in us-east-1; ten times that for messages of ten that share a partition, which those of different keys do by chance only',
    ),
  ),
  keyMessages: fixed(
    'SQS: messages/s of the hottest key',
    300,
    'cache level for its collection; or larger batches, in which its writes are one message',
    documented(`${SQS}/high-throughput-fifo.html`, 'a partition; a key is in one'),
  ),
  scanned: fixed(
    'SQS: messages searched for free keys',
    120_000,
    `cache level; then a shorter window; then ${SPLIT}`,
    documented(
      `${SQS}/avoid-backlog-with-the-same-message-group-id.html`,
      'whether delayed ones count is not documented: taken to',
    ),
  ),
  inFlight: onRequest(
    'SQS: messages in flight',
    120_000,
    'lower maxFlushConcurrency, or have AWS raise it',
    documented(`${SQS}/avoid-backlog-with-the-same-message-group-id.html`),
  ),
  endpointBytes: fixed(
    'SQS endpoint: MB/s',
    (figureOf('endpointZones') * 100_000) / 8,
    'cache level, which sends no values; or smaller items',
    documented(`${AWS}/vpc/latest/privatelink/vpc-limits-endpoints.html`, '100 Gbit/s a zone, 10 before it has grown'),
  ),
  valkeyUnits: {
    ...setting(
      'Valkey: units/s (maxProcessingUnitsPerSecond)',
      100_000,
      15_000_000,
      `raise maxProcessingUnitsPerSecond, up to the 15,000,000 of a serverless cache; then DurableValkey; then ${SPLIT}`,
      checked(`${TEMPLATE}; the most: ${SERVERLESS.page}`),
    ),
    durable: PRIMARIES * figureOf('coreUnits'),
  },
  slotUnits: setting(
    'Valkey: units/s of the busiest shard (shards)',
    30_000,
    Number.POSITIVE_INFINITY,
    'more shards, up to 1,024, before anything is cached; then DurableValkey',
    { ...SERVERLESS, says: 'a slot; a shard is in one' },
  ),
  spreadUnits: {
    ...fixed(
      'Valkey: units/s of the busiest of 1,024 shards',
      30_000,
      `DurableValkey, whose slots are bounded by a core; then, for a hot key, ${COOLER}, else ${SPLIT}`,
      { ...SERVERLESS, says: 'a slot; a key is in one' },
    ),
    durable: figureOf('coreUnits'),
  },
  valkeyGb: {
    ...setting(
      'Valkey: GB (maxDataGigabytes)',
      10,
      5000,
      'raise maxDataGigabytes; or a shorter ttlSeconds',
      checked(`${TEMPLATE}; the most: ${SERVERLESS.page}`),
    ),
    durable: Number.POSITIVE_INFINITY,
  },
  connections: fixed('Valkey: connections', 65_000, 'batches, which need fewer instances', SERVERLESS),
  newTable: setting(
    'DynamoDB: write units/s of a new table',
    4000,
    Number.POSITIVE_INFINITY,
    'warm throughput before the load comes, or a load that takes half an hour to double; a longer window',
    documented(`${TABLE}/on-demand-capacity-mode.html`, 'it grows with the load, to twice the peak so far at once'),
  ),
  tableUnits: onRequest(
    'DynamoDB: write units/s of a table',
    40_000,
    'have AWS raise it; or a longer window',
    documented(`${TABLE}/ServiceQuotas.html`),
  ),
  partitionUnits: fixed(
    'DynamoDB: write units/s of the hottest key',
    1000,
    'cache or queue level, which store it once a window; a longer window',
    documented(`${TABLE}/warm-throughput-scenarios.html`, 'a partition; a key is in one'),
  ),
  historyUnits: fixed(
    'DynamoDB: write units/s of its history',
    1000,
    'leave that collection unaudited; or patch instead of putting',
    documented(`${TABLE}/warm-throughput-scenarios.html`),
  ),
  dirtyItems: setting(
    'Dirty items, fullest shard (maxDirtyItems)',
    Math.floor(maxDirtyItems / shards),
    Number.POSITIVE_INFINITY,
    'raise maxDirtyItems, a dirty item costs Valkey its size; or a shorter window',
    checked(`${TEMPLATE}: maxDirtyItems by shards`),
  ),
} as const satisfies Record<string, Quota>;

/** Name of a quota. */
export type QuotaName = keyof typeof quotas;

/** Every quota, in that order. */
export const QUOTA_NAMES = Object.keys(quotas) as QuotaName[];

/** A quota by its name. */
export const quotaOf = (name: QuotaName): Quota => quotas[name];
