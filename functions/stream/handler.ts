import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Config } from '../../lib/config.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { describeError } from '../describe-error.ts';
import { createLogger, type Log } from '../logger.ts';
import { embeddedMetrics } from '../metrics.ts';

/** What the stream function needs of the cache. */
export type StreamCache = Pick<WriteBehind, 'seeTableChanges'> & { readonly config: Pick<Config, 'name'> };

/** The stream function as a Lambda handler for a DynamoDB stream with partial batch responses. */
export type StreamHandler = (event: DynamoDBStreamEvent, context: Context) => Promise<DynamoDBBatchResponse>;

type TableRecord = Parameters<WriteBehind['seeTableChanges']>[0][number];

/** Makes the handler that brings what other programs change in a table into the cache. */
export function createStreamHandler(cache: StreamCache, options: { readonly logger?: Log } = {}): StreamHandler {
  const log = options.logger ?? createLogger({ service: 'stream' });
  const chain = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>(
    async (event: DynamoDBStreamEvent, context: Context) => {
      const { foreign, conflicts, failures } = await cache.seeTableChanges(event.Records.map(recordOf));
      for (const { key, error } of failures) log.warn('table-change-not-seen', { key, error: describeError(error) });
      log.info('stream', {
        requestId: context.awsRequestId,
        records: event.Records.length,
        foreign,
        failed: failures.length,
        ...(conflicts > 0 && embeddedMetrics(cache.config.name, { Conflicts: conflicts }, Date.now())),
      });
      return { batchItemFailures: failures.map(({ sequenceNumber: itemIdentifier }) => ({ itemIdentifier })) };
    },
  );
  return (event, context) => chain(event, context);
}

function recordOf({ dynamodb, eventSourceARN = '' }: DynamoDBRecord): TableRecord {
  return {
    // arn:aws:dynamodb:REGION:ACCOUNT:table/NAME/stream/LABEL
    tableName: eventSourceARN.split('/')[1] ?? '',
    sequenceNumber: dynamodb?.SequenceNumber ?? '',
    oldImage: dynamodb?.OldImage as Record<string, AttributeValue> | undefined,
    newImage: dynamodb?.NewImage as Record<string, AttributeValue> | undefined,
    atSeconds: dynamodb?.ApproximateCreationDateTime ?? 0,
  };
}
