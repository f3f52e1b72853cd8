import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { createLogger, type Log } from '../logger.ts';

/** What the flush function needs of the cache. */
export type FlushCache = Pick<WriteBehind, 'flushMessages'>;

type Message = Parameters<WriteBehind['flushMessages']>[0][number];

/** The flush function as a Lambda handler for SQS FIFO batches with partial batch responses. */
export type FlushHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** Makes the handler that brings the items of a batch of signals into the database. */
export function createFlushHandler(cache: FlushCache, options: { readonly logger?: Log } = {}): FlushHandler {
  const log = options.logger ?? createLogger({ service: 'flush' });
  const chain = middy<SQSEvent, SQSBatchResponse>(async (event: SQSEvent, context: Context) => {
    const startedAt = performance.now();
    // Half of the time for turns, half for storing.
    const turnsMs = context.getRemainingTimeInMillis() / 2;
    const { failed } = await cache.flushMessages(event.Records.map(messageOf), { turnsMs });
    log.info('flush', {
      requestId: context.awsRequestId,
      messages: event.Records.length,
      failed: failed.length,
      durationMs: Math.round(performance.now() - startedAt),
    });
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  });
  return (event, context) => chain(event, context);
}

function messageOf({ messageId, receiptHandle, body, attributes }: SQSRecord): Message {
  return {
    messageId,
    receiptHandle,
    body,
    receiveCount: Number(attributes.ApproximateReceiveCount),
  };
}
