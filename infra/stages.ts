import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { ConfigurationError } from '../lib/errors.ts';
import { ValkeyEndpoint } from './constructs/valkey/valkey-endpoint.ts';
import type { OwnTable, WriteBehindCacheProps } from './constructs/write-behind-cache.ts';

/** Where the system is deployed to. */
export type StageName = 'dev' | 'prod' | 'localstack';

/** What one stage is made of. */
export interface Stage {
  readonly name: StageName;
  readonly cache: WriteBehindCacheProps;
}

/** What stands outside of a stage and differs between deployments of it. */
export interface StageContext {
  /** URL of Valkey as the functions reach it; needed by `localstack`, where there is no ElastiCache. */
  readonly valkeyUrl?: string;
}

/** Goes without a trace. */
const disposable = {
  removalPolicy: RemovalPolicy.DESTROY,
  logRetention: RetentionDays.ONE_WEEK,
} satisfies WriteBehindCacheProps;

const stages: Readonly<Record<StageName, (context: StageContext) => WriteBehindCacheProps>> = {
  dev: () => disposable,
  prod: () => ({
    removalPolicy: RemovalPolicy.RETAIN,
    logRetention: RetentionDays.THREE_MONTHS,
    apiRateLimit: 5000,
    apiBurstLimit: 2500,
    maxFlushConcurrency: 50,
  }),
  // Short waits, so that tests of failures do not take minutes.
  localstack: ({ valkeyUrl }) => ({
    ...disposable,
    valkey: new ValkeyEndpoint({ url: needed(valkeyUrl) }),
    auth: 'none',
    logLevel: 'DEBUG',
    windowSeconds: 2,
    sweepAfterSeconds: 10,
    flushTimeoutSeconds: 10,
    collections: {
      'http-suite-audited': { audited: true },
      'http-suite-listable': { listable: true },
      'e2e-others': { otherWriters: 'databaseWins' },
      'e2e-own-table': {
        table: {
          id: '{shop}/{sku}',
          partitionKey: { name: 'shop', template: 'SHOP#{shop}' },
          sortKey: { name: 'sku', template: '{sku}' },
          attributes: { shared: ['left', 'price'] },
          versionAttribute: 'stockVersion',
          deletedAttribute: 'stockDeleted',
          unversioned: 'cacheWins',
        },
      },
    },
    // The end-to-end tests make it, as any other program would have.
    tables: { 'e2e-own-table': tableNamed('write-behind-e2e-own') },
    refusedRetrySeconds: [1, 1],
    backOff: { firstSeconds: 1, maxSeconds: 5 },
  }),
};

/**
 * The configuration of a stage.
 *
 * @throws {ConfigurationError} there is no such stage, or its context is incomplete
 */
export function stageOf(name: string, context: StageContext = {}): Stage {
  if (!Object.hasOwn(stages, name)) {
    throw new ConfigurationError(`stage: got ${name}, allowed is ${Object.keys(stages).join(', ')}`, {
      setting: 'stage',
    });
  }
  const stage = name as StageName;
  return { name: stage, cache: stages[stage](context) };
}

function tableNamed(tableName: string): OwnTable {
  return { tableName, tableArn: `arn:${Aws.PARTITION}:dynamodb:${Aws.REGION}:${Aws.ACCOUNT_ID}:table/${tableName}` };
}

function needed(valkeyUrl: string | undefined): string {
  if (valkeyUrl) return valkeyUrl;
  throw new ConfigurationError('valkeyUrl: the stage localstack needs -c valkeyUrl=redis://HOST:PORT', {
    setting: 'valkeyUrl',
  });
}
