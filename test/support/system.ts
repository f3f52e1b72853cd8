/** A whole system for one test file: real servers, the library, and raw clients that look past it. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { Redis } from 'ioredis';
import { Keys } from '../../lib/cache/keys.ts';
import { type Clients, createClients } from '../../lib/clients.ts';
import { type Config, defineConfig, type Endpoints } from '../../lib/config.ts';
import { localEnvironment } from '../../lib/environment.ts';
import type { QueueMessage } from '../../lib/flush/flush-messages.ts';
import { encodeSignal, type Signal } from '../../lib/queue/signal.ts';
import type { SettingsInput } from '../../lib/settings.ts';
import { WriteBehind, type WriteBehindOptions } from '../../lib/write-behind.ts';
import { localDynamodbClient, localSqsClient } from '../../local/clients.ts';
import { provisionQueues, provisionTables } from '../../local/provision.ts';
import { endpointsOf, type LocalServers, startServers, stopServers } from '../../local/servers.ts';

export interface SystemOptions {
  /** The window is 0 unless given, so that a signal can be received at once. */
  readonly settings?: SettingsInput;
  readonly valkeyArgs?: readonly string[];
  /** Path of a Valkey server program, or `embedded`; a `VALKEY_URL` is then not used. @default what the machine has */
  readonly valkeyServer?: string;
}

/** A message that a plain SQS client received. */
export type ReceivedMessage = QueueMessage & { readonly groupId: string; readonly raw: Message };

export interface System {
  readonly servers: LocalServers;
  readonly config: Config;
  /** Streams of the tables whose collections look at what other programs change. */
  readonly streamArns: readonly string[];
  readonly cache: WriteBehind;
  readonly redis: Redis;
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
  /** Another instance on the same servers, as another Lambda would be; settings and endpoints may differ. */
  another(options?: WriteBehindOptions, settings?: SettingsInput, endpoints?: Partial<Endpoints>): Promise<WriteBehind>;
  /** What a plain DynamoDB client sees, or `undefined`. */
  stored(key: string): Promise<Record<string, unknown> | undefined>;
  /** Puts a plain item as another program would. */
  seed(item: Record<string, unknown> & { pk: string }): Promise<void>;
  /** The fields of an entry, by a plain Valkey client. */
  entry(key: string): Promise<Record<string, string>>;
  /** Whether the item is in its shard's dirty index. */
  isDirty(key: string): Promise<boolean>;
  /** Receives the messages that are visible now, without deleting them. */
  receive(queue?: 'queue' | 'dead'): Promise<ReceivedMessage[]>;
  /** One delivery: receives, flushes, deletes what is done. Returns how many messages were received. */
  deliver(cache?: WriteBehind): Promise<number>;
  /** Delivers until nothing is visible. */
  deliverAll(cache?: WriteBehind): Promise<void>;
  /** Deletes a message. */
  remove(message: QueueMessage, queue?: 'queue' | 'dead'): Promise<void>;
  stop(): Promise<void>;
}

