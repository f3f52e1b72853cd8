import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { WriteBehindCache } from './write-behind-cache.ts';

/** Period of what AWS publishes. */
export const MINUTE: Duration = Duration.minutes(1);

/** What the functions do with the table. */
const OPERATIONS = ['GetItem', 'PutItem', 'BatchExecuteStatement'] as const;
/** What they do with that of the history. */
const HISTORY_OPERATIONS = ['PutItem', 'Query'] as const;

/** Requests answered with 5xx, % of all requests. */
export function serverErrorPercent(cache: WriteBehindCache): IMetric {
  return new MathExpression({
    expression: '100 * errorRate',
    label: '5xx, %',
    period: MINUTE,
    usingMetrics: { errorRate: cache.api.metricServerErrorRate() },
  });
}

/** Items that count against the bound: the dirty ones, and those parked. */
export function boundedItems(cache: WriteBehindCache): IMetric {
  const period = sweepPeriod(cache);
  return new MathExpression({
    expression: 'dirty + parked',
    label: 'Dirty and parked items',
    period,
    usingMetrics: { dirty: cache.metricDirtyItems({ period }), parked: cache.metricParkedItems({ period }) },
  });
}

/** Requests that DynamoDB throttled, of the functions' operations. */
export function databaseThrottles(cache: WriteBehindCache): IMetric {
  return sumOfOperations(cache.table, OPERATIONS, 'ThrottledRequests', 'Throttled requests');
}

/** Requests that DynamoDB failed with an error of its own (HTTP 500), of the functions' operations. */
export function databaseErrors(cache: WriteBehindCache): IMetric {
  return sumOfOperations(cache.table, OPERATIONS, 'SystemErrors', 'System errors');
}

/** As {@link databaseThrottles}, of the history's table. */
export function historyThrottles(table: Table): IMetric {
  return sumOfOperations(table, HISTORY_OPERATIONS, 'ThrottledRequests', 'Throttled requests of the history');
}

/** As {@link databaseErrors}, of the history's table. */
export function historyErrors(table: Table): IMetric {
  return sumOfOperations(table, HISTORY_OPERATIONS, 'SystemErrors', 'System errors of the history');
}

/** How old the changes of a batch are when the stream function gets them, ms; those of a batch that fails grow older. */
export function streamAge(streamFunction: lambda.IFunction): Metric {
  return streamFunction.metric('IteratorAge', {
    label: 'age of the changes',
    statistic: Stats.MAXIMUM,
    period: MINUTE,
  });
}

/** A metric that is 0 while flushing is paused, when it rises on purpose; missing data stays missing. */
export function unlessPaused(cache: WriteBehindCache, metric: Metric, period: Duration): IMetric {
  return new MathExpression({
    expression: 'IF(FILL(paused, 0) > 0, 0, value)',
    label: '0 while flushing is paused',
    period,
    usingMetrics: { value: metric.with({ period }), paused: cache.metricPausedFor({ period }) },
  });
}

/** How often the sweep publishes; a shorter period would have gaps. */
export function sweepPeriod(cache: WriteBehindCache): Duration {
  return Duration.seconds(cache.props.settings.sweepEverySeconds);
}

/**
 * DynamoDB publishes these metrics only in minutes in which something went wrong, and an alarm on them keeps its state
 * while there is none: without zeros it would ring for ever, and a minute with one operation would have no sum.
 */
function sumOfOperations(table: Table, operations: readonly string[], metricName: string, label: string): IMetric {
  const metrics = operations.map((operation) => [
    operation.charAt(0).toLowerCase() + operation.slice(1) + metricName,
    table.metric(metricName, {
      dimensionsMap: { TableName: table.tableName, Operation: operation },
      statistic: Stats.SUM,
      period: MINUTE,
    }),
  ]);
  return new MathExpression({
    expression: metrics.map(([id]) => `FILL(${id}, 0)`).join(' + '),
    label,
    period: MINUTE,
    usingMetrics: Object.fromEntries(metrics),
  });
}
