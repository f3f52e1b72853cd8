/**
 * The whole cache as a construct of the AWS CDK.
 *
 * @module write-behind/constructs/write-behind-cache
 */
import { Annotations, Duration, Names, RemovalPolicy } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CACHE_DIMENSION, metricNames, NAMESPACE } from '../../functions/metrics.ts';
import { hasListing, keepsHistory, watchesCacheTable } from '../../lib/settings.ts';
import { Api, ROUTES } from './api.ts';
import { refused } from './checks.ts';
import { createFunctions, watchStreams } from './functions.ts';
import { LogQueries } from './log-queries.ts';
import { Network } from './network.ts';
import { permit, permitLists, permitMappedTables, permitStreams, permitSwitch } from './permissions.ts';
import { Queues } from './queues.ts';
import type { PostgresDatabase } from './store/postgres-database.ts';
import { Tables } from './tables.ts';
import { ServerlessValkey } from './valkey/serverless-valkey.ts';
import type { Valkey } from './valkey/valkey.ts';
import { type CheckedProps, checkProps, type WriteBehindCacheProps } from './write-behind-cache-props.ts';

export type { OwnTable, TableAccess, TablesByCollection } from './mapped-tables.ts';
export type { CheckedProps, WriteBehindCacheProps } from './write-behind-cache-props.ts';

const MINUTE = Duration.minutes(1);

const NO_TABLES: Pick<Tables, 'historyTable' | 'listIndexArn'> & { readonly table?: undefined } = {
  historyTable: undefined,
  listIndexArn: undefined,
};

/** What functions have to know of a PostgreSQL. */
function environmentOf(postgres: PostgresDatabase, history: boolean): Record<string, string> {
  return {
    POSTGRES_URL: postgres.url,
    TABLE_NAME: postgres.tableName,
    ...(history && { HISTORY_TABLE_NAME: postgres.historyTableName }),
    // The authorities of RDS, which the runtime has and does not read by itself.
    NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
  };
}

/**
 * The whole write-behind cache: API, Valkey, queues, flush, sweep and table.
 *
 * @example
 * const cache = new WriteBehindCache(this, 'Cache', { windowSeconds: 2, defaultDurability: 'cache' });
 * cache.grantWrite(orders);
 * orders.addEnvironment('CACHE_URL', cache.url);
 */
export class WriteBehindCache extends Construct {
  /** Settings in force, defaults filled in. */
  readonly props: CheckedProps;
  /** Where the items are stored, if that is PostgreSQL. */
  readonly postgres: PostgresDatabase | undefined;
  /** The history; where a collection is audited. */
  readonly historyTable: Table | undefined;
  /** The FIFO queue of the signals; the window is its delay. */
  readonly queue: sqs.Queue;
  /** What could not be stored. */
  readonly deadLetterQueue: sqs.Queue;
  /** How Valkey is reached, and its metrics. */
  readonly valkey: Valkey;
  /** Where functions and Valkey are; none where Valkey is an endpoint and no VPC was given. */
  readonly network: Network | undefined;
  /** The REST API, and its grants. */
  readonly api: Api;
  /** Answers the API. */
  readonly apiFunction: lambda.Function;
  /** Stores what the signals name. */
  readonly flushFunction: lambda.Function;
  /** Stores what stayed dirty too long. */
  readonly sweepFunction: lambda.Function;
  /** Pauses and resumes the flush. */
  readonly switchFunction: lambda.Function;
  /** Brings what other programs change in the tables into the cache; where a collection has `otherWriters`. */
  readonly streamFunction: lambda.Function | undefined;
  /** Base URL of the API, ending in a slash. */
  readonly url: string;
  readonly #table: Table | undefined;

