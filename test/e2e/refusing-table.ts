/** A table that refuses items for good, as one does whose index wants a number where an item has a text. */
import { DescribeTableCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { dynamodb, outputs } from './aws.ts';
import { whenTrue } from './eventually.ts';

const TableName = outputs.TableName;
const IndexName = 'e2e-refusing';

/** Attribute that has to be a number as long as the table refuses. */
const ATTRIBUTE = 'e2eNumber';
/** A value that is refused. */
export const refusedValue = (name: string) => ({ [ATTRIBUTE]: name });
/** A value that is taken, before and after. */
export const takenValue = (n: number) => ({ [ATTRIBUTE]: n });

/** From now on the table refuses what has a text in this attribute. */
export async function startRefusing(): Promise<void> {
  if ((await indexStatus()) !== undefined) return;
  await dynamodb.send(
    new UpdateTableCommand({
      TableName,
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: ATTRIBUTE, AttributeType: 'N' },
      ],
      GlobalSecondaryIndexUpdates: [
        {
          Create: {
            IndexName,
            KeySchema: [{ AttributeName: ATTRIBUTE, KeyType: 'HASH' }],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        },
      ],
    }),
  );
  await whenTrue(async () => (await indexStatus()) === 'ACTIVE');
}

/** The cause is gone: the table takes everything again. */
export async function stopRefusing(): Promise<void> {
  await dynamodb.send(new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName } }] }));
  await whenTrue(async () => (await indexStatus()) === undefined);
}

async function indexStatus(): Promise<string | undefined> {
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
  return Table?.GlobalSecondaryIndexes?.find((index) => index.IndexName === IndexName)?.IndexStatus;
}
