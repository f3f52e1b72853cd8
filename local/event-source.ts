import { setTimeout as wait } from 'node:timers/promises';
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { FlushSwitch } from '../lib/flush/flush-switch.ts';
import { Gate } from './gate.ts';
import { type Handler, invoke, type LocalFunction } from './invocation.ts';
import type { ProvisionedQueue } from './provision.ts';
import { failedMessageIds, toSqsEvent } from './sqs-event.ts';

/** Options of {@link startEventSource}. */
export interface EventSourceOptions extends Partial<LocalFunction> {
  /** Client that waits at least `waitSeconds` for an answer; retries of its own are not needed. */
  readonly client: SQSClient;
  readonly queue: ProvisionedQueue;
  /** Takes each batch; what it reports in `batchItemFailures`, or the whole batch when it throws, is delivered again. */
  readonly handler: Handler<SQSEvent, SQSBatchResponse | undefined>;
  /** Batches in work at the same time, 1 or more. @default 8 */
  readonly concurrency?: number;
  /** Whether it receives from the start. @default true */
  readonly open?: boolean;
  /** How long one receive waits for messages, 0–20 s; `stop()` waits as long. @default 1 */
  readonly waitSeconds?: number;
  /** Takes a line about each failure. @default console.error */
  readonly log?: (line: string) => void;
}

/** A running event source; while it is not open it receives nothing. */
export interface EventSource extends FlushSwitch {
  /** Stops receiving, and waits for the batches in work. */
  stop(): Promise<void>;
}

/** A receive that finds nothing costs the embedded queue as much as one that finds ten: few of them wait at a time. */
const RECEIVES_AT_A_TIME = 2;
const RETRY_MS = 500;

/**
 * Does what Lambda's event source for SQS FIFO queues does: polls, calls the handler with up to 10 messages, deletes
 * those that it does not report as failed. Order within a group, one batch in flight per group, redelivery after the
 * visibility timeout and the dead-letter queue are the queue's. An unreachable queue is tried again every 500 ms.
 */
export function startEventSource(options: EventSourceOptions): EventSource {
  const source = new Poller(options);
  return { set: (open) => source.set(open), stop: () => source.stop() };
}

class Poller {
  readonly #options: EventSourceOptions;
  readonly #function: LocalFunction;
  readonly #log: (line: string) => void;
  readonly #receiving = new Gate(RECEIVES_AT_A_TIME);
  readonly #stopping = new AbortController();
  readonly #loops: readonly Promise<void>[];
  /** Receives under way. */
  readonly #underWay = new Set<Promise<unknown>>();
  #unreachable = false;
  /** Resolves when it is opened; there while it is not open. */
  #closed: PromiseWithResolvers<void> | undefined;

  constructor(options: EventSourceOptions) {
    this.#options = options;
    this.#function = {
      functionName: options.functionName ?? 'write-behind-flush',
      timeoutSeconds: options.timeoutSeconds ?? 30,
    };
    this.#log = options.log ?? console.error;
    if (options.open === false) this.#closed = Promise.withResolvers();
    this.#loops = Array.from({ length: options.concurrency ?? 8 }, () => this.#loop());
  }

  /** What a receive under way brings is still flushed: it is waited for. */
  async set(open: boolean): Promise<true> {
    if (open) {
      this.#closed?.resolve();
      this.#closed = undefined;
    } else {
      this.#closed ??= Promise.withResolvers();
      await Promise.all(this.#underWay);
    }
    return true;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#closed?.resolve();
    await Promise.all(this.#loops);
  }

  async #loop(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#closed?.promise;
      const messages = await this.#receiving.pass(() => this.#whileOpen());
      if (messages.length > 0) await this.#work(messages);
    }
  }

  async #whileOpen(): Promise<Message[]> {
    if (this.#closed) return [];
    const receiving = this.#receive();
    this.#underWay.add(receiving);
    return receiving.finally(() => this.#underWay.delete(receiving));
  }

  async #receive(): Promise<Message[]> {
    // A receive under way is waited for, not aborted: what the queue hands to nobody is invisible until its timeout.
    if (this.#stopping.signal.aborted) return [];
    try {
      const { Messages: messages = [] } = await this.#options.client.send(
        new ReceiveMessageCommand({
          QueueUrl: this.#options.queue.url,
          MaxNumberOfMessages: 10,
          WaitTimeSeconds: this.#options.waitSeconds ?? 1,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
        }),
      );
      if (this.#unreachable) this.#log('SQS answers again');
      this.#unreachable = false;
      return messages;
    } catch (error) {
      if (!this.#unreachable) this.#log(`SQS does not answer, trying on every ${RETRY_MS} ms: ${error}`);
      this.#unreachable = true;
      await this.#pause();
      return [];
    }
  }

  async #pause(): Promise<void> {
    const { signal } = this.#stopping;
    await wait(RETRY_MS, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  async #work(messages: Message[]): Promise<void> {
    const event = toSqsEvent(messages, this.#options.queue.arn);
    try {
      const response = await invoke(this.#options.handler, event, this.#function);
      const failed = failedMessageIds(response, messages);
      await this.#delete(messages.filter((message) => !failed.has(message.MessageId ?? '')));
    } catch (error) {
      // As in Lambda: undeleted messages come back when their visibility timeout is over.
      this.#log(`a batch of ${messages.length} failed: ${error instanceof Error ? error.stack : error}`);
    }
  }

  async #delete(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    const entries = messages.map((message, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle }));
    const { Failed: failed = [] } = await this.#options.client.send(
      new DeleteMessageBatchCommand({ QueueUrl: this.#options.queue.url, Entries: entries }),
    );
    for (const { Id: id, Message: reason } of failed) {
      this.#log(`message ${messages[Number(id)]?.MessageId} could not be deleted: ${reason}`);
    }
  }
}
