/** What the integration tests look at once everything has come to rest. */
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { localDynamodbClient } from '../../local/clients.ts';
import { until } from '../support/system.ts';

/** Whether the long form of a test is wanted: `LONG=1`. */
export const isLong = process.env.LONG === '1';

/** Waits until nothing is dirty and no message is left. */
export async function untilDrained(cache: WriteBehind, timeoutMs: number): Promise<void> {
  await until(
    'everything is drained',
    async () => {
      const { dirtyItems, parkedItems, queue } = await cache.stats();
      return dirtyItems + parkedItems + queue.visible + queue.delayed + queue.inFlight === 0;
    },
    timeoutMs,
  );
}

/** Everything in the table by key, as a client that knows nothing of the product sees it. */
export async function scanTable(endpoint: string, tableName: string): Promise<Map<string, Record<string, unknown>>> {
  const client = DynamoDBDocumentClient.from(localDynamodbClient(endpoint));
  const items = new Map<string, Record<string, unknown>>();
  let start: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({ TableName: tableName, ConsistentRead: true, ...(start && { ExclusiveStartKey: start }) }),
    );
    for (const item of Items) items.set(item.pk, item);
    start = LastEvaluatedKey;
  } while (start);
  client.destroy();
  return items;
}
