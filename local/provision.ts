import { setTimeout as wait } from 'node:timers/promises';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Config } from '../lib/config.ts';
import { hasListing } from '../lib/settings.ts';
import { CREATED, LIST_INDEX, LIST_PARTITION } from '../lib/store/list-index.ts';
import { provisionMappedTables } from './mapped-tables.ts';
import { provisionStreams } from './streams.ts';

const QUEUE = 'write-behind.fifo';
const DEAD_LETTER_QUEUE = 'write-behind-dead.fifo';
const TABLE = 'write-behind';
const HISTORY_TABLE = 'write-behind-history';
const INDEX_POLL_MS = 100;
const FOURTEEN_DAYS_SECONDS = 14 * 24 * 60 * 60;

/** A queue that exists. */
export interface ProvisionedQueue {
  readonly url: string;
  readonly arn: string;
}

/** The queues that exist after {@link provisionQueues}. */
export interface ProvisionedQueues {
  readonly queue: ProvisionedQueue;
  readonly deadLetterQueue: ProvisionedQueue;
}

/**
 * Makes the FIFO queue and its dead-letter queue, or brings their attributes in line with the settings. Harmless to
 * repeat.
 *
 * @param endpoint where `client` points; the URLs returned are on it, whatever host the server puts into its own
 */
export async function provisionQueues(
  client: SQSClient,
  endpoint: string,
  settings: Pick<Config, 'windowSeconds' | 'visibilityTimeoutSeconds' | 'maxReceiveCount'>,
): Promise<ProvisionedQueues> {
  const deadLetterQueue = await ensureQueue(client, endpoint, DEAD_LETTER_QUEUE, {
    MessageRetentionPeriod: String(FOURTEEN_DAYS_SECONDS),
  });
  const queue = await ensureQueue(client, endpoint, QUEUE, {
    DelaySeconds: String(settings.windowSeconds),
    VisibilityTimeout: String(settings.visibilityTimeoutSeconds),
    MessageRetentionPeriod: String(FOURTEEN_DAYS_SECONDS),
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: deadLetterQueue.arn,
      maxReceiveCount: settings.maxReceiveCount,
    }),
  });
  return { queue, deadLetterQueue };
}

type Attributes = Record<string, string>;

/** FIFO attributes that some servers only take when the queue is made, or not at all. */
const HIGH_THROUGHPUT: Attributes = {
  DeduplicationScope: 'messageGroup',
  FifoThroughputLimit: 'perMessageGroupId',
};

async function ensureQueue(
  client: SQSClient,
  endpoint: string,
  name: string,
  attributes: Attributes,
): Promise<ProvisionedQueue> {
  const url = (await findQueue(client, name)) ?? (await createQueue(client, name, attributes));
  const { Attributes: actual = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
  );
  await setAttributes(client, url, differing(attributes, actual));
  await whereTaken(() => setAttributes(client, url, differing(HIGH_THROUGHPUT, actual)));
  return { url: new URL(new URL(url).pathname, endpoint).href, arn: actual.QueueArn ?? '' };
}

async function findQueue(client: SQSClient, name: string): Promise<string | undefined> {
  try {
    return (await client.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl;
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return undefined;
    throw error;
  }
}

async function createQueue(client: SQSClient, name: string, attributes: Attributes): Promise<string> {
  const create = async (more: Attributes): Promise<string> => {
    const all = { FifoQueue: 'true', ...attributes, ...more };
    return (await client.send(new CreateQueueCommand({ QueueName: name, Attributes: all }))).QueueUrl!;
  };
  return (await whereTaken(() => create(HIGH_THROUGHPUT))) ?? (await create({}));
}

function differing(wanted: Attributes, actual: Attributes): Attributes {
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => actual[name] !== value));
}

async function setAttributes(client: SQSClient, url: string, attributes: Attributes): Promise<void> {
  if (Object.keys(attributes).length === 0) return;
  await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: attributes }));
}

