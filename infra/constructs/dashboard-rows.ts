import { type IMetric, MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import {
  boundedItems,
  databaseErrors,
  databaseThrottles,
  historyErrors,
  historyThrottles,
  MINUTE,
  serverErrorPercent,
  streamAge,
  sweepPeriod,
} from './alarm-metrics.ts';
import type { Graph } from './dashboard-graphs.ts';
import type { WriteBehindCache } from './write-behind-cache.ts';

type Row = readonly Graph[];

const sum = (label: string) => ({ label, statistic: Stats.SUM, period: MINUTE });
const max = (label: string) => ({ label, statistic: Stats.MAXIMUM, period: MINUTE });
const percentile = (percent: number) => ({ label: `p${percent}`, statistic: Stats.p(percent), period: MINUTE });

/** What answers the callers: API, api function, Valkey. */
export function frontRows(cache: WriteBehindCache): Row[] {
  const { deploymentStage } = cache.api.restApi;
  return [
    [
      {
        title: 'API: requests',
        unit: 'requests a minute',
        left: [deploymentStage.metricCount({ label: 'requests', period: MINUTE })],
      },
      {
        title: 'API: latency',
        unit: 'ms',
        left: [deploymentStage.metricLatency(percentile(50)), cache.api.metricLatencyP99().with({ label: 'p99' })],
        alarms: ['ApiLatency'],
      },
      {
        title: 'API: status',
        unit: '% of requests',
        left: [serverErrorPercent(cache)],
        alarms: ['ApiServerErrors'],
        rightUnit: 'requests a minute',
        right: [deploymentStage.metricServerError(sum('5xx')), deploymentStage.metricClientError(sum('4xx'))],
      },
    ],
    functionRow('api function', cache.apiFunction),
    valkeyRow(cache),
  ];
}

/** What brings the writes into the table, and what did not get there: queue, flush, DynamoDB, outcome. */
export function behindRows(cache: WriteBehindCache): Row[] {
  const { maxFlushConcurrency } = cache.props;
  return [
    queueRow(cache),
    functionRow('flush', cache.flushFunction, [{ label: 'maxFlushConcurrency', value: maxFlushConcurrency }]),
    databaseRow(cache),
    ...streamRows(cache),
    outcomeRow(cache),
  ];
}

function functionRow(name: string, fn: lambda.IFunction, concurrencyLimits: Graph['limits'] = []): Row {
  return [
    {
      title: `${name}: invocations and errors`,
      unit: 'invocations a minute',
      left: [fn.metricInvocations(sum('invocations'))],
      rightUnit: 'errors a minute',
      right: [fn.metricErrors(sum('errors'))],
    },
    {
      title: `${name}: duration`,
      unit: 'ms',
      left: [fn.metricDuration(percentile(50)), fn.metricDuration(percentile(99)), fn.metricDuration(max('longest'))],
    },
    {
      title: `${name}: concurrency and throttles`,
      unit: 'instances at once',
      left: [fn.metric('ConcurrentExecutions', max('at once'))],
      rightUnit: 'throttles a minute',
      right: [fn.metricThrottles(sum('throttles'))],
      limits: concurrencyLimits,
    },
  ];
}

function valkeyRow(cache: WriteBehindCache): Row {
  const { memory, evictions, throttled } = cache.valkey;
  const period = sweepPeriod(cache);
  return [
    ...graphOf('Valkey: memory', memory?.metric, { alarms: ['ValkeyMemory'] }),
    ...graphOf('Valkey: evictions', evictions?.metric, { unit: 'a minute' }),
    ...graphOf('Valkey: throttled', throttled?.metric, { unit: 'a minute' }),
    {
      title: 'Valkey: dirty items',
      unit: 'items',
      left: [cache.metricDirtyItems({ label: 'dirty', period }), boundedItems(cache)],
      alarms: ['Backlog', 'DirtyItemsNearBound'],
      limits: [{ label: 'maxDirtyItems', value: cache.props.settings.maxDirtyItems }],
    },
  ];
}

function graphOf(title: string, metric: IMetric | undefined, rest: Omit<Graph, 'title' | 'left'>): Row {
  return metric ? [{ title, left: [metric], ...rest }] : [];
}

function queueRow(cache: WriteBehindCache): Row {
  const { queue } = cache;
  return [
    {
      title: 'Queue: age of the oldest message',
      unit: 's',
      left: [cache.metricOldestMessageAge({ label: 'age, window included' })],
      alarms: ['OldestMessageAgeWarning', 'OldestMessageAgeCritical'],
    },
    {
      title: 'Queue: messages',
      unit: 'messages',
      left: [
        queue.metricApproximateNumberOfMessagesVisible(max('visible')),
        queue.metricApproximateNumberOfMessagesDelayed(max('delayed')),
        queue.metricApproximateNumberOfMessagesNotVisible(max('in flight')),
        // After its parts: the first to name a metric gives it its label.
        cache.metricMessages(),
      ],
      alarms: ['QueueNearScanLimit'],
    },
    {
      title: 'Flush: paused',
      unit: 'ms',
      left: [cache.metricPausedFor({ label: 'for so long' })],
      alarms: ['FlushPaused'],
    },
  ];
}

function databaseRow(cache: WriteBehindCache): Row {
  if (cache.postgres) return [];
  const { table, historyTable } = cache;
  const latencyOf = (Operation: string, what: string) => {
    const metric = (label: string, statistic: string) =>
      table.metricSuccessfulRequestLatency({
        dimensionsMap: { TableName: table.tableName, Operation },
        period: MINUTE,
        label: `${what}: ${label}`,
        statistic,
      });
    return [metric('average', Stats.AVERAGE), metric('p99', Stats.p(99))];
  };
  return [
    {
      title: 'DynamoDB: consumed write capacity',
      unit: 'units a second',
      left: [
        new MathExpression({
          expression: 'writeUnits / PERIOD(writeUnits)',
          label: 'write units',
          period: MINUTE,
          usingMetrics: {
            writeUnits: table.metricConsumedWriteCapacityUnits({ statistic: Stats.SUM, period: MINUTE }),
          },
        }),
      ],
    },
    {
      title: 'DynamoDB: throttles and errors',
      unit: 'requests a minute',
      left: [databaseThrottles(cache), databaseErrors(cache)],
    },
    ...(historyTable
      ? [
          {
            title: 'History: throttles and errors',
            unit: 'requests a minute',
            left: [historyThrottles(historyTable), historyErrors(historyTable)],
          },
        ]
      : []),
    {
      title: 'DynamoDB: latency of writes',
      unit: 'ms',
      left: [...latencyOf('PutItem', 'put'), ...latencyOf('BatchExecuteStatement', 'batch')],
    },
  ];
}

function streamRows(cache: WriteBehindCache): Row[] {
  const { streamFunction } = cache;
  if (!streamFunction) return [];
  return [
    functionRow('stream', streamFunction),
    [
      { title: 'Stream: age of the changes', unit: 'ms', left: [streamAge(streamFunction)], alarms: ['StreamLate'] },
      {
        title: 'Other writers: conflicts',
        unit: 'changes a minute',
        left: [cache.metricConflicts({ label: 'met what was not stored yet' })],
      },
    ],
  ];
}

function outcomeRow(cache: WriteBehindCache): Row {
  const period = sweepPeriod(cache);
  return [
    { title: 'Dead letters', unit: 'messages', left: [cache.metricDeadLetters({ label: 'in the DLQ' })] },
    { title: 'Parked items', unit: 'items', left: [cache.metricParkedItems({ label: 'parked', period })] },
    { title: 'Known lost', unit: 'writes a minute', left: [cache.metricKnownLost({ label: 'lost' })] },
    {
      title: 'Lag',
      unit: 'ms',
      left: [cache.metricLag({ label: 'oldest write', period })],
      alarms: ['Lag'],
      rightUnit: 'errors a minute',
      right: [cache.sweepFunction.metricErrors(sum('errors of the sweep'))],
    },
  ];
}
