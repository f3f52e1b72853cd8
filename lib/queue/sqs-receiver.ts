import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { queueErrorByCode, queueErrorOf } from './sqs-errors.ts';

const MAX_BATCH = 10;
/** Requests of one kind at a time: a FIFO queue takes 300 a second. */
const AT_A_TIME = 5;

/** A message that was received and is invisible to others until it is released, deleted, or its time is over. */
export interface ReceivedMessage {
  readonly id: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** How often it was received, this time included. */
  readonly receiveCount: number;
  /** When SQS took it, ms since the epoch. */
  readonly sentAtMs: number;
  /** Its string attributes. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** How to receive. */
export interface ReceiveOptions {
  /** How long to wait for a message where there is none, 0–20 s. */
  readonly waitSeconds: number;
  /** How long others do not see what was received, 1–43,200 s. */
  readonly invisibleSeconds: number;
}

/** The receiving side of one queue, for whoever looks into it: the flush gets its messages from the event source. */
export class SqsReceiver {
  readonly #client: SQSClient;
  readonly #url: string;

  constructor(client: SQSClient, url: string) {
    this.#client = client;
    this.#url = url;
  }

  /**
   * Receives up to ten messages.
   *
   * @throws {QueueThrottledError} {@link QueueUnavailableError}
   */
  async receive({ waitSeconds, invisibleSeconds }: ReceiveOptions): Promise<ReceivedMessage[]> {
    try {
      const { Messages = [] } = await this.#client.send(
        new ReceiveMessageCommand({
          QueueUrl: this.#url,
          MaxNumberOfMessages: MAX_BATCH,
          WaitTimeSeconds: waitSeconds,
          VisibilityTimeout: invisibleSeconds,
          MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
          MessageAttributeNames: ['All'],
        }),
      );
      return Messages.map(received);
    } catch (cause) {
      throw queueErrorOf(cause);
    }
  }

  /** Deletes messages; returns why those that were not deleted were not, by receipt handle. Never rejects. */
  async delete(receiptHandles: readonly string[]): Promise<ReadonlyMap<string, Error>> {
    const failures = new Map<string, Error>();
    await this.#inBatches(receiptHandles, async (batch) => {
      try {
        const { Failed } = await this.#client.send(
          new DeleteMessageBatchCommand({ QueueUrl: this.#url, Entries: batch.map(entry) }),
        );
        for (const failure of Failed ?? []) failures.set(handleOf(batch, failure), errorOf(failure));
      } catch (cause) {
        for (const handle of batch) failures.set(handle, queueErrorOf(cause));
      }
    });
    return failures;
  }

  /** Makes messages visible again at once. Never rejects: those that fail become visible when their time is over. */
  async release(receiptHandles: readonly string[]): Promise<void> {
    await this.#inBatches(receiptHandles, async (batch) => {
      const Entries = batch.map((handle, index) => ({ ...entry(handle, index), VisibilityTimeout: 0 }));
      await this.#client
        .send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.#url, Entries }))
        .catch(() => undefined);
    });
  }

  async #inBatches(handles: readonly string[], request: (batch: readonly string[]) => Promise<void>): Promise<void> {
    const batches = Array.from({ length: Math.ceil(handles.length / MAX_BATCH) }, (_, index) =>
      handles.slice(index * MAX_BATCH, (index + 1) * MAX_BATCH),
    );
    const next = async (): Promise<void> => {
      for (let batch = batches.shift(); batch; batch = batches.shift()) await request(batch);
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, next));
  }
}

function entry(receiptHandle: string, index: number): { Id: string; ReceiptHandle: string } {
  return { Id: String(index), ReceiptHandle: receiptHandle };
}

function handleOf(batch: readonly string[], { Id }: BatchResultErrorEntry): string {
  return batch[Number(Id)] ?? '';
}

function errorOf(failure: BatchResultErrorEntry): Error {
  return queueErrorByCode(failure.Code ?? '', failure);
}

function received({ MessageId, ReceiptHandle, Body, Attributes, MessageAttributes = {} }: Message): ReceivedMessage {
  const texts = Object.entries(MessageAttributes).flatMap(([name, { StringValue }]) =>
    StringValue === undefined ? [] : [[name, StringValue] as const],
  );
  return {
    id: MessageId ?? '',
    receiptHandle: ReceiptHandle ?? '',
    body: Body ?? '',
    receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1),
    sentAtMs: Number(Attributes?.SentTimestamp ?? 0),
    attributes: Object.fromEntries(texts),
  };
}
