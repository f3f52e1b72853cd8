import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { useDeployment } from '../http/deployment.ts';
import { dynamodb, outputs } from './aws.ts';
import { eventually } from './eventually.ts';
import { type FreshItem, freshItem, stored } from './items.ts';

const send = useDeployment();
const documents = DynamoDBDocumentClient.from(dynamodb);

/** Changes an item as another program would. */
const change = ({ key }: FreshItem, n: number) =>
  documents.send(
    new UpdateCommand({
      TableName: outputs.TableName,
      Key: { pk: key },
      UpdateExpression: 'SET n = :n',
      ExpressionAttributeValues: { ':n': n },
    }),
  );
const read = async ({ path }: FreshItem) => (await send('GET', path)).json.value;

test('what another program changes in the table is soon read from the cache', async () => {
  const item = freshItem('e2e-others');
  await send('PUT', item.path, { body: { value: { n: 1 } }, headers: { 'Write-Durability': 'database' } });
  expect(await read(item)).toEqual({ n: 1 });
  await change(item, 2);
  await eventually(() => read(item)).toEqual({ n: 2 });
});

test('of a write that waits and a change in the table the policy lets one win, and the table has it then', async () => {
  const item = freshItem('e2e-others');
  await send('PUT', item.path, { body: { value: { n: 1, m: 1 } }, headers: { 'Write-Durability': 'database' } });
  const { json: before } = await send('GET', '/stats');
  // Dirty until the window is over; the flush of a write that is newer by then is conditional like any other.
  await send('PATCH', item.path, { body: { set: { m: 2 } }, headers: { 'Write-Durability': 'cache' } });
  await change(item, 7);
  await eventually(async () => (await send('GET', '/stats')).json.conflicts).toBeGreaterThan(before.conflicts);
  const consistent = async () => (await send('GET', `${item.path}/consistency`)).json.consistent;
  await eventually(consistent).toBe(true);
  expect(await stored(item)).toMatchObject(await read(item));
});
