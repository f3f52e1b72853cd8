import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { logAwsCalls } from '../../functions/aws-calls.ts';
import { createLogger } from '../../functions/logger.ts';
import { createClients } from '../../lib/clients.ts';
import { nextAppendId } from '../../lib/model/append-id.ts';
import { patient } from '../support/patient.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ settings: patient });
});
afterAll(() => system.stop());
afterEach(() => vi.restoreAllMocks());

/** The lines of a write at `queue` level, its flush, a read and two appends, through clients that log at this level. */
async function linesAt(level: 'DEBUG' | 'INFO'): Promise<{ text: string; lines: Record<string, unknown>[] }> {
  const written: string[] = [];
  const clients = createClients(system.config);
  logAwsCalls(clients, createLogger({ service: 'api', level }));
  const cache = await system.another({ clients });
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => written.push(String(line)) > 0);
  await cache.execute({ op: 'put', key: 'secretive/key', value: { hidden: 'payload' }, durability: 'queue' });
  await cache.flush();
  await cache.get('secretive/other');
  const keys = [1, 2].map(() => `secretive/${nextAppendId()}`);
  await cache.batch(keys.map((key) => ({ op: 'put', key, value: { hidden: 'payload' }, durability: 'cache' })));
  await cache.flush();
  return { text: written.join(''), lines: written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('each call to SQS and DynamoDB is logged at DEBUG, with neither key nor payload', async () => {
  const { queueUrl, tableName } = system.config.endpoints;
  const { text, lines } = await linesAt('DEBUG');
  const call = { level: 'DEBUG', event: 'aws-call', service: 'write-behind-api' };
  expect(lines).toEqual([
    expect.objectContaining({ ...call, awsService: 'sqs', command: 'SendMessageBatch', resource: queueUrl }),
    // Whether flushing is paused, and how fast it may be.
    expect.objectContaining({ ...call, awsService: 'sqs', command: 'ListQueueTags', resource: queueUrl }),
    expect.objectContaining({ ...call, awsService: 'dynamodb', command: 'PutItem', resource: tableName }),
    expect.objectContaining({ ...call, awsService: 'dynamodb', command: 'GetItem', resource: tableName }),
    expect.objectContaining({ ...call, awsService: 'sqs', command: 'SendMessageBatch', resource: queueUrl }),
    expect.objectContaining({ ...call, awsService: 'sqs', command: 'ListQueueTags', resource: queueUrl }),
    expect.objectContaining({
      ...call,
      awsService: 'dynamodb',
      command: 'BatchExecuteStatement',
      resource: tableName,
      statements: ['INSERT'],
    }),
  ]);
  expect(text).not.toMatch(/secretive|hidden|payload/);
});

test('at INFO no call is logged, and the clients stay as they are', async () => {
  expect((await linesAt('INFO')).lines).toEqual([]);
  const clients = createClients(system.config);
  const before = clients.sqs.middlewareStack.identify();
  logAwsCalls(clients, createLogger({ service: 'api', level: 'INFO' }));
  expect(clients.sqs.middlewareStack.identify()).toEqual(before);
  logAwsCalls(clients, createLogger({ service: 'api', level: 'DEBUG' }));
  expect(clients.sqs.middlewareStack.identify()).not.toEqual(before);
});
