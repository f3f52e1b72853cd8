import type {
  ChangeMessageVisibilityBatchCommandInput,
  ChangeMessageVisibilityCommandInput,
  DeleteMessageBatchCommandInput,
  ReceiveMessageCommandInput,
  SendMessageBatchCommandInput,
  SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs';
import type { MemoryMessage, MemoryQueue, Outgoing } from './memory-queue.ts';

/** What happens in the queues, for whoever takes it down. */
export interface QueueEvents {
  sent(queue: MemoryQueue, message: MemoryMessage): void;
  deleted(queue: MemoryQueue, message: MemoryMessage): void;
}

/** Answers the product's requests to SQS from queues in memory. */
export class MemorySqs {
  readonly #queues: ReadonlyMap<string, MemoryQueue>;
  readonly #events: QueueEvents;
  readonly #nowMs: () => number;

  /** @param queues by URL */
  constructor(queues: ReadonlyMap<string, MemoryQueue>, events: QueueEvents, nowMs: () => number) {
    this.#queues = queues;
    this.#events = events;
    this.#nowMs = nowMs;
  }

  /** Answers a request at once; `by` holds what it receives. */
  answer(command: string, input: { QueueUrl?: string | undefined }, by: string): object {
    const queue = this.#queues.get(input.QueueUrl ?? '')!;
    switch (command) {
      case 'SendMessageBatchCommand':
        for (const entry of (input as SendMessageBatchCommandInput).Entries ?? []) {
          const message = queue.send(outgoing(entry));
          if (message) this.#events.sent(queue, message);
        }
        return {};
      case 'ReceiveMessageCommand': {
        const most = (input as ReceiveMessageCommandInput).MaxNumberOfMessages ?? 1;
        return { Messages: queue.receive(most, by).map((message) => this.#message(message)) };
      }
      case 'DeleteMessageBatchCommand':
        for (const { ReceiptHandle } of (input as DeleteMessageBatchCommandInput).Entries ?? []) {
          const message = queue.delete(ReceiptHandle!);
          if (message) this.#events.deleted(queue, message);
        }
        return {};
      case 'ChangeMessageVisibilityBatchCommand':
        for (const entry of (input as ChangeMessageVisibilityBatchCommandInput).Entries ?? []) {
          if (entry.VisibilityTimeout === 0) queue.release(entry.ReceiptHandle!);
        }
        return {};
      case 'ChangeMessageVisibilityCommand': {
        const { ReceiptHandle, VisibilityTimeout } = input as ChangeMessageVisibilityCommandInput;
        if (VisibilityTimeout === 0) queue.release(ReceiptHandle!);
        return {};
      }
      case 'ListQueueTagsCommand':
        return {};
      case 'GetQueueAttributesCommand':
        return {
          Attributes: {
            ApproximateNumberOfMessages: String(queue.messages.length - queue.inFlight().length),
            ApproximateNumberOfMessagesDelayed: '0',
            ApproximateNumberOfMessagesNotVisible: String(queue.inFlight().length),
          },
        };
      default:
        throw new Error(`The queues in memory do not know ${command}.`);
    }
  }

  #message({ id, body, receiptHandle, receiveCount, attributes }: MemoryMessage): object {
    return {
      MessageId: id,
      ReceiptHandle: receiptHandle,
      Body: body,
      Attributes: { ApproximateReceiveCount: String(receiveCount), SentTimestamp: String(this.#nowMs()) },
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
      ),
    };
  }
}

function outgoing(entry: SendMessageBatchRequestEntry): Outgoing {
  const attributes = Object.entries(entry.MessageAttributes ?? {}).map(([name, { StringValue }]) => [
    name,
    StringValue ?? '',
  ]);
  return {
    body: entry.MessageBody!,
    groupId: entry.MessageGroupId!,
    dedupId: entry.MessageDeduplicationId!,
    attributes: Object.fromEntries(attributes),
  };
}
