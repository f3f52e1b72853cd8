import type { IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';

/** Names of the alarms; each is also the heading of a section in docs/operations.md. */
export type AlarmId =
  | 'ApiServerErrors'
  | 'ApiLatency'
  | 'ValkeyMemory'
  | 'ValkeyEvictions'
  | 'ValkeyThrottled'
  | 'DirtyItemsNearBound'
  | 'Backlog'
  | 'OldestMessageAgeWarning'
  | 'OldestMessageAgeCritical'
  | 'QueueNearScanLimit'
  | 'FlushPaused'
  | 'FlushErrors'
  | 'FlushThrottles'
  | 'FlushDuration'
  | 'DatabaseThrottles'
  | 'DatabaseErrors'
  | 'HistoryThrottles'
  | 'HistoryErrors'
  | 'StreamLate'
  | 'DeadLetters'
  | 'ParkedItems'
  | 'KnownLost'
  | 'Lag';

/**
 * `critical`: callers are being refused, or what was acknowledged does not reach the table by itself; look now.
 * `warning`: it costs speed, or becomes critical if nothing is done; look today.
 */
export type Severity = 'critical' | 'warning';

/** When an alarm rings, and what it says then. */
export interface AlarmRule {
  readonly id: AlarmId;
  readonly severity: Severity;
  /** What it means, with the figures of this deployment. */
  readonly meaning: string;
  /** What to do first; the table in docs/operations.md has the same sentence. */
  readonly firstStep: string;
  readonly metric: IMetric;
  /** In the unit of the metric. */
  readonly threshold: number;
  /** Whether the threshold itself rings. */
  readonly comparison: '>' | '>=';
  /** Periods of the metric that are looked at, and how many of them must be beyond the threshold. */
  readonly periods: { readonly breaching: number; readonly of: number };
  readonly missingData: TreatMissingData;
}

/** Rings at the first period. */
export const AT_ONCE: AlarmRule['periods'] = { breaching: 1, of: 1 };
/** What passes by itself within two minutes does not ring; what comes and goes does. */
export const THREE_OF_FIVE: AlarmRule['periods'] = { breaching: 3, of: 5 };
