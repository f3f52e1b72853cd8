/** CloudWatch namespace of the metrics. */
export const NAMESPACE = 'WriteBehind';

/** Dimension of every metric; its value is the setting `name`. */
export const CACHE_DIMENSION = 'cache';

/** Names of the metrics. */
export const metricNames = {
  /** How long the oldest acknowledged write has been waiting to be in the table, ms; from each sweep. */
  lag: 'Lag',
  /** Items that are dirty; from each sweep. */
  dirtyItems: 'DirtyItems',
  /** Items that DynamoDB refused for good; from each sweep. */
  parkedItems: 'ParkedItems',
  /** How long flushing has been paused, ms; every minute while it is. */
  pausedFor: 'PausedFor',
  /** Acknowledged writes that Valkey lost and no message carried; from each flush that finds one. */
  knownLost: 'KnownLost',
  /** Changes of other programs that met a state which was not in the table yet; from each batch of a stream that has one. */
  conflicts: 'Conflicts',
} as const;

/** Name of a metric. */
export type MetricName = (typeof metricNames)[keyof typeof metricNames];

const units: Readonly<Record<MetricName, string>> = {
  Lag: 'Milliseconds',
  DirtyItems: 'Count',
  ParkedItems: 'Count',
  PausedFor: 'Milliseconds',
  KnownLost: 'Count',
  Conflicts: 'Count',
};

/**
 * Values in CloudWatch's embedded metric format: as members of a log line they become metrics without a call.
 *
 * @param cache the setting `name`
 * @param nowMs ms since the epoch
 */
export function embeddedMetrics(
  cache: string,
  values: Partial<Readonly<Record<MetricName, number>>>,
  nowMs: number,
): Record<string, unknown> {
  const names = Object.keys(values) as MetricName[];
  return {
    _aws: {
      Timestamp: nowMs,
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: [[CACHE_DIMENSION]],
          Metrics: names.map((name) => ({ Name: name, Unit: units[name] })),
        },
      ],
    },
    [CACHE_DIMENSION]: cache,
    ...values,
  };
}
