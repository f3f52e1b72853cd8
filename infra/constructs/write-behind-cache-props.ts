import type { RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { defineSettings, type Settings, type SettingsInput } from '../../lib/settings.ts';
import type { ApiAuth } from './api.ts';
import { inRange, refused } from './checks.ts';
import {
  mappedTables,
  standInNames,
  type TableAccess,
  type TablesByCollection,
  withTableNames,
} from './mapped-tables.ts';
import type { PostgresDatabase } from './store/postgres-database.ts';
import type { ValkeyChoice } from './valkey/valkey.ts';

/**
 * Props of `WriteBehindCache`: every setting of the library (`windowSeconds`, `defaultDurability`, `collections`, …) and what only a deployment has. None is required.
 */
export interface WriteBehindCacheProps extends Readonly<Omit<SettingsInput, 'visibilityTimeoutSeconds'>> {
  /** The Valkey to use: `ServerlessValkey`, `DurableValkey` or `ValkeyEndpoint`. @default new ServerlessValkey() */
  readonly valkey?: ValkeyChoice;
  /** A PostgreSQL that items are stored in; its VPC has to be given as `vpc`. @default a DynamoDB table of our own */
  readonly store?: PostgresDatabase;
  /**
   * A VPC that exists, for functions and Valkey. Its subnets must reach SQS and DynamoDB, through endpoints or a NAT.
   *
   * @default one of our own where Valkey needs it: two zones, isolated subnets, endpoints for SQS and DynamoDB
   */
  readonly vpc?: ec2.IVpc;
  /**
   * Tables of one's own (`ITable`), by the collection that is mapped onto each (`collections.*.table`, without its `name`). They stay as they are; the
   * functions may read and write their items, and nothing else.
   *
   * @default {}
   */
  readonly tables?: TablesByCollection;
  /** Subnets of `vpc`, in two zones or more. @default those with a way out */
  readonly vpcSubnets?: ec2.SubnetSelection;
  /** `iam`: callers sign (SigV4) and need a grant. `none`: anyone who knows the URL may read and write; for local tests. @default 'iam' */
  readonly auth?: ApiAuth;
  /**
   * Whether to set the role with which API Gateway writes logs. Account and region have one; where the last one to set it is destroyed
   * (as `dev` is), no API there writes logs any more. Set it to false where the account has one already.
   *
   * @default true
   */
  readonly ownApiLogRole?: boolean;
  /** Requests a second that the API lets through, 1–100,000. @default 1000 */
  readonly apiRateLimit?: number;
  /** Requests at once that it lets through, 1–50,000. @default 500 */
  readonly apiBurstLimit?: number;
  /** Messages of one invocation of flush, 1–10: the most that SQS gives a FIFO queue's function. @default 10 */
  readonly flushBatchSize?: number;
  /**
   * Invocations of flush at once, 2–1000.
   *
   * @default 20; with `flushRatePerSecond` fewer where that many would wait for their turn until they time out
   */
  readonly maxFlushConcurrency?: number;
  /** How long one flush of a batch may take, 10–900 s. @default 30 */
  readonly flushTimeoutSeconds?: number;
  /** How long a message stays hidden while it is flushed: 6 × `flushTimeoutSeconds` or more, up to 43,200 s. @default 6 × flushTimeoutSeconds */
  readonly visibilityTimeoutSeconds?: number;
  /** From which lag on the lag alarm rings, 1–86,400 s; clean entries must live longer. @default window + 300 s */
  readonly lagAlarmSeconds?: number;
  /** From how many hours on the alarm about a pause of flushing rings, 1–336. @default 4 */
  readonly pauseAlarmHours?: number;
  /** What the functions log; DEBUG also names keys and AWS calls. Never less than INFO: metrics travel in log lines. @default 'INFO' */
  readonly logLevel?: 'DEBUG' | 'INFO';
  /**
   * Whether requests are traced with X-Ray, from the API through the queue into the table. How many of them X-Ray decides by the sampling rules of the
   * account: the first of each second and 5 % of the rest, unless there are others. Off, the functions may send no traces.
   *
   * @default true
   */
  readonly tracing?: boolean;
  /** How long logs are kept. @default one month */
  readonly logRetention?: logs.RetentionDays;
  /** What becomes of table, queues and logs when the stack goes; with RETAIN the table is also protected from deletion, and Valkey leaves a snapshot. @default RETAIN */
  readonly removalPolicy?: RemovalPolicy;
}

/** Checked props, defaults filled in, of those that others than the construct itself use. */
export interface CheckedProps {
  readonly settings: Settings;
  /** What the functions get: as given, without defaults. */
  readonly settingsInput: SettingsInput;
  /** Tables of one's own that collections are mapped onto. */
  readonly mappedTables: readonly TableAccess[];
  readonly flushBatchSize: number;
  readonly maxFlushConcurrency: number;
  readonly flushTimeoutSeconds: number;
  readonly apiRateLimit: number;
  readonly apiBurstLimit: number;
  readonly lagAlarmSeconds: number;
  readonly pauseAlarmHours: number;
}

/** What AWS advises for event sources: room for retries of throttled invocations. */
const VISIBILITY_FACTOR = 6;
const SECONDS_PER_MINUTE = 60;
/** At once, where nothing is said. */
const MOST_FLUSHES = 20;

/**
 * Checks the props, each and together.
 *
 * @param defaultName name in metrics where none is given
 * @throws {ConfigurationError} saying what was got and what is allowed
 */
export function checkProps(props: WriteBehindCacheProps, defaultName: string): CheckedProps {
  if (props.store && !props.vpc) throw refused('vpc', 'none', 'the VPC of the database, where store is PostgreSQL');
  const flushTimeoutSeconds = inRange('flushTimeoutSeconds', props.flushTimeoutSeconds ?? 30, 10, 900);
  const least = VISIBILITY_FACTOR * flushTimeoutSeconds;
  const visibilityTimeoutSeconds = props.visibilityTimeoutSeconds ?? least;
  if (visibilityTimeoutSeconds < least) {
    throw refused(
      'visibilityTimeoutSeconds',
      String(visibilityTimeoutSeconds),
      `${least} (6 × flushTimeoutSeconds) or more`,
    );
  }
  const { collections = {}, ...given } = settingsOf(props);
  const common = { name: defaultName, ...given, visibilityTimeoutSeconds };
  const tables = props.tables ?? {};
  const settingsInput = {
    ...common,
    ...(props.collections && { collections: withTableNames(collections, tables) }),
  };
  const settings = defineSettings({
    ...common,
    collections: withTableNames(collections, tables, standInNames(tables)),
  });
  for (const [collection, { table, otherWriters }] of Object.entries(settings.collections)) {
    if (!props.store || (table === undefined && otherWriters === undefined)) continue;
    throw refused(
      `collections.${collection}`,
      table ? 'table' : 'otherWriters',
      'neither of both with a store: they need DynamoDB',
    );
  }
  if (settings.sweepEverySeconds % SECONDS_PER_MINUTE !== 0) {
    throw refused(
      'sweepEverySeconds',
      String(settings.sweepEverySeconds),
      'a multiple of 60: EventBridge counts minutes',
    );
  }
  const lagAlarmSeconds = inRange('lagAlarmSeconds', props.lagAlarmSeconds ?? settings.windowSeconds + 300, 1, 86_400);
  if (lagAlarmSeconds <= settings.windowSeconds) {
    throw refused('lagAlarmSeconds', String(lagAlarmSeconds), `more than windowSeconds (${settings.windowSeconds})`);
  }
  for (const [name, ttlSeconds] of ttlsOf(settings)) {
    // Else an entry could be gone, unread, before anyone was told that its store is late.
    if (ttlSeconds < lagAlarmSeconds) {
      throw refused(name, String(ttlSeconds), `lagAlarmSeconds (${lagAlarmSeconds}) or more`);
    }
  }
  const flushBatchSize = inRange('flushBatchSize', props.flushBatchSize ?? 10, 1, 10);
  const concurrency = concurrencyOf(settings.flushRatePerSecond, flushTimeoutSeconds / 2 / flushBatchSize);
  return {
    settings,
    settingsInput,
    mappedTables: mappedTables(settings.collections, tables),
    flushTimeoutSeconds,
    lagAlarmSeconds,
    flushBatchSize,
    maxFlushConcurrency: inRange('maxFlushConcurrency', props.maxFlushConcurrency ?? concurrency, 2, 1000),
    pauseAlarmHours: inRange('pauseAlarmHours', props.pauseAlarmHours ?? 4, 1, 336),
    apiRateLimit: inRange('apiRateLimit', props.apiRateLimit ?? 1000, 1, 100_000),
    apiBurstLimit: inRange('apiBurstLimit', props.apiBurstLimit ?? 500, 1, 50_000),
  };
}

/** The props that are the library's settings. */
function settingsOf(props: WriteBehindCacheProps): SettingsInput {
  const {
    valkey,
    store,
    vpc,
    tables,
    vpcSubnets,
    auth,
    ownApiLogRole,
    apiRateLimit,
    apiBurstLimit,
    flushBatchSize,
    maxFlushConcurrency,
    flushTimeoutSeconds,
    lagAlarmSeconds,
    pauseAlarmHours,
    logLevel,
    tracing,
    logRetention,
    removalPolicy,
    ...settings
  } = props;
  return settings;
}

function ttlsOf({ ttlSeconds, collections }: Settings): Map<string, number> {
  const ttls = new Map([['ttlSeconds', ttlSeconds]]);
  for (const [name, policy] of Object.entries(collections)) {
    if (policy.ttlSeconds !== undefined) ttls.set(`collections.${name}.ttlSeconds`, policy.ttlSeconds);
  }
  return ttls;
}

/**
 * As many flushes at once as get their turns while they wait: what is given back has been received once more.
 *
 * @param secondsPerItem that a flush may wait, for each item of a batch
 */
function concurrencyOf(flushRatePerSecond = Infinity, secondsPerItem: number): number {
  return Math.max(2, Math.min(MOST_FLUSHES, Math.floor(flushRatePerSecond * secondsPerItem)));
}
