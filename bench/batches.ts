/**
 * `npm run bench:batches`: what it takes to store items that the table has never seen, and to store them again, by each request that DynamoDB has for
 * it; then whole flushes, claim to settle, of items that are put and of appends. On the embedded servers, or those that the
 * environment names, such as `AWS_ENDPOINT_URL_DYNAMODB`.
 */
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { ulid } from 'ulid';
import { createClients } from '../lib/clients.ts';
import type { Image } from '../lib/model/image.ts';
import { encodeSignal } from '../lib/queue/signal.ts';
import { toAttributeValue } from '../lib/store/attribute-values.ts';
import { DynamoDbStore } from '../lib/store/dynamodb-store.ts';
import type { Put, PutAnswers, Stored } from '../lib/store/store.ts';
import { startSystem } from '../test/support/system.ts';
import { compare, type Done, type Way } from './compare.ts';
import { inParts } from './parts.ts';
import { comparisonTable } from './report/comparison.ts';
import { tableText } from './report/table.ts';

const ITEMS = 2000;
const ITEM_BYTES = [200, 4096];
const ATTRIBUTES = 8;
/** Of a message batch, an API batch, and a request of DynamoDB. */
const MESSAGES = 10;
const OPERATIONS = 100;
const STATEMENTS = 25;

type Signal = { readonly key: string; readonly version: number };
type Entry = readonly [key: string, image: Image];
type Store = (entries: readonly Entry[]) => Promise<unknown>;

const system = await startSystem({ settings: { defaultDurability: 'cache' } });
const clients = createClients(system.config);
const { tableName } = system.config.endpoints;
let requests = 0;
clients.dynamodb.middlewareStack.add(
  (next) => (args) => {
    requests += 1;
    return next(args);
  },
  { step: 'deserialize', name: 'count' },
);
const store = new DynamoDbStore(clients.dynamodb, { tableName, tombstoneDays: 90 });
const cache = await system.another({ clients });
try {
  console.log(
    `Valkey: ${system.servers.valkey.kind}, DynamoDB: ${system.servers.dynamodb.kind}, Node ${process.version}`,
  );
  for (const bytes of ITEM_BYTES) {
    await show(`Requests, ${bytes} B`, requestWays(bytes));
    await show(`Flushes of 10 messages, ${bytes} B`, flushWays(bytes, flushMessages));
    await show(`Drains, ${bytes} B`, flushWays(bytes, drain));
  }
} finally {
  await system.stop();
}

async function show(title: string, ways: readonly Way[]): Promise<void> {
  const compared = await compare(ways, { requests: () => requests });
  const table = comparisonTable('appends', `${title}, ${ITEMS} items`, compared, [
    'cpu',
    'speed',
    'cpuMicros',
    'rate',
    'requests',
  ]);
  console.log(`\n${tableText(table)}`);
}

/** A run treats all items. */
async function all(treated: Promise<void>): Promise<Done> {
  await treated;
  return { items: ITEMS };
}

function requestWays(bytes: number): Way[] {
  const put: Store = ([entry]) => store.put(...entry!);
  const way = (name: string, each: number, atOnce: number, request: Store): Way => ({
    name,
    run: () => all(inParts(imagesOf(bytes), each, atOnce, request)),
  });
  return [
    way('conditional PutItem, 10 at once', 1, 10, put),
    way('conditional PutItem, 50 at once', 1, 50, put),
    way('INSERT, 10 in a batch', MESSAGES, 1, insert),
    way('INSERT, 25 in a batch', STATEMENTS, 1, insert),
    way('INSERT, 25 in a batch, 2 at once', STATEMENTS, 2, insert),
    updates('UPDATE, 10 in a batch', bytes, MESSAGES),
    updates('UPDATE, 25 in a batch', bytes, STATEMENTS),
    way('unconditional, BatchWriteItem of 25', STATEMENTS, 1, write),
    way('the same, 2 at once', STATEMENTS, 2, write),
  ];
}

