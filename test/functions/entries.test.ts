import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { ScheduledEvent, SQSEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type System, startSystem } from '../support/system.ts';
import { apiEvent, context } from './call-api.ts';

let system: System;
let lines: Record<string, unknown>[];
beforeAll(async () => {
  system = await startSystem();
  const { valkeyUrl, queueUrl, deadLetterQueueUrl, tableName, sqsEndpoint, dynamodbEndpoint } = system.config.endpoints;
  const environment = {
    VALKEY_URL: valkeyUrl,
    QUEUE_URL: queueUrl,
    DEAD_LETTER_QUEUE_URL: deadLetterQueueUrl,
    TABLE_NAME: tableName,
    AWS_ENDPOINT_URL_SQS: sqsEndpoint,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    WRITE_BEHIND_SETTINGS: JSON.stringify({ name: 'flights', windowSeconds: 0, valkeyTimeoutMs: 5000 }),
    POWERTOOLS_LOG_LEVEL: 'DEBUG',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await system.stop();
});
afterEach(() => vi.restoreAllMocks());

function listen(): void {
  lines = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(JSON.parse(String(line))) > 0);
}
const named = (event: string) => lines.filter((line) => line.event === event);

test('the api function serves from what the environment names', async () => {
  const { handler } = await import('../../functions/api/index.ts');
  listen();
  const answer = await handler(apiEvent('PUT', '/items/entries/a', { body: { value: { n: 1 } } }), context());
  expect(answer.statusCode).toBe(202);
  expect(named('request')).toEqual([expect.objectContaining({ service: 'write-behind-api', cache: 'flights' })]);
  expect(named('aws-call')).toEqual([expect.objectContaining({ command: 'SendMessageBatch', cache: 'flights' })]);
});

test('the api function puts on record who discards a dead letter', async () => {
  const { handler } = await import('../../functions/api/index.ts');
  await system.sqs.send(
    new SendMessageCommand({
      QueueUrl: system.config.endpoints.deadLetterQueueUrl,
      MessageBody: 'secretive text',
      MessageGroupId: 'dead',
      MessageDeduplicationId: 'dead',
    }),
  );
  listen();
  const body = { all: true, actor: 'ann', comment: 'sold out' };
  const answer = await handler(apiEvent('POST', '/dead-letters/discard', { body, caller: 'arn:of:ann' }), context());
  expect(JSON.parse(answer.body)).toMatchObject({ done: 1 });
  expect(named('dead-letter-discarded')).toEqual([
    expect.objectContaining({
      level: 'WARN',
      cache: 'flights',
      actor: 'ann',
      comment: 'sold out',
      caller: 'arn:of:ann',
    }),
  ]);
  expect(JSON.stringify(lines)).not.toContain('secretive');
});

test('the flush function stores what a signal names, and publishes a known loss', async () => {
  const { handler } = await import('../../functions/flush/index.ts');
  const [signal] = await system.receive();
  const lost = { key: 'entries/lost', version: Date.now() * 1000 };
  listen();
  const record = (messageId: string, body: string) => ({
    messageId,
    receiptHandle: signal!.receiptHandle,
    body,
    attributes: { ApproximateReceiveCount: '1', MessageGroupId: messageId },
  });
  const event = { Records: [record('m1', signal!.body), record('m2', JSON.stringify(lost))] } as unknown as SQSEvent;
  expect(await handler(event, context())).toEqual({ batchItemFailures: [] });
  expect(await system.stored('entries/a')).toMatchObject({ n: 1 });
  expect(named('known-lost')).toEqual([
    expect.objectContaining({ ...lost, service: 'write-behind-flush', cache: 'flights', KnownLost: 1 }),
  ]);
});

test('the sweep function publishes lag and backlog of its cache', async () => {
  const { handler } = await import('../../functions/sweep/index.ts');
  listen();
  await handler({} as ScheduledEvent, context());
  expect(named('sweep')).toEqual([expect.objectContaining({ cache: 'flights', Lag: 0, DirtyItems: 0 })]);
});
