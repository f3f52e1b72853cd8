import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';

const SEGMENTS = 4;

/** What a copy did. */
export interface Copied {
  /** Items that the new table did not have, or had older. */
  readonly copied: number;
  /** Items that it had, as new or newer. */
  readonly kept: number;
}

/**
 * Copies the items of a table that are newer than those of another one; under load, and again and again, because nothing ever goes back there.
 *
 * @param since only items of this version or newer ones (µs since the epoch); what has none is copied if it is missing
 */
export async function copyItems(client: DynamoDBClient, from: string, to: string, since = 0): Promise<Copied> {
  let [copied, kept] = [0, 0];
  const segment = async (Segment: number) => {
    let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
    do {
      const page = await client.send(
        new ScanCommand({
          TableName: from,
          Segment,
          TotalSegments: SEGMENTS,
          ConsistentRead: true,
          FilterExpression: '#v >= :since OR attribute_not_exists(#v)',
          ExpressionAttributeNames: { '#v': '_v' },
          ExpressionAttributeValues: { ':since': { N: String(since) } },
          ...(ExclusiveStartKey && { ExclusiveStartKey }),
        }),
      );
      for (const item of page.Items ?? []) {
        if (await put(client, to, item)) copied += 1;
        else kept += 1;
      }
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
  };
  await Promise.all(Array.from({ length: SEGMENTS }, (_, index) => segment(index)));
  return { copied, kept };
}

/** Whether the table took it: it had none, or an older one. */
async function put(client: DynamoDBClient, TableName: string, Item: Record<string, AttributeValue>): Promise<boolean> {
  const version = Item._v;
  try {
    await client.send(
      new PutItemCommand({
        TableName,
        Item,
        ConditionExpression: version ? 'attribute_not_exists(pk) OR #v < :v' : 'attribute_not_exists(pk)',
        ...(version && { ExpressionAttributeNames: { '#v': '_v' }, ExpressionAttributeValues: { ':v': version } }),
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
