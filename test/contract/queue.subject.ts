import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, DeleteQueueCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { OutgoingMessage } from '../../lib/queue/message-rules.ts';
import { SqsQueue } from '../../lib/queue/sqs-queue.ts';
import { type ReceivedMessage, SqsReceiver } from '../../lib/queue/sqs-receiver.ts';
import { localSqsClient } from '../../local/clients.ts';
import { provisionQueues } from '../../local/provision.ts';
import type { Server } from './subject.ts';

export const MAX_RECEIVE_COUNT = 3;
/** Longer than any test takes: messages come back because a test says so. */
const INVISIBLE_SECONDS = 600;

/** One queue, by the product's sender and receiver. */
export class QueueEnds {
  readonly url: string;
  readonly sender: SqsQueue;
  readonly #receiver: SqsReceiver;
  readonly #held = new Set<string>();

  constructor(client: SQSClient, url: string) {
    this.url = url;
    this.sender = new SqsQueue(client, url);
    this.#receiver = new SqsReceiver(client, url);
  }

  /** One receive. */
  async receive({ waitSeconds = 0, invisibleSeconds = INVISIBLE_SECONDS } = {}): Promise<ReceivedMessage[]> {
    const messages = await this.#receiver.receive({ waitSeconds, invisibleSeconds });
    for (const { receiptHandle } of messages) this.#held.add(receiptHandle);
    return messages;
  }

  /** Receives until nothing is visible. */
  async all(): Promise<ReceivedMessage[]> {
    const all: ReceivedMessage[] = [];
    for (let more = await this.receive(); more.length > 0; more = await this.receive()) all.push(...more);
    return all;
  }

  /** Receives and deletes, by turns, until nothing is visible: the bodies in order. */
  async drained(): Promise<string[]> {
    const bodies: string[] = [];
    for (let more = await this.receive(); more.length > 0; more = await this.receive()) {
      bodies.push(...more.map(({ body }) => body));
      await this.delete(...more);
    }
    return bodies;
  }

  async delete(...messages: readonly ReceivedMessage[]): Promise<ReadonlyMap<string, Error>> {
    const handles = messages.map(({ receiptHandle }) => receiptHandle);
    for (const handle of handles) this.#held.delete(handle);
    return this.#receiver.delete(handles);
  }

  release(...messages: readonly ReceivedMessage[]): Promise<void> {
    return this.#receiver.release(messages.map(({ receiptHandle }) => receiptHandle));
  }

  /** Leaves the queue empty. */
  async clear(): Promise<void> {
    await this.#receiver.delete([...this.#held]);
    this.#held.clear();
    await this.drained();
  }
}

/** The product's queues on one server. */
export class Queues {
  readonly client: SQSClient;
  readonly queue: QueueEnds;
  readonly dead: QueueEnds;

  private constructor(client: SQSClient, queueUrl: string, deadLetterQueueUrl: string) {
    this.client = client;
    this.queue = new QueueEnds(client, queueUrl);
    this.dead = new QueueEnds(client, deadLetterQueueUrl);
  }

  /** Connects to a server and makes the queues there. */
  static async on(endpoint: string): Promise<Queues> {
    const client = localSqsClient(endpoint);
    const { queue, deadLetterQueue } = await provisionQueues(client, endpoint, {
      windowSeconds: 0,
      visibilityTimeoutSeconds: INVISIBLE_SECONDS,
      maxReceiveCount: MAX_RECEIVE_COUNT,
    });
    return new Queues(client, queue.url, deadLetterQueue.url);
  }

  /** Runs a test on a queue of its own, which keeps messages back for a while. */
  async withDelay(seconds: number, test: (queue: QueueEnds) => Promise<void>): Promise<void> {
    const Attributes = { FifoQueue: 'true', DelaySeconds: String(seconds) };
    const created = await this.client.send(new CreateQueueCommand({ QueueName: `${randomUUID()}.fifo`, Attributes }));
    const url = new URL(new URL(created.QueueUrl!).pathname, this.queue.url).href;
    try {
      await test(new QueueEnds(this.client, url));
    } finally {
      await this.client.send(new DeleteQueueCommand({ QueueUrl: url }));
    }
  }

  /** Leaves nothing on the server. */
  async remove(): Promise<void> {
    for (const { url } of [this.queue, this.dead]) await this.client.send(new DeleteQueueCommand({ QueueUrl: url }));
    this.client.destroy();
  }
}

/** A message that is not sent yet, of a group of its own. */
export function message(changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return { body: randomUUID(), groupId: randomUUID(), dedupId: randomUUID(), ...changes };
}

/** Messages of one group, each to be sent when the one before has arrived. */
export function messagesOf(groupId: string, ...bodies: readonly string[]): OutgoingMessage[] {
  return bodies.map((body) => message({ groupId, body }));
}

/** The queues for the tests of a suite, empty after each. */
export function useQueues(start: () => Promise<Server>): () => Queues {
  let server: Server;
  let queues: Queues;
  beforeAll(async () => {
    server = await start();
    queues = await Queues.on(server.url);
  });
  afterEach(async () => {
    await queues.queue.clear();
    await queues.dead.clear();
  });
  afterAll(async () => {
    await queues?.remove();
    await server?.stop();
  });
  return () => queues;
}
