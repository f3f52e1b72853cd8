import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { boundedItems, sweepPeriod, unlessPaused } from './alarm-metrics.ts';
import { type AlarmRule, AT_ONCE } from './alarm-rule.ts';
import type { WriteBehindCache } from './write-behind-cache.ts';

/** Share of the bound from which on it is near. */
const NEAR_BOUND = 0.8;
/** Without a sweep `Lag` rings; the other alarms stay as they are, instead of calling off what nobody knows to be over. */
const WITHOUT_SWEEP = TreatMissingData.IGNORE;
/** How long a backlog may last, s. */
const BACKLOG_SECONDS = 300;

/** How many items wait, as the sweep counts them. */
export function backlogRules(cache: WriteBehindCache): AlarmRule[] {
  const { settings } = cache.props;
  const period = sweepPeriod(cache);
  const backlogPeriods = Math.max(1, Math.ceil(BACKLOG_SECONDS / settings.sweepEverySeconds));
  return [
    {
      id: 'DirtyItemsNearBound',
      severity: 'critical',
      meaning: `${100 * NEAR_BOUND} % of the ${settings.maxDirtyItems} items that may wait (maxDirtyItems) are dirty or parked. At the bound, writes to further items get 429.`,
      firstStep: 'Find out why the flush is slower than the writes.',
      metric: boundedItems(cache),
      threshold: Math.ceil(NEAR_BOUND * settings.maxDirtyItems),
      comparison: '>=',
      periods: AT_ONCE,
      missingData: WITHOUT_SWEEP,
    },
    {
      id: 'Backlog',
      severity: 'warning',
      meaning: `More than ${settings.backlogAlert} items (backlogAlert) have been dirty at every sweep for minutes, without a pause: the flush is slower than the writes, or the load is higher than expected.`,
      firstStep: 'See whether `Lag` grows with it; if not, it is load.',
      metric: unlessPaused(cache, cache.metricDirtyItems(), period),
      threshold: settings.backlogAlert,
      comparison: '>',
      periods: { breaching: backlogPeriods, of: backlogPeriods },
      missingData: WITHOUT_SWEEP,
    },
  ];
}

/** What became of the writes that did not get through. */
export function outcomeRules(cache: WriteBehindCache): AlarmRule[] {
  const { lagAlarmSeconds } = cache.props;
  const period = sweepPeriod(cache);
  return [
    {
      id: 'DeadLetters',
      severity: 'critical',
      meaning:
        'Messages are in the dead-letter queue: what they carry is not in the table, and nothing tries it again.',
      firstStep: 'Read the reasons in the dead-letter queue.',
      metric: cache.metricDeadLetters(),
      threshold: 0,
      comparison: '>',
      periods: AT_ONCE,
      // A queue that was empty for six hours publishes nothing.
      missingData: TreatMissingData.NOT_BREACHING,
    },
    {
      id: 'ParkedItems',
      severity: 'warning',
      meaning: 'DynamoDB refused items for good. Reads still show their newest state, the table does not.',
      firstStep: 'Treat the dead letters (section DeadLetters); what is still parked then, write again.',
      metric: cache.metricParkedItems({ period }),
      threshold: 0,
      comparison: '>',
      periods: AT_ONCE,
      missingData: WITHOUT_SWEEP,
    },
    {
      id: 'KnownLost',
      severity: 'critical',
      meaning: 'Valkey lost acknowledged writes that no state has any more.',
      firstStep: 'List the lost keys from the log of the flush function.',
      metric: cache.metricKnownLost(),
      threshold: 0,
      comparison: '>',
      periods: AT_ONCE,
      // Published only when a loss is found.
      missingData: TreatMissingData.NOT_BREACHING,
    },
    {
      id: 'Lag',
      severity: 'critical',
      meaning: `The oldest acknowledged write has waited longer than ${lagAlarmSeconds} s for the table, without a pause, or no sweep has said so.`,
      firstStep: 'See on the dashboard whether `Lag` is high or missing.',
      metric: unlessPaused(cache, cache.metricLag(), period),
      threshold: lagAlarmSeconds * 1000,
      comparison: '>',
      // One sweep that ends in the next period leaves a gap behind it; two are none by chance.
      periods: { breaching: 2, of: 3 },
      missingData: TreatMissingData.BREACHING,
    },
  ];
}