  /** @throws {ConfigurationError} a prop, or a combination of props, that cannot be deployed */
  constructor(scope: Construct, id: string, props: WriteBehindCacheProps = {}) {
    super(scope, id);
    const uniqueName = Names.uniqueResourceName(this, { maxLength: 30, separator: '-' }).toLowerCase();
    this.props = checkProps(props, uniqueName);
    const { settings, settingsInput, mappedTables } = this.props;
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const logRetention = props.logRetention ?? logs.RetentionDays.ONE_MONTH;
    const tracing = props.tracing ?? true;
    const choice = props.valkey ?? new ServerlessValkey();

    const postgres = props.store;
    const { table, historyTable, listIndexArn } = postgres
      ? NO_TABLES
      : new Tables(this, 'Tables', {
          history: keepsHistory(settings),
          listing: hasListing(settings),
          stream: watchesCacheTable(settings),
          removalPolicy,
        });
    this.postgres = postgres;
    this.#table = table;
    this.historyTable = historyTable;
    const { queue, deadLetterQueue } = new Queues(this, 'Queues', { settings, removalPolicy });
    this.queue = queue;
    this.deadLetterQueue = deadLetterQueue;

    if (choice.needsVpc || props.vpc) {
      this.network = new Network(this, 'Network', {
        queueArn: queue.queueArn,
        deadLetterQueueArn: deadLetterQueue.queueArn,
        tableArn: table?.tableArn,
        ...(listIndexArn && { listIndexArn }),
        ...(historyTable && { historyTableArn: historyTable.tableArn }),
        mappedTables,
        ...(props.vpc && { vpc: props.vpc }),
        ...(props.vpcSubnets && { vpcSubnets: props.vpcSubnets }),
      });
    }
    const place = this.network && {
      name: uniqueName,
      vpc: this.network.vpc,
      subnets: this.network.subnets,
      finalSnapshot: removalPolicy === RemovalPolicy.RETAIN,
    };
    this.valkey = choice.bind(new Construct(this, 'Valkey'), place);
    this.network?.allow(this.valkey);
    if (postgres) this.network?.allow(postgres.database);

    const streamArns = this.#streamArns();
    const { api, flush, sweep, flushSwitch, stream } = createFunctions(this, {
      place: { network: this.network, tracing, logRetention, removalPolicy },
      postgres,
      flushTimeoutSeconds: this.props.flushTimeoutSeconds,
      hasStreams: streamArns.length > 0,
      environment: {
        VALKEY_URL: this.valkey.url,
        QUEUE_URL: queue.queueUrl,
        DEAD_LETTER_QUEUE_URL: deadLetterQueue.queueUrl,
        ...(table && { TABLE_NAME: table.tableName }),
        ...(historyTable && { HISTORY_TABLE_NAME: historyTable.tableName }),
        ...(postgres && environmentOf(postgres, keepsHistory(settings))),
        WRITE_BEHIND_SETTINGS: JSON.stringify(settingsInput),
        POWERTOOLS_LOG_LEVEL: props.logLevel ?? 'INFO',
      },
    });
    this.apiFunction = api.function;
    this.flushFunction = flush.function;
    this.sweepFunction = sweep.function;
    const { valkey } = this;
    permit({ table, historyTable, queue, deadLetterQueue, valkey, postgres }, { api, flush, sweep });
    if (table && listIndexArn) permitLists(table, listIndexArn, { api, flush, sweep });
    permitMappedTables(mappedTables, { api, flush, sweep });

    if (stream) {
      this.streamFunction = stream.function;
      const watched = { table, historyTable, queue, deadLetterQueue, valkey, postgres, mappedTables, streamArns };
      permitStreams(watched, stream);
      watchStreams(stream, streamArns);
    }

    const signals = this.flushFunction.addEventSourceMapping('Signals', {
      eventSourceArn: queue.queueArn,
      batchSize: this.props.flushBatchSize,
      maxConcurrency: this.props.maxFlushConcurrency,
      reportBatchItemFailures: true,
    });
    this.switchFunction = flushSwitch.function;
    this.switchFunction.addEnvironment('EVENT_SOURCE_MAPPING_ID', signals.eventSourceMappingId);
    permitSwitch(queue, signals, flushSwitch);
    new events.Rule(this, 'SwitchSchedule', {
      description: 'Keeps the flush of the write-behind cache paused while it is',
      schedule: events.Schedule.rate(MINUTE),
      targets: [new LambdaFunction(this.switchFunction, { retryAttempts: 0, maxEventAge: MINUTE })],
    });
    new events.Rule(this, 'SweepSchedule', {
      description: 'Runs the sweep of the write-behind cache',
      schedule: events.Schedule.rate(Duration.seconds(settings.sweepEverySeconds)),
      // A sweep that failed is made good by the next.
      targets: [new LambdaFunction(this.sweepFunction, { retryAttempts: 0, maxEventAge: MINUTE })],
    });
    this.api = new Api(this, 'Api', {
      name: settings.name,
      function: this.apiFunction,
      switchFunction: this.switchFunction,
      auth: props.auth ?? 'iam',
      rateLimit: this.props.apiRateLimit,
      burstLimit: this.props.apiBurstLimit,
      ownLogRole: props.ownApiLogRole ?? true,
      cors: settings.corsOrigins.length > 0,
      tracing,
      logRetention,
      removalPolicy,
    });
    this.url = this.api.restApi.url;
    new LogQueries(this, 'Queries', {
      name: settings.name,
      logGroups: {
        api: api.logGroup,
        flush: flush.logGroup,
        sweep: sweep.logGroup,
        ...(this.streamFunction && { stream: this.streamFunction.logGroup }),
        switch: flushSwitch.logGroup,
      },
    });
    if (props.auth === 'none') {
      Annotations.of(this).addWarningV2(
        'write-behind:no-auth',
        'auth: none. Anyone who knows the URL can read and change every item.',
      );
    }
  }

