import { DescribeTableCommand, type DynamoDBClient, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import type { Config } from '../lib/config.ts';

/**
 * Switches on the streams of the tables whose collections look at what other programs change.
 *
 * @param tableName of the cache's table
 * @returns their ARNs
 */
export async function provisionStreams(
  client: DynamoDBClient,
  { collections }: Pick<Config, 'collections'>,
  tableName: string,
): Promise<string[]> {
  const watched = Object.values(collections).filter(({ otherWriters }) => otherWriters !== undefined);
  const names = new Set(watched.map(({ table }) => table?.name ?? tableName));
  return Promise.all([...names].map((name) => ensureStream(client, name)));
}

async function ensureStream(client: DynamoDBClient, name: string): Promise<string> {
  const arnOf = async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    return Table?.StreamSpecification?.StreamEnabled ? Table.LatestStreamArn : undefined;
  };
  const there = await arnOf();
  if (there) return there;
  try {
    await client.send(
      new UpdateTableCommand({
        TableName: name,
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      }),
    );
  } catch (error) {
    // Another process of the same start was faster.
    if (!(await arnOf())) throw error;
  }
  return (await arnOf())!;
}
