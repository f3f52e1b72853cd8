/** A list price and where it was read. */
export interface Price {
  readonly dollars: number;
  /** How many units the dollars are for. */
  readonly per: 1 | 1_000_000;
  /** In the plural. */
  readonly unit: string;
  /** The page that says so. */
  readonly page: string;
  /** The page's own date, as exactly as it gives one. */
  readonly pageDate: string;
  /** Whether a page was found that says so; if not, `page` is where AWS would. */
  readonly verified: boolean;
}

const MILLION = 1_000_000;

/** Region that the prices are for. */
export const REGION = 'us-east-1';
/** When the prices were noted. */
export const NOTED_ON = '2026-11-21';

const read = (dollars: number, per: Price['per'], unit: string, page: string, pageDate: string): Price => ({
  dollars,
  per,
  unit,
  page,
  pageDate,
  verified: true,
});

const unverified = (dollars: number, per: Price['per'], unit: string, page: string): Price => ({
  dollars,
  per,
  unit,
  page,
  pageDate: 'none',
  verified: false,
});

const LAMBDA = ['https://wring.co/blog/aws-lambda-pricing-guide', '2026-03-08'] as const;
const DYNAMODB = ['https://airbyte.com/data-engineering-resources/dynamodb-pricing', '2025-07-21'] as const;
const VALKEY = [
  'https://www.usage.ai/blogs/aws/database-savings-plans/elasticache/serverless-pricing/',
  '2026-06',
] as const;
const CLOUDWATCH = [
  'https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/',
  '2026-06-13',
] as const;
const ELASTICACHE = 'https://aws.amazon.com/elasticache/pricing/';

/** List prices of the first tier, on demand, without free tiers, taxes and discounts. */
export const prices = {
  apiRequest: read(
    3.5,
    MILLION,
    'API Gateway REST requests',
    'https://docs.aws.amazon.com/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html',
    'undated',
  ),
  lambdaRequest: read(0.2, MILLION, 'Lambda requests', ...LAMBDA),
  lambdaGbSecond: read(0.0000133334, 1, 'GB-seconds of Lambda, arm64', ...LAMBDA),
  sqsFifoRequest: read(
    0.5,
    MILLION,
    'SQS FIFO requests of up to 64 KB',
    'https://www.factualminds.com/blog/amazon-sqs-pricing-64kb-rule-fifo-vs-standard/',
    '2026-06-13',
  ),
  // Halved in November 2024; pages from before say 1.25 and 0.25.
  writeUnit: read(0.625, MILLION, 'DynamoDB write request units', ...DYNAMODB),
  readUnit: read(0.125, MILLION, 'DynamoDB read request units', ...DYNAMODB),
  tableGbMonth: read(
    0.25,
    1,
    'GB-months in a DynamoDB table',
    'https://gist.github.com/bahrmichael/94e01d26dc21b9b7156d7d27b1b9e16e',
    '2020-12-27',
  ),
  recoveryGbMonth: read(
    0.2,
    1,
    'GB-months of point-in-time recovery',
    'https://finops.com.py/services/dynamodb/backups',
    'undated',
  ),
  valkeyGbHour: read(0.084, 1, 'GB-hours in ElastiCache Serverless for Valkey', ...VALKEY),
  valkeyUnit: read(0.0023, MILLION, 'ElastiCache processing units of Valkey', ...VALKEY),
  // Both stand in extracts of the AWS Price List that programs test with; no page was found that names them.
  valkeyNodeHour: unverified(0.1264, 1, 'hours of a cache.m7g.large node of Valkey', ELASTICACHE),
  valkeyDurableHour: unverified(0.0228, 1, 'hours of synchronous durability on such a node', ELASTICACHE),
  endpointHour: read(
    0.01,
    1,
    'hours of an interface endpoint in one zone',
    'https://www.factualminds.com/blog/amazon-vpc-pricing-endpoints-peering-transit-gateway/',
    '2026-06-13',
  ),
  endpointGb: read(
    0.01,
    1,
    'GB through an interface endpoint',
    'https://aws.amazon.com/privatelink/pricing/',
    'undated',
  ),
  alarmMetric: read(
    0.1,
    1,
    'metrics of standard alarms, a month',
    'https://c3x.dev/resources/aws/aws_cloudwatch_metric_alarm',
    'undated',
  ),
  customMetric: read(0.3, 1, 'custom metrics, a month', 'https://signoz.io/guides/cloudwatch-pricing', '2026-02-15'),
  dashboard: read(3, 1, 'dashboards, a month', ...CLOUDWATCH),
  logGb: read(0.5, 1, 'GB of logs taken in', ...CLOUDWATCH),
  trace: read(5, MILLION, 'X-Ray traces recorded', 'https://aws.amazon.com/xray/pricing/', 'undated'),
} as const satisfies Record<string, Price>;

/** Name of a price. */
export type PriceName = keyof typeof prices;

/** What a quantity costs, in dollars. */
export function dollarsOf(name: PriceName, quantity: number): number {
  const { dollars, per } = prices[name];
  return (quantity / per) * dollars;
}