  /** Streams of the tables whose collections look at what other programs change. */
  #streamArns(): string[] {
    const { mappedTables } = this.props;
    const arns = mappedTables.flatMap(({ table, isWatched }) => (isWatched ? table.tableStreamArn! : []));
    return [...new Set([this.#table?.tableStreamArn ?? [], ...arns].flat())];
  }

  /**
   * The items, as any other program can read them.
   *
   * @throws {ConfigurationError} they are in PostgreSQL
   */
  get table(): Table {
    if (!this.#table) throw refused('store', 'PostgreSQL', 'DynamoDB, where the table is asked for');
    return this.#table;
  }

  /** Lets a caller read items: `execute-api:Invoke` on the `GET` routes of items and on `/openapi.json`. */
  grantRead(grantee: iam.IGrantable): iam.Grant {
    return this.api.grant(grantee, ROUTES.read);
  }

  /** Lets a caller write: `execute-api:Invoke` on the other routes of items, and on `/batch`, which can read too. */
  grantWrite(grantee: iam.IGrantable): iam.Grant {
    return this.api.grant(grantee, ROUTES.write);
  }

  /**
   * Lets an operator see health and statistics, flush, pause and resume, and deal with dead letters, which show their items:
   * `execute-api:Invoke` on `/health`, `/stats`, `/flush`, `/pause`, `/resume` and `/dead-letters`.
   */
  grantOperate(grantee: iam.IGrantable): iam.Grant {
    return this.api.grant(grantee, ROUTES.operate);
  }

  /** Age of the oldest message that is not deleted, s: how late the flush is, window included. */
  metricOldestMessageAge(options?: MetricOptions): Metric {
    return this.queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, period: MINUTE, ...options });
  }

  /** Messages in the queue: visible, delayed and in flight. */
  metricMessages(): IMetric {
    const options = { statistic: Stats.MAXIMUM, period: MINUTE };
    return new MathExpression({
      // Which of them SQS leaves out while there are none is not documented.
      expression: 'FILL(visible, 0) + FILL(delayed, 0) + FILL(inFlight, 0)',
      label: 'Messages',
      period: MINUTE,
      usingMetrics: {
        visible: this.queue.metricApproximateNumberOfMessagesVisible(options),
        delayed: this.queue.metricApproximateNumberOfMessagesDelayed(options),
        inFlight: this.queue.metricApproximateNumberOfMessagesNotVisible(options),
      },
    });
  }

  /** Messages in the DLQ. (`NumberOfMessagesSent` would miss those that SQS itself moved there.) */
  metricDeadLetters(options?: MetricOptions): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
      statistic: Stats.MAXIMUM,
      period: MINUTE,
      ...options,
    });
  }

  /** How long the oldest acknowledged write has been waiting to be in the table, ms; published by each sweep. */
  metricLag(options?: MetricOptions): Metric {
    return this.#metric(metricNames.lag, Stats.MAXIMUM, options);
  }

  /** Items that are dirty; published by each sweep. */
  metricDirtyItems(options?: MetricOptions): Metric {
    return this.#metric(metricNames.dirtyItems, Stats.MAXIMUM, options);
  }

  /** Items that DynamoDB refused for good; published by each sweep. */
  metricParkedItems(options?: MetricOptions): Metric {
    return this.#metric(metricNames.parkedItems, Stats.MAXIMUM, options);
  }

  /** How long flushing has been paused, ms; published every minute while it is. */
  metricPausedFor(options?: MetricOptions): Metric {
    return this.#metric(metricNames.pausedFor, Stats.MAXIMUM, options);
  }

  /** Acknowledged writes that Valkey lost and no message carried; published when a flush finds one. */
  metricKnownLost(options?: MetricOptions): Metric {
    return this.#metric(metricNames.knownLost, Stats.SUM, options);
  }

  /** Changes of other programs that met a state which was not in the table yet; published by a batch of a stream that has one. */
  metricConflicts(options?: MetricOptions): Metric {
    return this.#metric(metricNames.conflicts, Stats.SUM, options);
  }

  #metric(metricName: string, statistic: string, options: MetricOptions = {}): Metric {
    return new Metric({
      namespace: NAMESPACE,
      metricName,
      dimensionsMap: { [CACHE_DIMENSION]: this.props.settings.name },
      statistic,
      period: MINUTE,
      ...options,
    });
  }
}
