/** A system whose table refuses what a test says, so that items are parked and become dead letters. */
import { ChangeMessageVisibilityCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { type ItemKeys, Keys } from '../../lib/cache/keys.ts';
import type { DeadLetter } from '../../lib/dead-letters/types.ts';
import type { QueueMessage } from '../../lib/flush/flush-messages.ts';
import type { WriteBehind, WriteBehindOptions } from '../../lib/write-behind.ts';
import { patient } from './patient.ts';
import { puts, receivedAgain, refused } from './refusals.ts';
import { type System, startSystem } from './system.ts';
import { type SeenRequest, type Watch, type WatchedClients, watchedClients } from './watched-clients.ts';

/** Values of a test's items. */
type Value = Record<string, number | string>;

/** What {@link startParking} gives. */
export interface Parking extends System {
  /** An instance whose requests are seen, and to which the table refuses some items. */
  readonly cache: WriteBehind;
  readonly clients: WatchedClients;
  /** Keys of items that the table refuses. */
  readonly refusing: Set<string>;
  /** Requests to SQS or DynamoDB that fail, such as those of `DeleteMessageBatchCommand`. */
  failing: ((request: SeenRequest) => boolean) | undefined;
  /** Writes an item that the table refuses past its last try; returns its dead letter. */
  park(key: string, value: Value): Promise<Parked>;
  /** The dead letters of an item, as the list gives them. */
  lettersOf(key: string): Promise<DeadLetter[]>;
  /** Puts a text into the dead-letter queue, as SQS itself or another program would. */
  send(text: string, groupId?: string): Promise<void>;
  /** How many messages of the dead-letter queue could be received now; leaves them visible. */
  visibleLetters(): Promise<number>;
  /** Another instance, whose requests are watched. */
  watching(watch: Watch): Promise<WriteBehind>;
  /** Makes a message of the dead-letter queue visible again. */
  release(message: QueueMessage): Promise<void>;
  /** Names of an item's keys in Valkey. */
  keysOf(key: string): ItemKeys;
  /** Discards whatever letters are left, so that tests do not meet. */
  clear(): Promise<void>;
}

/** A parked item. */
export interface Parked {
  readonly id: string;
  readonly version: number;
}

/** Starts it; stop it with `stop()`. */
export async function startParking(options: WriteBehindOptions = {}): Promise<Parking> {
  const system = await startSystem({ settings: patient });
  const refusing = new Set<string>();
  const clients = watchedClients(system.config, {
    before: (request) => {
      if (puts(request, ...refusing)) throw refused();
      if (parking.failing?.(request)) throw new Error('made to fail');
    },
  });
  const cache = await system.another({ clients, random: () => 1, ...options });
  const QueueUrl = system.config.endpoints.deadLetterQueueUrl;
  const keys = new Keys(system.config.shards);
  const parking: Parking = {
    ...system,
    cache,
    clients,
    refusing,
    failing: undefined,
    async park(key, value) {
      refusing.add(key);
      const known = new Set((await parking.lettersOf(key)).map(({ id }) => id));
      const { version } = await cache.execute({ op: 'put', key, value, durability: 'queue', actor: 'someone' });
      const message = (await system.receive()).find(({ body }) => JSON.parse(body).key === key)!;
      await cache.flushMessages([receivedAgain(message, 4)]);
      await system.remove(message);
      const letter = (await parking.lettersOf(key)).find(({ id }) => !known.has(id));
      return { id: letter!.id, version };
    },
    async lettersOf(key) {
      const { deadLetters } = await cache.deadLetters.list({ limit: 100 });
      return deadLetters.filter((letter) => letter.key === key);
    },
    async send(MessageBody, MessageGroupId = crypto.randomUUID()) {
      const MessageDeduplicationId = crypto.randomUUID();
      await system.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId, MessageDeduplicationId }));
    },
    async visibleLetters() {
      const { Messages = [] } = await system.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
      );
      return Messages.length;
    },
    watching: (watch) => system.another({ clients: watchedClients(system.config, watch) }),
    async release({ receiptHandle: ReceiptHandle }) {
      await system.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    },
    keysOf: (key) => keys.of(key),
    async clear() {
      parking.failing = undefined;
      refusing.clear();
      await cache.deadLetters.discard({ all: true }, { actor: 'test', comment: 'between tests' });
      await system.deliverAll(cache);
    },
  };
  return parking;
}
