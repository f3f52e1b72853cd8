import type { PriceName } from './prices.ts';

/** What writes use, each with its price, in the order of the bill. */
export const USAGE_ROWS = {
  apiRequests: ['API Gateway: requests', 'apiRequest'],
  lambdaRequests: ['Lambda: requests', 'lambdaRequest'],
  lambdaGbSeconds: ['Lambda: duration', 'lambdaGbSecond'],
  valkeyUnits: ['Valkey: processing units', 'valkeyUnit'],
  valkeyGbHours: ['Valkey: data, at most', 'valkeyGbHour'],
  sends: ['SQS: send', 'sqsFifoRequest'],
  receives: ['SQS: receive', 'sqsFifoRequest'],
  deletes: ['SQS: delete', 'sqsFifoRequest'],
  endpointGb: ['SQS: interface endpoint', 'endpointGb'],
  writeUnits: ['DynamoDB: writes', 'writeUnit'],
  refusedUnits: ['DynamoDB: refused writes', 'writeUnit'],
  historyUnits: ['History: writes', 'writeUnit'],
  historyReads: ['History: looks', 'readUnit'],
  logGb: ['Logs', 'logGb'],
  traces: ['Traces', 'trace'],
} as const satisfies Record<string, readonly [label: string, price: PriceName]>;

/** A row of the bill for writes. */
export type UsageRow = keyof typeof USAGE_ROWS;

/** Quantities by row; what is missing is not used. */
export type Usage = Readonly<Partial<Record<UsageRow, number>>>;

/** Adds usages up. */
export function together(...usages: readonly Usage[]): Usage {
  const sum: Partial<Record<UsageRow, number>> = {};
  for (const usage of usages) {
    for (const [row, quantity] of Object.entries(usage) as [UsageRow, number][]) {
      sum[row] = (sum[row] ?? 0) + quantity;
    }
  }
  return sum;
}