const LOCAL = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
const UNKNOWN: Endpoints = {
  valkeyUrl: 'redis://127.0.0.1',
  queueUrl: 'http://127.0.0.1',
  deadLetterQueueUrl: 'http://127.0.0.1',
  tableName: 'unknown',
  historyTableName: 'unknown',
};

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  // A long time-out: what is slow on a busy machine must not look like an outage.
  const settings = { windowSeconds: 0, valkeyTimeoutMs: 5000, ...options.settings };
  const { valkeyUrl, ...given } = localEnvironment();
  const environment = options.valkeyServer
    ? { ...given, valkeyServer: options.valkeyServer }
    : { ...given, ...(valkeyUrl && { valkeyUrl }) };
  const servers = await startServers({ environment, valkeyArgs: options.valkeyArgs });
  const sqs = localSqsClient(servers.sqs.url);
  const dynamodb = localDynamodbClient(servers.dynamodb.url);
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const checked = defineConfig(settings, UNKNOWN);
  const queues = await provisionQueues(sqs, servers.sqs.url, checked);
  const { streamArns, ...tables } = await provisionTables(dynamodb, checked);
  const { tableName } = tables;
  const endpoints = {
    ...endpointsOf(servers, { queueUrl: queues.queue.url, deadLetterQueueUrl: queues.deadLetterQueue.url, ...tables }),
    ...LOCAL,
  };
  const config = defineConfig(settings, endpoints);
  const keys = new Keys(config.shards);
  const redis = new Redis(servers.valkey.url);
  redis.on('error', () => undefined);
  const instances: WriteBehind[] = [];
  const connect = async (own: Config, instance: WriteBehindOptions = {}) => {
    const cache = await WriteBehind.connect(own, { signals: 'awaited', ...instance });
    instances.push(cache);
    return cache;
  };
  const cache = await connect(config);
  const urlOf = (queue: 'queue' | 'dead') => (queue === 'queue' ? endpoints.queueUrl : endpoints.deadLetterQueueUrl);

  const system: System = {
    servers,
    config,
    streamArns,
    cache,
    redis,
    sqs,
    dynamodb,
    another: (instance, own, where) =>
      connect(defineConfig({ ...settings, ...own }, { ...endpoints, ...where }), instance),
    async stored(key) {
      const { Item } = await documents.send(
        new GetCommand({ TableName: tableName, Key: { pk: key }, ConsistentRead: true }),
      );
      return Item;
    },
    async seed(item) {
      await documents.send(new PutCommand({ TableName: tableName, Item: item }));
    },
    entry: (key) => redis.hgetall(keys.of(key).entry),
    isDirty: async (key) => (await redis.zscore(keys.of(key).shard.dirty, key)) !== null,
    async receive(queue = 'queue') {
      const received = [];
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: urlOf(queue),
            MaxNumberOfMessages: 10,
            WaitTimeSeconds: 0,
            MessageSystemAttributeNames: ['All'],
            MessageAttributeNames: ['All'],
          }),
        );
        if (Messages.length === 0) return received;
        received.push(...Messages.map(messageOf));
      }
    },
    async deliver(instance = cache) {
      const messages = await system.receive();
      for (let i = 0; i < messages.length; i += 10) {
        const batch = messages.slice(i, i + 10);
        const { failed } = await instance.flushMessages(batch);
        await Promise.all(batch.filter((m) => !failed.includes(m.messageId)).map((m) => system.remove(m)));
      }
      return messages.length;
    },
    async deliverAll(instance = cache) {
      while ((await system.deliver(instance)) > 0);
    },
    async remove(message, queue = 'queue') {
      await sqs.send(new DeleteMessageCommand({ QueueUrl: urlOf(queue), ReceiptHandle: message.receiptHandle }));
    },
    async stop() {
      await Promise.all(instances.map((instance) => instance.close()));
      redis.disconnect();
      sqs.destroy();
      dynamodb.destroy();
      await stopServers(servers);
    },
  };
  return system;
}

function messageOf(raw: Message): ReceivedMessage {
  return {
    raw,
    messageId: raw.MessageId!,
    receiptHandle: raw.ReceiptHandle!,
    body: raw.Body!,
    groupId: raw.Attributes?.MessageGroupId ?? '',
    receiveCount: Number(raw.Attributes?.ApproximateReceiveCount ?? 1),
    traceHeader: raw.Attributes?.AWSTraceHeader,
  };
}

/** Waits until a condition holds; asks again as soon as the last question was answered. */
export async function until(what: string, holds: () => Promise<boolean> | boolean, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A message as the event source would hand it out, made by hand; the embedded queue hands out one of a group at a time. */
export function messageOfSignal(signal: Signal, messageId = `crafted-${signal.version}`): QueueMessage {
  return {
    messageId,
    receiptHandle: messageId,
    body: encodeSignal(signal),
    receiveCount: 1,
  };
}

/** Clients for `another`; every request to DynamoDB and SQS is announced before it is sent, and waits for the listener. */
export function watchedClients(
  config: Config,
  listener: (command: string, input: Record<string, unknown>) => void | Promise<void>,
): Clients {
  const clients = createClients(config);
  type Next = (args: { input: Record<string, unknown> }) => Promise<unknown>;
  const watch =
    (next: Next, { commandName }: { commandName?: string }): Next =>
    async (args) => {
      await listener(commandName ?? '', args.input);
      return next(args);
    };
  clients.dynamodb.middlewareStack.add(watch as never, { step: 'initialize', name: 'watch' });
  clients.sqs.middlewareStack.add(watch as never, { step: 'initialize', name: 'watch' });
  return clients;
}

/** Holds whoever waits at it until it is opened. */
export class Gate {
  readonly #reached = Promise.withResolvers<void>();
  readonly #opened = Promise.withResolvers<void>();
  /** Resolves when somebody waits. */
  readonly reached = this.#reached.promise;

  async wait(): Promise<void> {
    this.#reached.resolve();
    await this.#opened.promise;
  }

  open(): void {
    this.#opened.resolve();
  }
}

/**
 * A real Valkey server: `VALKEY_SERVER`, else one on the PATH. Where there is none, what needs one is skipped; but under CI
 * it is not, and fails because this names a program that does not exist.
 */
export const realValkey: { readonly program: string; readonly missing: boolean } = (() => {
  const { valkeyServer, searchPath } = localEnvironment();
  const directories = searchPath.split(delimiter).filter((directory) => directory !== '');
  const programs = directories.flatMap((directory) =>
    ['valkey-server', 'redis-server'].map((name) => join(directory, name)),
  );
  if (valkeyServer && valkeyServer !== 'embedded') programs.unshift(valkeyServer);
  const program = programs.find((path) => existsSync(path));
  return { program: program ?? '/nowhere/valkey-server', missing: !program && !process.env.CI };
})();
