import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { traceHeaderFromEnvironment } from '../../lib/environment.ts';
import { readTraceHeader } from '../../lib/tracing/trace-header.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { createLogger } from '../logger.ts';
import type { TriggerOptions } from '../trigger-options.ts';

/** What the flush function needs of the cache. */
export type FlushCache = Pick<WriteBehind, 'flushMessages'>;

type Message = Parameters<WriteBehind['flushMessages']>[0][number];

/** The flush function as a Lambda handler for SQS FIFO batches with partial batch responses. */
export type FlushHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** Makes the handler that brings the items of a batch of signals into the database. */
export function createFlushHandler(cache: FlushCache, options: TriggerOptions = {}): FlushHandler {
  const log = options.logger ?? createLogger({ service: 'flush' });
  const { tracing } = options;
  const chain = middy<SQSEvent, SQSBatchResponse>(async (event: SQSEvent, context: Context) => {
    const startedAt = performance.now();
    const messages = event.Records.map(messageOf);
    // Half of the time for turns, half for storing.
    const turnsMs = context.getRemainingTimeInMillis() / 2;
    const flush = () => cache.flushMessages(messages, { turnsMs });
    const { failed } = await (tracing ? tracing.within(traceHeaderFromEnvironment(), flush) : flush());
    const writeTraceIds = traceIdsOf(messages);
    log.info('flush', {
      requestId: context.awsRequestId,
      messages: event.Records.length,
      failed: failed.length,
      durationMs: Math.round(performance.now() - startedAt),
      ...(writeTraceIds.length > 0 && { writeTraceIds }),
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
    traceHeader: attributes.AWSTraceHeader,
  };
}

/** The traces of the writes that sent the messages: by these, and not by keys, a line finds its requests. */
function traceIdsOf(messages: readonly Message[]): string[] {
  return [...new Set(messages.flatMap(({ traceHeader }) => readTraceHeader(traceHeader)?.traceId ?? []))];
}