/** Stores items again, with the same attributes. */
function updates(name: string, bytes: number, each: number): Way {
  let entries: readonly Entry[];
  let shapes: PutAnswers['answers'];
  const update: Store = async (part) => {
    const puts = part.map(([key, image]): [string, Put] => {
      const { version, shape } = shapes.get(key) as Stored;
      return [key, { image: { ...image, version: version + 1 }, isNew: false, over: { version, shape: shape! } }];
    });
    const { answers } = await store.sendInBatches(store.statementsOf(new Map(puts)));
    if (part.some(([key]) => answers.get(key) !== 'stored')) throw new Error('An item was not stored.');
  };
  return {
    name,
    prepare: async () => {
      entries = imagesOf(bytes);
      const puts = new Map(entries.map(([key, image]) => [key, { image, isNew: true }]));
      ({ answers: shapes } = await store.putMany(puts));
    },
    run: () => all(inParts(entries, each, 1, update)),
  };
}

async function insert(entries: readonly Entry[]): Promise<void> {
  const puts = entries.map(([key, image]) => [key, { image, isNew: true }] as const);
  const { answers } = await store.sendInBatches(store.statementsOf(new Map(puts)));
  if (entries.some(([key]) => answers.get(key) !== 'stored')) throw new Error('An item was not stored.');
}

async function write(entries: readonly Entry[]): Promise<void> {
  const puts = entries.map(([key, { version, value }]) => {
    const own = { pk: { S: key }, _v: { N: String(version) }, _at: { S: new Date(version / 1000).toISOString() } };
    const attributes = Object.entries(value).map(([name, each]) => [name, toAttributeValue(each)] as const);
    return { PutRequest: { Item: { ...Object.fromEntries(attributes), ...own } } };
  });
  const command = new BatchWriteItemCommand({ RequestItems: { [tableName]: puts } });
  const { UnprocessedItems = {} } = await clients.dynamodb.send(command);
  if (Object.keys(UnprocessedItems).length > 0) throw new Error('An item was not stored.');
}

/** Under a new ULID a put is what an append is; under another new id it is none. */
function flushWays(bytes: number, flush: (signals: readonly Signal[]) => Promise<void>): Way[] {
  const way = (name: string, prefix: string): Way => {
    const signals: Signal[] = [];
    const prepare = async () => {
      signals.length = 0;
      await inParts(imagesOf(bytes, prefix), OPERATIONS, 1, async (entries) => {
        const outcomes = await cache.batch(entries.map(([key, { value }]) => ({ op: 'put', key, value })));
        for (const outcome of outcomes) {
          if (outcome.kind !== 'written') throw new Error('An item was not written.');
          signals.push(outcome.acknowledgement);
        }
      });
    };
    return { name, prepare, run: () => all(flush(signals)) };
  };
  return [way('puts', 'log/put-'), way('appends', 'log/')];
}

async function flushMessages(signals: readonly Signal[]): Promise<void> {
  await inParts(signals, MESSAGES, 1, async (part) => {
    const bodies = part.map(({ key, version }) => encodeSignal({ key, version }));
    const batch = bodies.map((body, index) => ({ messageId: `${index}`, receiptHandle: '-', body, receiveCount: 1 }));
    if ((await cache.flushMessages(batch)).failed.length > 0) throw new Error('A message failed.');
  });
}

async function drain(): Promise<void> {
  if ((await cache.flush()).flushed !== ITEMS) throw new Error('Not all items were flushed.');
}

function imagesOf(bytes: number, prefix = 'log/'): Entry[] {
  const text = 'x'.repeat(Math.floor(bytes / ATTRIBUTES) - 'attribute0'.length);
  const value = Object.fromEntries(Array.from({ length: ATTRIBUTES }, (_, index) => [`attribute${index}`, text]));
  const version = Date.now() * 1000;
  return Array.from({ length: ITEMS }, () => [`${prefix}${ulid()}`, { version, deleted: false, value }] as const);
}
