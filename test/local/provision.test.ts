import { DescribeTableCommand, DescribeTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localDynamodbClient, localSqsClient } from '../../local/clients.ts';
import { startDynamodb } from '../../local/embedded/dynamodb.ts';
import type { EmbeddedServer } from '../../local/embedded/server-process.ts';
import { startSqs } from '../../local/embedded/sqs.ts';
import { provisionQueues, provisionTables } from '../../local/provision.ts';

let sqs: EmbeddedServer;
let dynamodb: EmbeddedServer;

beforeAll(async () => {
  [sqs, dynamodb] = await Promise.all([startSqs(), startDynamodb()]);
});
afterAll(async () => {
  await Promise.all([sqs.kill(), dynamodb.kill()]);
});

const settings = { windowSeconds: 5, visibilityTimeoutSeconds: 60, maxReceiveCount: 30 };

async function attributesOf(url: string) {
  const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] });
  return (await localSqsClient(sqs.url).send(command)).Attributes;
}

describe('provisioning', () => {
  test('makes the queues, and brings them in line with changed settings', async () => {
    const client = localSqsClient(sqs.url);
    const first = await provisionQueues(client, sqs.url, settings);
    expect(await attributesOf(first.queue.url)).toMatchObject({
      FifoQueue: 'true',
      DelaySeconds: '5',
      VisibilityTimeout: '60',
      MessageRetentionPeriod: '1209600',
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: first.deadLetterQueue.arn, maxReceiveCount: 30 }),
    });
    expect(await attributesOf(first.deadLetterQueue.url)).toMatchObject({
      FifoQueue: 'true',
      MessageRetentionPeriod: '1209600',
    });
    const second = await provisionQueues(client, sqs.url, { ...settings, windowSeconds: 2, maxReceiveCount: 7 });
    expect(second).toEqual(first);
    expect(await attributesOf(second.queue.url)).toMatchObject({
      DelaySeconds: '2',
      RedrivePolicy: expect.stringContaining('"maxReceiveCount":7'),
    });
  });

  test('makes the tables once, also when several want it', async () => {
    const client = localDynamodbClient(dynamodb.url);
    const names = { tableName: 'write-behind', historyTableName: 'write-behind-history', streamArns: [] };
    expect(
      await Promise.all([provisionTables(client, { collections: {} }), provisionTables(client, { collections: {} })]),
    ).toEqual([names, names]);
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: 'write-behind' }));
    expect(table).toMatchObject({
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    });
    const { TimeToLiveDescription: ttl } = await client.send(
      new DescribeTimeToLiveCommand({ TableName: 'write-behind' }),
    );
    expect(ttl).toMatchObject({ TimeToLiveStatus: 'ENABLED', AttributeName: '_ttl' });
  });

  test('gives the table the index of lists once a collection is listable, also when several want it', async () => {
    const client = localDynamodbClient(dynamodb.url);
    const settings = { collections: { logs: { listable: true } } };
    await Promise.all([provisionTables(client, settings), provisionTables(client, settings)]);
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: 'write-behind' }));
    expect(table?.GlobalSecondaryIndexes).toMatchObject([
      {
        IndexName: 'listing',
        IndexStatus: 'ACTIVE',
        KeySchema: [
          { AttributeName: '_list', KeyType: 'HASH' },
          { AttributeName: '_created', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ]);
  });
});
