/** What is waiting after a sweep. */
export interface Backlog {
  readonly oldestLagMs: number;
  readonly dirtyItems: number;
  readonly parkedItems: number;
}

/** CloudWatch namespace of the metrics. */
export const NAMESPACE = 'WriteBehind';

/**
 * Lag and backlog in CloudWatch's embedded metric format: as members of a log line they become metrics without a call.
 *
 * @param now milliseconds since the epoch
 */
export function sweepMetrics(backlog: Backlog, now: number): Record<string, unknown> {
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: [['service']],
          Metrics: [
            { Name: 'Lag', Unit: 'Milliseconds' },
            { Name: 'DirtyItems', Unit: 'Count' },
            { Name: 'ParkedItems', Unit: 'Count' },
          ],
        },
      ],
    },
    Lag: backlog.oldestLagMs,
    DirtyItems: backlog.dirtyItems,
    ParkedItems: backlog.parkedItems,
  };
}
