import { setTimeout as delay } from 'node:timers/promises';
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { QueueDepth } from '../insight/types.ts';
import { checkMessage, MAX_BODY_BYTES, type OutgoingMessage } from './message-rules.ts';
import { queueErrorByCode, queueErrorOf } from './sqs-errors.ts';

const MAX_BATCH = 10;
/** A request that is not full goes out only while fewer are under way: meanwhile more messages gather, and a request costs the same for ten. */
const ENOUGH_REQUESTS = 4;
const MOST_REQUESTS = 32;
/** So long a message for which nobody waits gathers others: a request costs its time and its price whether it has one message or ten. */
const PATIENCE_MS = 20;

interface Pending {
  readonly message: OutgoingMessage;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** One FIFO queue. Sends that wait at the same time share requests of up to 10 messages, which go out in the order of the calls. */
export class SqsQueue {
  readonly #client: SQSClient;
  readonly #url: string;
  readonly #wait: (ms: number) => Promise<void>;
  #pending: Pending[] = [];
  #requests = 0;
  #turn: NodeJS.Immediate | undefined;
  #patience: Promise<void> | undefined;
  /** Whether what is pending need not gather more. */
  #due = false;

  constructor(client: SQSClient, url: string, wait: (ms: number) => Promise<void> = delay) {
    this.#client = client;
    this.#url = url;
    this.#wait = wait;
  }

  /**
   * Sends a message; resolves when SQS holds it.
   *
   * @param options.patient nobody waits for it: it may stay here for 20 ms until a request is full
   * @throws {InvalidMessageError} SQS would refuse it
   * @throws {QueueThrottledError} {@link QueueUnavailableError} SQS did not take it, or did not say so
   */
  async send(message: OutgoingMessage, { patient = false }: { readonly patient?: boolean } = {}): Promise<void> {
    const bytes = checkMessage(message);
    await new Promise<void>((resolve, reject) => {
      this.#pending.push({ message, bytes, resolve, reject });
      if (patient) this.#patience ??= this.#runOut();
      else this.#due = true;
      // Everything that is sent before this event loop turn ends goes along.
      if (this.#due || this.#pending.length >= MAX_BATCH) this.#turn ??= setImmediate(() => this.#flush());
    });
  }

  /** Lets a message appear again after `seconds` (0–43,200). */
  async delay(receiptHandle: string, seconds: number): Promise<void> {
    await this.#client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: this.#url,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }),
    );
  }

  /** How many messages there are, as SQS counts them. */
  async depth(): Promise<QueueDepth> {
    try {
      const { Attributes = {} } = await this.#client.send(
        new GetQueueAttributesCommand({
          QueueUrl: this.#url,
          AttributeNames: [
            'ApproximateNumberOfMessages',
            'ApproximateNumberOfMessagesDelayed',
            'ApproximateNumberOfMessagesNotVisible',
          ],
        }),
      );
      return {
        visible: Number(Attributes.ApproximateNumberOfMessages ?? 0),
        delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
        inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
      };
    } catch (cause) {
      throw queueErrorOf(cause);
    }
  }

  /** Patience with what is pending now, and nothing later. */
  #runOut(): Promise<void> {
    const patience = this.#wait(PATIENCE_MS).then(() => {
      if (this.#patience !== patience) return;
      this.#due = true;
      this.#flush();
    });
    return patience;
  }

  #flush(): void {
    this.#turn = undefined;
    while (this.#requests < MOST_REQUESTS) {
      const batch = this.#nextBatch();
      const isFull = batch.length === MAX_BATCH || batch.length < this.#pending.length;
      const goesOut = isFull || (this.#due && batch.length > 0 && this.#requests < ENOUGH_REQUESTS);
      if (!goesOut) return;
      this.#pending = this.#pending.slice(batch.length);
      if (this.#pending.length === 0) this.#rest();
      this.#requests += 1;
      void this.#sendBatch(batch).finally(() => {
        this.#requests -= 1;
        this.#flush();
      });
    }
  }

  /** Nothing is pending: what comes next may gather anew. */
  #rest(): void {
    this.#due = false;
    this.#patience = undefined;
  }

  /** The messages in front that fit into one request. */
  #nextBatch(): Pending[] {
    let bytes = 0;
    const batch = this.#pending.slice(0, MAX_BATCH);
    const end = batch.findIndex((pending) => {
      bytes += pending.bytes;
      return bytes > MAX_BODY_BYTES;
    });
    return end < 0 ? batch : batch.slice(0, end);
  }

  /** Never rejects: every message gets its own answer. */
  async #sendBatch(batch: readonly Pending[]): Promise<void> {
    try {
      const { Failed = [] } = await this.#client.send(
        new SendMessageBatchCommand({
          QueueUrl: this.#url,
          Entries: batch.map(({ message }, index) => batchEntry(message, index)),
        }),
      );
      const failures = new Map(Failed.map((failure) => [Number(failure.Id), failure]));
      batch.forEach(({ resolve, reject }, index) => {
        const failure = failures.get(index);
        if (failure) reject(queueErrorByCode(failure.Code ?? '', failure));
        else resolve();
      });
    } catch (cause) {
      const error = queueErrorOf(cause);
      for (const { reject } of batch) reject(error);
    }
  }
}

function batchEntry(
  { body, groupId, dedupId, attributes, traceHeader }: OutgoingMessage,
  index: number,
): SendMessageBatchRequestEntry {
  return {
    Id: String(index),
    MessageBody: body,
    MessageGroupId: groupId,
    MessageDeduplicationId: dedupId,
    ...(attributes && {
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, text]) => [name, { DataType: 'String', StringValue: text }]),
      ),
    }),
    ...(traceHeader && {
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: traceHeader } },
    }),
  };
}
