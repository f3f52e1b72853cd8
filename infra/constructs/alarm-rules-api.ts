import { MathExpression, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { MINUTE, serverErrorPercent } from './alarm-metrics.ts';
import { type AlarmId, type AlarmRule, type Severity, THREE_OF_FIVE } from './alarm-rule.ts';
import type { ValkeyMetric } from './valkey/valkey.ts';
import type { WriteBehindCache } from './write-behind-cache.ts';

/** Share of requests that may fail, %. */
const ERROR_PERCENT = 1;
/** Fewer 5xx in a minute are no share of anything. */
const LEAST_ERRORS = 3;
/** With fewer requests in a minute a single slow one, such as `POST /flush`, decides the 99th percentile. */
const LEAST_REQUESTS = 100;
/**
 * A write takes some tens of milliseconds, and Valkey is given up after half a second: beyond a second, a percent of the
 * callers wait for a dependency that does not answer, or for new instances.
 */
const LATENCY_MS = 1000;

/**
 * What callers notice. The api function has no alarms of its own: when it fails, times out or is throttled, API Gateway
 * answers 5xx.
 */
export function apiRules(cache: WriteBehindCache): AlarmRule[] {
  const { deploymentStage } = cache.api.restApi;
  return [
    {
      id: 'ApiServerErrors',
      severity: 'critical',
      meaning: `More than ${ERROR_PERCENT} % of the requests are answered with 5xx. 503 says that a dependency is away and the caller may try again; 500 is a fault of the api function, or Lambda throttles it.`,
      firstStep: 'Ask `GET /health` which dependency is away.',
      metric: new MathExpression({
        expression: `IF(errors >= ${LEAST_ERRORS}, percent, 0)`,
        label: `5xx, % of requests, from ${LEAST_ERRORS} a minute on`,
        period: MINUTE,
        usingMetrics: {
          percent: serverErrorPercent(cache),
          errors: deploymentStage.metricServerError({ statistic: Stats.SUM, period: MINUTE }),
        },
      }),
      threshold: ERROR_PERCENT,
      comparison: '>',
      periods: THREE_OF_FIVE,
      // Without requests there is no data, and nobody who was refused.
      missingData: TreatMissingData.NOT_BREACHING,
    },
    {
      id: 'ApiLatency',
      severity: 'warning',
      meaning: `One request in a hundred takes longer than ${LATENCY_MS} ms, in minutes with ${LEAST_REQUESTS} requests or more.`,
      firstStep: "Compare it with the api function's duration on the dashboard.",
      metric: new MathExpression({
        expression: `IF(requests >= ${LEAST_REQUESTS}, latency, 0)`,
        label: `p99, ms, from ${LEAST_REQUESTS} requests a minute on`,
        period: MINUTE,
        usingMetrics: {
          requests: deploymentStage.metricCount({ period: MINUTE }),
          latency: cache.api.metricLatencyP99(),
        },
      }),
      threshold: LATENCY_MS,
      comparison: '>',
      periods: THREE_OF_FIVE,
      missingData: TreatMissingData.NOT_BREACHING,
    },
  ];
}

/** What Valkey tells about itself; nothing where it is an endpoint of one's own. */
export function valkeyRules({ valkey }: WriteBehindCache): AlarmRule[] {
  const rule = (
    id: AlarmId,
    severity: Severity,
    watched: ValkeyMetric | undefined,
    missingData: TreatMissingData,
    [meaning, firstStep]: readonly [meaning: string, firstStep: string],
  ): AlarmRule[] =>
    watched
      ? [{ id, severity, meaning, firstStep, ...watched, comparison: '>=', periods: THREE_OF_FIVE, missingData }]
      : [];
  return [
    // No data says nothing about the memory: the alarm stays as it is.
    ...rule('ValkeyMemory', 'warning', valkey.memory, TreatMissingData.IGNORE, [
      'The memory that Valkey may use is nearly used up. When it is full, clean entries are evicted; when none is left, writes get 429.',
      'See on the dashboard whether dirty items grew with it.',
    ]),
    ...rule('ValkeyEvictions', 'warning', valkey.evictions, TreatMissingData.NOT_BREACHING, [
      'Valkey evicts clean entries and idempotency keys for want of memory. No write is lost; reads become slower, and a repeated request may take place twice.',
      'Give Valkey more memory, or shorten `ttlSeconds`.',
    ]),
    ...rule('ValkeyThrottled', 'warning', valkey.throttled, TreatMissingData.NOT_BREACHING, [
      'ElastiCache slows down or refuses commands because of their rate. Callers see slow answers and 503.',
      'Compare the rate of requests with the limit of Valkey.',
    ]),
  ];
}
