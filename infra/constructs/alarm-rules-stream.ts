import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { streamAge } from './alarm-metrics.ts';
import type { AlarmRule } from './alarm-rule.ts';
import type { WriteBehindCache } from './write-behind-cache.ts';

/** How old a change may be when it is looked at, s. */
const LATE_SECONDS = 60;
/** DynamoDB keeps changes for so long. */
const KEPT_HOURS = 24;

/** What comes from the streams of the tables; nothing where no collection looks at other writers. */
export function streamRules({ streamFunction }: WriteBehindCache): AlarmRule[] {
  if (!streamFunction) return [];
  return [
    {
      id: 'StreamLate',
      severity: 'warning',
      meaning: `What other programs change in the tables reaches the cache later than ${LATE_SECONDS} s: reads show what was there before. Changes older than ${KEPT_HOURS} h are never seen.`,
      firstStep: 'Look for errors and `table-change-not-seen` in the log of the stream function.',
      metric: streamAge(streamFunction),
      threshold: LATE_SECONDS * 1000,
      comparison: '>',
      periods: { breaching: 2, of: 3 },
      // Without a change nothing is published.
      missingData: TreatMissingData.NOT_BREACHING,
    },
  ];
}
