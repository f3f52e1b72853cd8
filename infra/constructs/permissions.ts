import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { CacheFunction } from './function.ts';
import type { TableAccess } from './mapped-tables.ts';
import type { PostgresDatabase } from './store/postgres-database.ts';
import type { Valkey } from './valkey/valkey.ts';

/** What the functions work with. */
export interface Resources {
  /** Where the store is DynamoDB. */
  readonly table: dynamodb.Table | undefined;
  readonly historyTable: dynamodb.Table | undefined;
  readonly queue: sqs.IQueue;
  readonly deadLetterQueue: sqs.IQueue;
  readonly valkey: Valkey;
  /** Where it is PostgreSQL. */
  readonly postgres: PostgresDatabase | undefined;
}

/** The functions, by what they do. */
export interface Functions {
  readonly api: CacheFunction;
  readonly flush: CacheFunction;
  readonly sweep: CacheFunction;
}

/** Permits each function exactly what it calls. */
export function permit(resources: Resources, { api, flush, sweep }: Functions): void {
  const { table, historyTable, queue, deadLetterQueue, valkey, postgres } = resources;
  for (const { role } of [api, flush, sweep]) {
    valkey.grantConnect(role);
    // Batches are PartiQL.
    if (table) allow(role, table.tableArn, 'dynamodb:PutItem', 'dynamodb:PartiQLInsert', 'dynamodb:PartiQLUpdate');
    postgres?.grantConnect(role);
    historyTable?.grant(role, 'dynamodb:PutItem');
    deadLetterQueue.grant(role, 'sqs:SendMessage');
    // Whether flushing is paused, and how fast it may be.
    queue.grant(role, 'sqs:ListQueueTags');
  }
  // The sweep flushes what is in the cache: it never has to look.
  for (const { role } of [api, flush]) {
    if (table) allow(role, table.tableArn, 'dynamodb:GetItem');
    historyTable?.grant(role, 'dynamodb:Query');
  }
  queue.grant(api.role, 'sqs:SendMessage', 'sqs:GetQueueAttributes');
  deadLetterQueue.grant(api.role, 'sqs:GetQueueAttributes');
  // SQS shows a message only by receiving it; whoever looked makes it visible again.
  deadLetterQueue.grant(api.role, 'sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage');
  queue.grant(flush.role, 'sqs:ChangeMessageVisibility');
  // With the function's role the event source polls.
  queue.grant(flush.role, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes');
}

/** Permits the one function that may hold signals: this event source, and the record of it in the queue's tags. */
export function permitSwitch(queue: sqs.IQueue, mapping: lambda.IEventSourceMapping, { role }: CacheFunction): void {
  queue.grant(role, 'sqs:ListQueueTags', 'sqs:TagQueue', 'sqs:UntagQueue');
  allow(role, mapping.eventSourceMappingArn, 'lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping');
}

/** Permits what listable collections ask for besides. */
export function permitLists(table: dynamodb.Table, listIndexArn: string, { api, sweep }: Functions): void {
  allow(api.role, table.tableArn, 'dynamodb:BatchGetItem');
  allow(api.role, listIndexArn, 'dynamodb:Query');
  // Where nobody could know whether a write created its item, the flush looks.
  allow(sweep.role, table.tableArn, 'dynamodb:GetItem');
}

/** What the stream function works with besides. */
export interface Watched extends Resources {
  readonly mappedTables: readonly TableAccess[];
  /** Streams of the tables whose collections look at what other programs change. */
  readonly streamArns: readonly string[];
}

/** Permits the stream function to read streams, and to write items as a caller of the API would. */
export function permitStreams(resources: Watched, stream: CacheFunction): void {
  const { table, historyTable, queue, valkey, mappedTables, streamArns } = resources;
  const { role } = stream;
  valkey.grantConnect(role);
  if (table) allow(role, table.tableArn, 'dynamodb:GetItem', 'dynamodb:PutItem');
  historyTable?.grant(role, 'dynamodb:PutItem', 'dynamodb:Query');
  queue.grant(role, 'sqs:SendMessage');
  for (const { table, writeAction, isWatched } of mappedTables) {
    if (!isWatched) continue;
    allow(role, table.tableArn, 'dynamodb:GetItem', writeAction);
    table.encryptionKey?.grantEncryptDecrypt(role);
  }
  // With the function's role the event source reads.
  for (const arn of streamArns) {
    allow(role, arn, 'dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator');
  }
  // Takes no resource.
  allow(role, '*', 'dynamodb:ListStreams');
}

/** Permits items in tables of one's own to be read and written, where the sweep never has to look. */
export function permitMappedTables(tables: readonly TableAccess[], { api, flush, sweep }: Functions): void {
  for (const { table, writeAction } of tables) {
    for (const { role } of [api, flush, sweep]) {
      allow(role, table.tableArn, writeAction);
      // DynamoDB uses a key of one's own in the name of who calls.
      table.encryptionKey?.grantEncryptDecrypt(role);
    }
    for (const { role } of [api, flush]) allow(role, table.tableArn, 'dynamodb:GetItem');
  }
}

/** The table's own `grant` would include all of its indexes. */
function allow(grantee: iam.IGrantable, resourceArn: string, ...actions: string[]): void {
  iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [resourceArn] });
}
