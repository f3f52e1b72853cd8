import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { PutOne } from './library.ts';
import type { BareValkey } from './replay.ts';

/** What is written where nothing is checked, versioned or counted: the value, and a list of what changed. */
export function setAndPush({ writes }: BareValkey): PutOne {
  return ({ key, value }) =>
    Promise.all([
      writes.run((client) => client.set(key, JSON.stringify(value))),
      writes.run((client) => client.rpush('changed', key)),
    ]);
}

/** Write-through: the put goes straight to the table, by the AWS SDK. */
export function putItem(client: DynamoDBClient, tableName: string): PutOne {
  return ({ key, value: { payload } }) =>
    client.send(new PutItemCommand({ TableName: tableName, Item: { pk: { S: key }, payload: { S: payload } } }));
}

/** A conditional put, as the flush makes it, and nothing else; that the table has something newer is an answer too. */
export function conditionalPutItem(client: DynamoDBClient, tableName: string): PutOne {
  return async ({ key, value: { payload } }) => {
    const version = { N: String(Date.now() * 1000) };
    const command = new PutItemCommand({
      TableName: tableName,
      Item: { pk: { S: key }, _v: version, _at: { S: new Date().toISOString() }, payload: { S: payload } },
      ConditionExpression: 'attribute_not_exists(#version) OR #version < :version',
      ExpressionAttributeNames: { '#version': '_v' },
      ExpressionAttributeValues: { ':version': version },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      await client.send(command);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  };
}

/** Sends batches of so many messages, each of a group of its own, as large as those that carry a put of 200 B. */
export function batchSend(client: SQSClient, queueUrl: string, messages: number): () => Promise<unknown> {
  const body = 'x'.repeat(300);
  return () => {
    const entries = Array.from({ length: messages }, (_, index) => {
      const id = randomUUID();
      return { Id: `${index}`, MessageBody: body, MessageGroupId: id, MessageDeduplicationId: id };
    });
    return client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
  };
}
