import {
  CreateTableCommand,
  DeleteTableCommand,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshId, itemPath, useDeployment } from '../http/deployment.ts';
import { dynamodb } from './aws.ts';
import { eventually } from './eventually.ts';

const TableName = 'write-behind-e2e-own';
const send = useDeployment();
const documents = DynamoDBDocumentClient.from(dynamodb);

beforeAll(async () => {
  try {
    await dynamodb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['shop', 'sku'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
        KeySchema: [
          { AttributeName: 'shop', KeyType: 'HASH' },
          { AttributeName: 'sku', KeyType: 'RANGE' },
        ],
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 30, minDelay: 1 }, { TableName });
});
afterAll(() => dynamodb.send(new DeleteTableCommand({ TableName })));

test('an item in a table of its own is read, changed by the flush and written through, and keeps what is not of the cache', async () => {
  const sku = freshId();
  const Key = { shop: 'SHOP#eu', sku };
  const path = itemPath(`eu/${sku}`, 'e2e-own-table');
  const stored = async () => (await documents.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item;
  await documents.send(new PutCommand({ TableName, Item: { ...Key, title: 'Croissant', left: 9 } }));
  expect((await send('GET', path)).json).toMatchObject({ value: { left: 9 }, version: 0, source: 'database' });
  const { json } = await send('PATCH', path, { body: { add: { left: -1 } } });
  await eventually(stored).toEqual({ ...Key, title: 'Croissant', left: 8, stockVersion: json.version });
  const through = await send('PUT', path, {
    body: { value: { price: 2 } },
    headers: { 'Write-Durability': 'database' },
  });
  expect(await stored()).toEqual({ ...Key, title: 'Croissant', price: 2, stockVersion: through.json.version });
  expect((await send('PUT', path, { body: { value: { title: 'x' } } })).status).toBe(422);
  expect((await send('GET', itemPath(sku, 'e2e-own-table'))).status).toBe(422);
});
