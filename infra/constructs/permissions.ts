import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { CacheFunction } from './function.ts';
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
    // Batches of appends are PartiQL.
    if (table) allow(role, table.tableArn, 'dynamodb:PutItem', 'dynamodb:PartiQLInsert');
    postgres?.grantConnect(role);
    historyTable?.grant(role, 'dynamodb:PutItem');
    deadLetterQueue.grant(role, 'sqs:SendMessage');
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

/** Permits what listable collections ask for besides. */
export function permitLists(table: dynamodb.Table, listIndexArn: string, { api, sweep }: Functions): void {
  allow(api.role, table.tableArn, 'dynamodb:BatchGetItem');
  allow(api.role, listIndexArn, 'dynamodb:Query');
  // Where nobody could know whether a write created its item, the flush looks.
  allow(sweep.role, table.tableArn, 'dynamodb:GetItem');
}

/** The table's own `grant` would include all of its indexes. */
function allow(grantee: iam.IGrantable, resourceArn: string, ...actions: string[]): void {
  iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [resourceArn] });
}