/** Runs `change`; `undefined` where the server does not know an attribute. */
async function whereTaken<T>(change: () => Promise<T>): Promise<T | undefined> {
  try {
    return await change();
  } catch (error) {
    const refused = ['InvalidAttributeName', 'InvalidAttributeValue'];
    if (error instanceof Error && refused.includes(error.name)) return undefined;
    throw error;
  }
}

/** The tables that exist after {@link provisionTables}. */
export interface ProvisionedTables {
  readonly tableName: string;
  readonly historyTableName: string;
  /** Streams of the tables whose collections look at what other programs change. */
  readonly streamArns: readonly string[];
}

/**
 * Makes the table (partition key `pk`, on demand, time to live on `_ttl`) and that of the history (sort key `_v`) where they
 * are missing, the table's index where a collection is listable, the tables that collections are mapped onto, and the streams of those that are watched. Harmless to repeat.
 *
 * @throws {ConfigurationError} a table of one's own has another key than its mapping says
 */
export async function provisionTables(
  client: DynamoDBClient,
  settings: Pick<Config, 'collections'>,
): Promise<ProvisionedTables> {
  await Promise.all([
    ensureTable(client, TABLE),
    ensureTable(client, HISTORY_TABLE, '_v'),
    provisionMappedTables(client, settings),
  ]);
  if (hasListing(settings)) await ensureListIndex(client);
  const { TimeToLiveDescription: ttl } = await client.send(new DescribeTimeToLiveCommand({ TableName: TABLE }));
  if (ttl?.TimeToLiveStatus !== 'ENABLED' && ttl?.TimeToLiveStatus !== 'ENABLING') {
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: TABLE,
        TimeToLiveSpecification: { Enabled: true, AttributeName: '_ttl' },
      }),
    );
  }
  return {
    tableName: TABLE,
    historyTableName: HISTORY_TABLE,
    streamArns: await provisionStreams(client, settings, TABLE),
  };
}

async function ensureTable(client: DynamoDBClient, name: string, sortKey?: string): Promise<void> {
  if (!(await tableExists(client, name))) await createTable(client, name, sortKey);
}

/** The index that lists are read from; other programs' items and those of other collections are not in it. */
async function ensureListIndex(client: DynamoDBClient): Promise<void> {
  const indexOf = async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: TABLE }));
    return Table?.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === LIST_INDEX);
  };
  const create = () =>
    client.send(
      new UpdateTableCommand({
        TableName: TABLE,
        AttributeDefinitions: [
          { AttributeName: LIST_PARTITION, AttributeType: 'S' },
          { AttributeName: CREATED, AttributeType: 'N' },
        ],
        GlobalSecondaryIndexUpdates: [
          {
            Create: {
              IndexName: LIST_INDEX,
              KeySchema: [
                { AttributeName: LIST_PARTITION, KeyType: 'HASH' },
                { AttributeName: CREATED, KeyType: 'RANGE' },
              ],
              Projection: { ProjectionType: 'KEYS_ONLY' },
            },
          },
        ],
      }),
    );
  try {
    if (!(await indexOf())) await create();
  } catch (error) {
    // Another process of the same start was faster.
    if (!(await indexOf())) throw error;
  }
  while ((await indexOf())?.IndexStatus !== 'ACTIVE') await wait(INDEX_POLL_MS);
}

async function tableExists(client: DynamoDBClient, name: string): Promise<boolean> {
  try {
    await client.send(new DescribeTableCommand({ TableName: name }));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

/** @param sortKey name of a numeric attribute */
async function createTable(client: DynamoDBClient, name: string, sortKey: string | undefined): Promise<void> {
  try {
    const { TableDescription: table } = await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          ...(sortKey ? [{ AttributeName: sortKey, AttributeType: 'N' as const }] : []),
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          ...(sortKey ? [{ AttributeName: sortKey, KeyType: 'RANGE' as const }] : []),
        ],
      }),
    );
    if (table?.TableStatus === 'ACTIVE') return;
  } catch (error) {
    // Another process of the same start was faster.
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { TableName: name });
}
