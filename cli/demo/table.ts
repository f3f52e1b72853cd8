import { BatchWriteCommand, type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { Items } from './expected.ts';

/** Attributes that write-behind adds. A tombstone's `_deleted` is none of them: it must show as a difference. */
const ADDED = ['_v', '_at', '_by', '_comment'];
const MOST_DELETES = 25;

/** Reads the whole table as any other program would, without the attributes that write-behind adds. */
export async function storedItems(database: DynamoDBDocumentClient, tableName: string): Promise<Items> {
  const items: Items = new Map();
  for await (const { Items: page = [] } of paginateScan(
    { client: database },
    { TableName: tableName, ConsistentRead: true },
  )) {
    for (const { pk, ...item } of page) {
      for (const name of ADDED) delete item[name];
      items.set(String(pk), item);
    }
  }
  return items;
}

/** Takes items out of the table. */
export async function deleteItems(
  database: DynamoDBDocumentClient,
  tableName: string,
  keys: readonly string[],
): Promise<void> {
  for (let start = 0; start < keys.length; start += MOST_DELETES) {
    let requests = keys.slice(start, start + MOST_DELETES).map((pk) => ({ DeleteRequest: { Key: { pk } } }));
    while (requests.length > 0) {
      const { UnprocessedItems: left } = await database.send(
        new BatchWriteCommand({ RequestItems: { [tableName]: requests } }),
      );
      requests = (left?.[tableName] ?? []) as typeof requests;
    }
  }
}
