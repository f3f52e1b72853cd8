/** Items of the suite: their keys, and what the table holds of them. */
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { freshId, itemPath } from '../http/deployment.ts';
import { dynamodb, outputs } from './aws.ts';

const COLLECTION = 'e2e';
const documents = DynamoDBDocumentClient.from(dynamodb);

/** An item that nobody else uses. */
export interface FreshItem {
  readonly key: string;
  /** Its path in the API. */
  readonly path: string;
}

/** Makes up an item. */
export function freshItem(collection = COLLECTION): FreshItem {
  const id = freshId();
  return { key: `${collection}/${id}`, path: itemPath(id, collection) };
}

/** Makes up several. */
export function freshItems(count: number): FreshItem[] {
  return Array.from({ length: count }, () => freshItem());
}

/** What the table holds under a key, or `undefined`. */
export async function stored({ key }: FreshItem): Promise<Record<string, unknown> | undefined> {
  const { Item } = await documents.send(
    new GetCommand({ TableName: outputs.TableName, Key: { pk: key }, ConsistentRead: true }),
  );
  return Item;
}

/** Puts an item into the table as another program would. */
export async function store(item: Record<string, unknown> & { pk: string }): Promise<void> {
  await documents.send(new PutCommand({ TableName: outputs.TableName, Item: item }));
}
