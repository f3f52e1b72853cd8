import { describe, expect, test } from 'vitest';
import { cacheWith, only, type Resource, resourcesOf } from './synthesized.ts';

const { cache, stack, template } = cacheWith({ windowSeconds: 7, flushTimeoutSeconds: 20, maxFlushConcurrency: 33 });
const built = template();
const logicalId = (construct: { node: { defaultChild?: unknown } }) =>
  stack.getLogicalId(construct.node.defaultChild as Parameters<typeof stack.getLogicalId>[0]);
const queues = resourcesOf(built, 'AWS::SQS::Queue');
const queue = queues[logicalId(cache.queue)] as Resource;
const deadLetterQueue = queues[logicalId(cache.deadLetterQueue)] as Resource;
const flush = Object.values(resourcesOf(built, 'AWS::Lambda::Function')).find(({ Properties }) =>
  /signals/.test(Properties.Description),
) as Resource;

describe('the queue', () => {
  test('delays every message by the window', () => {
    expect(queue.Properties.DelaySeconds).toBe(7);
  });

  test('hides a message for at least six times as long as a flush may take', () => {
    expect(flush.Properties.Timeout).toBe(20);
    expect(queue.Properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * flush.Properties.Timeout);
  });

  test('is FIFO with high throughput: deduplication and rate by group', () => {
    expect(queue.Properties).toMatchObject({
      FifoQueue: true,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
    });
    expect(queue.Properties.ContentBasedDeduplication).toBeUndefined();
  });

  test('moves to the DLQ after 30 receives, as a backstop', () => {
    expect(queue.Properties.RedrivePolicy).toEqual({
      deadLetterTargetArn: { 'Fn::GetAtt': [logicalId(cache.deadLetterQueue), 'Arn'] },
      maxReceiveCount: 30,
    });
  });
});

test('the DLQ is FIFO, keeps its messages for 14 days, and takes them from this queue only', () => {
  expect(deadLetterQueue.Properties).toMatchObject({ FifoQueue: true, MessageRetentionPeriod: 14 * 24 * 3600 });
  const { redrivePermission, sourceQueueArns } = deadLetterQueue.Properties.RedriveAllowPolicy;
  expect(redrivePermission).toBe('byQueue');
  expect(sourceQueueArns).toHaveLength(1);
  expect(JSON.stringify(sourceQueueArns[0])).toContain(`:${queue.Properties.QueueName}"`);
  expect(queue.Properties.QueueName).toMatch(/^[\w-]{1,75}\.fifo$/);
});

test('both queues are encrypted and refuse calls without TLS', () => {
  const policies = Object.values(resourcesOf(built, 'AWS::SQS::QueuePolicy'));
  for (const id of Object.keys(queues)) {
    expect(queues[id]?.Properties.SqsManagedSseEnabled).toBe(true);
    const policy = policies.find(({ Properties }) => Properties.Queues[0].Ref === id);
    expect(policy?.Properties.PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Action: 'sqs:*',
        Principal: { AWS: '*' },
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  }
});

test('flush takes batches of ten with partial batch responses, and only so many at once', () => {
  expect(only(built, 'AWS::Lambda::EventSourceMapping').Properties).toMatchObject({
    BatchSize: 10,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: 33 },
    EventSourceArn: { 'Fn::GetAtt': [logicalId(cache.queue), 'Arn'] },
  });
});

test('the functions are told the settings that the queue was made with', () => {
  for (const { Properties } of Object.values(resourcesOf(built, 'AWS::Lambda::Function'))) {
    expect(JSON.parse(Properties.Environment.Variables.WRITE_BEHIND_SETTINGS)).toMatchObject({
      windowSeconds: 7,
      visibilityTimeoutSeconds: 120,
    });
  }
});
