import type { DynamoDBStreamEvent, ScheduledEvent, SQSEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import { createFlushHandler } from '../../functions/flush/handler.ts';
import { logReport } from '../../functions/log-report.ts';
import { createStreamHandler } from '../../functions/stream/handler.ts';
import { createSweepHandler } from '../../functions/sweep/handler.ts';
import { context, silent } from './call-api.ts';

test('flush hands messages on and reports the failed ones', async () => {
  const seen: unknown[] = [];
  const turns: unknown[] = [];
  const cache = {
    flushMessages: async (messages: readonly unknown[], options?: object) => {
      turns.push(options);
      seen.push(...messages);
      return { failed: ['m2'] };
    },
  };
  const record = (messageId: string, ApproximateReceiveCount: string) => ({
    messageId,
    receiptHandle: `handle of ${messageId}`,
    body: '{}',
    attributes: { ApproximateReceiveCount, MessageGroupId: 'group' },
  });
  const event = { Records: [record('m1', '1'), record('m2', '12')] } as unknown as SQSEvent;

  const answer = await createFlushHandler(cache, { logger: silent })(event, context(30_000));

  expect(turns).toEqual([{ turnsMs: 15_000 }]);
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm2' }] });
  expect(seen).toEqual([
    { messageId: 'm1', receiptHandle: 'handle of m1', body: '{}', receiveCount: 1 },
    { messageId: 'm2', receiptHandle: 'handle of m2', body: '{}', receiveCount: 12 },
  ]);
});

test('stream hands changes on with the table they are of, reports the failed ones and publishes conflicts', async () => {
  const seen: unknown[] = [];
  const cache = {
    config: { name: 'flights' },
    seeTableChanges: async (records: readonly unknown[]) => {
      seen.push(...records);
      return {
        foreign: 2,
        conflicts: 1,
        failures: [{ sequenceNumber: '8', key: 'c/x', error: new Error('away') }],
      };
    },
  };
  const lines: [string, object][] = [];
  const log = { ...silent, info: (message: string, more: object) => lines.push([message, more]) } as never;
  const image = { pk: { S: 'c/x' }, n: { N: '1' } };
  const event = {
    Records: [
      {
        eventSourceARN: 'arn:aws:dynamodb:us-east-1:000000000000:table/items/stream/2026-01-01T00:00:00.000',
        dynamodb: { SequenceNumber: '8', NewImage: image, ApproximateCreationDateTime: 1 },
      },
    ],
  } as DynamoDBStreamEvent;

  const answer = await createStreamHandler(cache, { logger: log })(event, context());

  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '8' }] });
  expect(seen).toEqual([
    { tableName: 'items', sequenceNumber: '8', oldImage: undefined, newImage: image, atSeconds: 1 },
  ]);
  expect(lines).toEqual([
    ['stream', expect.objectContaining({ records: 1, foreign: 2, Conflicts: 1, cache: 'flights' })],
  ]);
});

test('sweep stops in time, returns its report and publishes lag and backlog', async () => {
  const report = {
    flushed: 3,
    failed: 1,
    failures: [{ key: 'c/x', reason: 'refused' }],
    databaseCalls: 4,
    remaining: 2,
    oldestLagMs: 1234,
    dirtyItems: 3,
    parkedItems: 1,
    paused: { since: '2026-01-01T00:00:00.000Z', reason: 'index' },
  };
  const asked: object[] = [];
  const cache = {
    config: { name: 'flights' },
    sweep: async (options: object = {}) => {
      asked.push(options);
      return report;
    },
  };
  const lines: unknown[] = [];
  const logger = { ...silent, info: (...line: unknown[]) => void lines.push(line) };

  expect(await createSweepHandler(cache, { logger })({} as ScheduledEvent, context(60_000))).toEqual(report);

  expect(asked).toEqual([{ deadlineMs: 58_000 }]);
  expect(lines).toEqual([
    [
      'sweep',
      {
        requestId: 'invocation-1',
        flushed: 3,
        failed: 1,
        databaseCalls: 4,
        remaining: 2,
        pausedSince: '2026-01-01T00:00:00.000Z',
        cache: 'flights',
        Lag: 1234,
        DirtyItems: 3,
        ParkedItems: 1,
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: 'WriteBehind',
              Dimensions: [['cache']],
              Metrics: [
                { Name: 'Lag', Unit: 'Milliseconds' },
                { Name: 'DirtyItems', Unit: 'Count' },
                { Name: 'ParkedItems', Unit: 'Count' },
              ],
            },
          ],
        },
      },
    ],
  ]);
  expect(JSON.stringify(lines)).not.toContain('c/x');
});

test('a known loss is logged with its key and version, and is a metric of its cache', () => {
  const lines: unknown[] = [];
  const logger = { ...silent, error: (...line: unknown[]) => void lines.push(line) };

  logReport(logger, 'flights').lost('c/x', 7);

  expect(lines).toEqual([
    [
      'known-lost',
      {
        key: 'c/x',
        version: 7,
        cache: 'flights',
        KnownLost: 1,
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: 'WriteBehind',
              Dimensions: [['cache']],
              Metrics: [{ Name: 'KnownLost', Unit: 'Count' }],
            },
          ],
        },
      },
    ],
  ]);
});
