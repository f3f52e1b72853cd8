/** Other settings, another queue, another table, under load and beside instances that have the old ones: nothing is lost. */
import { CreateTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { copyItems } from '../../infra/commands/copy-items.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { patient } from '../support/patient.ts';
import { type System, startSystem } from '../support/system.ts';
import { LOAD_SETTINGS, Load } from './load.ts';

/** They wait for nothing but servers, which are slow on a busy machine. */
vi.setConfig({ testTimeout: 120_000 });
const LEAST = 80;
let system: System;
beforeEach(async () => {
  system = await startSystem({ settings: { ...patient, ...LOAD_SETTINGS } });
});
afterEach(() => system.stop());

test('window, bound and default durability: instances with old and new settings beside each other', async () => {
  const other = await system.another({}, { windowSeconds: 1, maxDirtyItems: 20_000, defaultDurability: 'cache' });
  let instances = [system.cache];
  let turn = 0;
  const next = () => instances[turn++ % instances.length]!;
  const load = new Load(system, { writer: next, flusher: next });
  const window = (seconds: number) =>
    system.sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl: system.config.endpoints.queueUrl,
        Attributes: { DelaySeconds: String(seconds) },
      }),
    );
  await load.during(async () => undefined, LEAST / 2);
  instances = [system.cache, other];
  await load.during(async () => void (await window(1)), load.written + LEAST);
  instances = [other];
  await load.during(async () => undefined, load.written + LEAST / 2);
  // And back.
  instances = [system.cache, other];
  await load.during(async () => void (await window(0)), load.written + LEAST / 2);
  await load.judge(system.cache);
});

test('a smaller bound: what is dirty stays and is stored, and only further items are refused, by whom it is smaller', async () => {
  const put = (cache: WriteBehind, n: number) =>
    cache.execute({ op: 'put', key: `bound/${n}`, value: { n }, durability: 'cache' });
  await Promise.all(Array.from({ length: 100 }, (_, n) => put(system.cache, n)));
  const small = await system.another({}, { maxDirtyItems: 64 });
  await expect(put(small, 100)).rejects.toMatchObject({ code: 'no-room' });
  await put(small, 7);
  await put(system.cache, 100);
  await system.deliverAll(small);
  expect(await system.cache.stats()).toMatchObject({ dirtyItems: 0 });
  for (const n of [0, 7, 99, 100]) expect(await system.stored(`bound/${n}`)).toMatchObject({ n });
  await put(small, 101);
});

test('another queue: both are flushed until the old one is empty', async () => {
  const { QueueUrl } = await system.sqs.send(
    new CreateQueueCommand({ QueueName: 'another.fifo', Attributes: { FifoQueue: 'true' } }),
  );
  const queueUrl = new URL(new URL(QueueUrl!).pathname, system.servers.sqs.url).href;
  const changed = await system.another({}, {}, { queueUrl });
  let instances = [system.cache];
  let turn = 0;
  const writer = () => instances[turn++ % instances.length]!;
  // The new flush function has both as its sources.
  const deliverNew = () => deliverFrom(queueUrl, changed);
  const deliver = () => Promise.all([system.deliver(changed), deliverNew()]);
  const load = new Load(system, { writer, flusher: () => changed, deliver });
  await load.during(async () => undefined, LEAST / 2);
  instances = [system.cache, changed];
  await load.during(async () => undefined, load.written + LEAST);
  instances = [changed];
  await load.during(async () => undefined, load.written + LEAST / 2);
  while ((await deliverNew()) > 0);
  await load.judge(changed);
});

async function deliverFrom(QueueUrl: string, cache: WriteBehind): Promise<number> {
  const { Messages = [] } = await system.sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
  );
  const batch = Messages.map(({ MessageId, ReceiptHandle, Body }) => ({
    messageId: MessageId!,
    receiptHandle: ReceiptHandle!,
    body: Body!,
    receiveCount: 1,
  }));
  const { failed } = await cache.flushMessages(batch);
  expect(failed).toEqual([]);
  await Promise.all(
    batch.map(({ receiptHandle: ReceiptHandle }) =>
      system.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
    ),
  );
  return batch.length;
}

test('another table: copied, flushing stopped, copied again, switched, and copied for the last time', async () => {
  const { tableName: from } = system.config.endpoints;
  const to = 'another-table';
  const { Table } = await system.dynamodb.send(new DescribeTableCommand({ TableName: from }));
  await system.dynamodb.send(
    new CreateTableCommand({
      TableName: to,
      KeySchema: Table!.KeySchema,
      AttributeDefinitions: Table!.AttributeDefinitions,
      BillingMode: 'PAY_PER_REQUEST',
      GlobalSecondaryIndexes: Table!.GlobalSecondaryIndexes?.map(({ IndexName, KeySchema, Projection }) => ({
        IndexName,
        KeySchema,
        Projection,
      })),
    }),
  );
  await system.seed({ pk: 'plain/of-another-program', n: 1 });
  const changed = await system.another({}, {}, { tableName: to });
  let instances = [system.cache];
  let isPaused = false;
  let turn = 0;
  const next = () => instances[turn++ % instances.length]!;
  const deliver = async () => (isPaused ? undefined : system.deliver(next()));
  const load = new Load(system, { writer: next, flusher: next, deliver });
  const copy = () => copyItems(system.dynamodb, from, to);
  await load.during(async () => void (await copy()), LEAST);
  isPaused = true;
  // What is written through goes to the old table still.
  await load.during(async () => void (await copy()), load.written + LEAST / 2);
  instances = [system.cache, changed];
  await load.during(async () => undefined, load.written + LEAST);
  instances = [changed];
  isPaused = false;
  await load.during(async () => void (await copy()), load.written + LEAST);
  expect(await copyItems(system.dynamodb, from, to)).toMatchObject({ copied: 0 });

  const documents = DynamoDBDocumentClient.from(system.dynamodb);
  const stored = async (pk: string) =>
    (await documents.send(new GetCommand({ TableName: to, Key: { pk }, ConsistentRead: true }))).Item;
  // Nothing may hang on what is still cached.
  await changed.flush();
  await load.judge(changed, stored);
  await system.redis.flushall();
  await load.judge(changed, stored);
  expect(await stored('plain/of-another-program')).toMatchObject({ n: 1 });
});
