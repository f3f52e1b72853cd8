import { Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import {
  databaseErrors,
  databaseThrottles,
  historyErrors,
  historyThrottles,
  MINUTE,
  unlessPaused,
} from './alarm-metrics.ts';
import { type AlarmId, type AlarmRule, AT_ONCE, type Severity, THREE_OF_FIVE } from './alarm-rule.ts';
import type { WriteBehindCache } from './write-behind-cache.ts';

/** How much older than the window the oldest message may be, s. */
const LATE_SECONDS = { warning: 60, critical: 300 } as const;
/** SQS looks for message groups in the first so many messages of a FIFO queue: what is behind them waits. */
const SCANNED_MESSAGES = 120_000;
const MS_PER_HOUR = 3_600_000;
/** Of the flush function's timeout. */
const NEAR_TIMEOUT = 0.8;

/** What the queue tells. A queue without messages for six hours publishes nothing: no data is no message. */
export function queueRules(cache: WriteBehindCache): AlarmRule[] {
  const { windowSeconds } = cache.props.settings;
  const late = (id: AlarmId, severity: Severity, firstStep: string): AlarmRule => {
    const threshold = windowSeconds + LATE_SECONDS[severity];
    return {
      id,
      severity,
      meaning: `The oldest message in the queue is older than ${threshold} s, the window of ${windowSeconds} s included, without a pause: the flush is late.`,
      firstStep,
      metric: unlessPaused(cache, cache.metricOldestMessageAge(), MINUTE),
      threshold,
      comparison: '>',
      periods: { breaching: 2, of: 3 },
      missingData: TreatMissingData.NOT_BREACHING,
    };
  };
  return [
    late(
      'OldestMessageAgeWarning',
      'warning',
      "Look for errors, throttles and `item-not-flushed` in the flush function's row and log.",
    ),
    late(
      'OldestMessageAgeCritical',
      'critical',
      'Find out whether the flush runs at all, then whether DynamoDB takes writes.',
    ),
    {
      id: 'QueueNearScanLimit',
      severity: 'critical',
      meaning: `More than ${SCANNED_MESSAGES / 2} messages are in the queue. SQS searches only the first ${SCANNED_MESSAGES} for keys that are free: behind them keys wait, whatever the flush can do.`,
      firstStep: 'See whether the queue drains; if not, find out what holds the flush up.',
      metric: cache.metricMessages(),
      threshold: SCANNED_MESSAGES / 2,
      comparison: '>',
      // At full load the other half fills within a minute.
      periods: AT_ONCE,
      missingData: TreatMissingData.NOT_BREACHING,
    },
  ];
}

/** What Lambda tells about the flush function. Where it did not run there is no data, and the queue's alarms ring. */
export function flushRules(cache: WriteBehindCache): AlarmRule[] {
  const { flushFunction } = cache;
  const { flushTimeoutSeconds, pauseAlarmHours } = cache.props;
  const sum = { statistic: Stats.SUM, period: MINUTE } as const;
  const nearTimeoutSeconds = NEAR_TIMEOUT * flushTimeoutSeconds;
  return [
    {
      id: 'FlushPaused',
      severity: 'critical',
      meaning: `Flushing has been paused for more than ${pauseAlarmHours} h. What is written waits, up to the bound; the alarms of age, lag and backlog are silent meanwhile.`,
      firstStep: 'Ask `GET /stats` who paused it and why.',
      metric: cache.metricPausedFor(),
      threshold: pauseAlarmHours * MS_PER_HOUR,
      comparison: '>',
      periods: { breaching: 2, of: 3 },
      // Published only while it is paused.
      missingData: TreatMissingData.NOT_BREACHING,
    },
    {
      id: 'FlushErrors',
      severity: 'warning',
      meaning: 'The flush function failed as a whole: it threw, ran out of time or of memory, or did not start.',
      firstStep: 'Read the error in the log of the flush function.',
      metric: flushFunction.metricErrors(sum),
      threshold: 0,
      comparison: '>',
      // Items that cannot be stored are answered message by message: an error of the function is never expected.
      periods: AT_ONCE,
      missingData: TreatMissingData.NOT_BREACHING,
    },
    {
      id: 'FlushThrottles',
      severity: 'warning',
      meaning:
        'Lambda refuses to start the flush function: the concurrency of the account, or of the function, is used up.',
      firstStep: 'Compare the concurrency that is in use with the limit of the account.',
      metric: flushFunction.metricThrottles(sum),
      threshold: 0,
      comparison: '>',
      periods: THREE_OF_FIVE,
      missingData: TreatMissingData.NOT_BREACHING,
    },
    {
      id: 'FlushDuration',
      severity: 'warning',
      meaning: `A flush takes longer than ${nearTimeoutSeconds} s and is cut off at ${flushTimeoutSeconds} s; its messages then wait for the visibility timeout.`,
      firstStep: 'Compare it with the latency of DynamoDB and of Valkey on the dashboard.',
      metric: flushFunction.metricDuration({ statistic: Stats.MAXIMUM, period: MINUTE }),
      threshold: nearTimeoutSeconds * 1000,
      comparison: '>',
      periods: THREE_OF_FIVE,
      missingData: TreatMissingData.NOT_BREACHING,
    },
  ];
}

/** Its clients try once more by themselves, and messages come again: single failures are nothing. */
const DYNAMODB = {
  severity: 'warning',
  threshold: 0,
  comparison: '>',
  periods: THREE_OF_FIVE,
  missingData: TreatMissingData.NOT_BREACHING,
} as const;

/** What DynamoDB tells of the table. */
export function databaseRules(cache: WriteBehindCache): AlarmRule[] {
  // A PostgreSQL has alarms of its owner's; that it does not take what it should, those of queue and lag tell.
  if (cache.postgres) return [];
  return [
    {
      id: 'DatabaseThrottles',
      meaning: 'DynamoDB throttles reads or writes of the table. What is throttled is tried again later.',
      firstStep: 'See whether it is the table as a whole, or a few hot keys.',
      metric: databaseThrottles(cache),
      ...DYNAMODB,
    },
    {
      id: 'DatabaseErrors',
      meaning: 'DynamoDB fails with errors of its own (HTTP 500). What fails is tried again later.',
      firstStep: 'Look at the AWS Health Dashboard.',
      metric: databaseErrors(cache),
      ...DYNAMODB,
    },
  ];
}

/** The same of the history's table; nothing where no collection is audited. */
export function historyRules({ historyTable }: WriteBehindCache): AlarmRule[] {
  if (!historyTable) return [];
  return [
    {
      id: 'HistoryThrottles',
      meaning:
        "DynamoDB throttles reads or writes of the history's table. What cannot be recorded is not stored either; it is tried again later.",
      firstStep: 'See which audited collection is written more than before.',
      metric: historyThrottles(historyTable),
      ...DYNAMODB,
    },
    {
      id: 'HistoryErrors',
      meaning:
        "DynamoDB fails with errors of its own (HTTP 500) at the history's table. What cannot be recorded is not stored either; it is tried again later.",
      firstStep: 'Look at the AWS Health Dashboard.',
      metric: historyErrors(historyTable),
      ...DYNAMODB,
    },
  ];
}
