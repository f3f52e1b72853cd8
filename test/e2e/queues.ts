/** The queues: signals that nobody's write sent, and what the dead-letter queue holds. */
import { randomUUID } from 'node:crypto';
import {
  GetQueueAttributesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { dedupIdOf, encodeSignal, groupOf, type Signal } from '../../lib/queue/signal.ts';
import { outputs, sqs } from './aws.ts';

/** ARN of a queue. */
export async function queueArn(QueueUrl: string): Promise<string> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  return Attributes!.QueueArn!;
}

/** Name of a queue, the end of its URL. */
export function queueName(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

/** Sends a signal as the API does. */
export async function sendSignal(signal: Signal): Promise<void> {
  await sendTogether([encodeSignal(signal)], groupOf(signal.key), [dedupIdOf(signal)]);
}

/** Sends up to ten texts as one group, so that the flush gets them in one batch. */
export async function sendTogether(
  texts: readonly string[],
  groupId: string,
  dedupIds: readonly string[] = texts.map(() => randomUUID()),
): Promise<void> {
  const { Failed = [] } = await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: outputs.QueueUrl,
      Entries: texts.map((text, index) => ({
        Id: String(index),
        MessageBody: text,
        MessageGroupId: groupId,
        MessageDeduplicationId: dedupIds[index],
      })),
    }),
  );
  if (Failed.length > 0) throw new Error(`SQS refused ${JSON.stringify(Failed)}`);
}

/** A dead letter: its text, and what its message attributes say. */
export interface DeadLetter {
  readonly text: string;
  readonly key: string | undefined;
  readonly reason: string | undefined;
  readonly receiveCount: string | undefined;
  readonly failedAt: string | undefined;
}

/** Everything in the dead-letter queue, which keeps it. */
export async function deadLetters(): Promise<DeadLetter[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: outputs.DeadLetterQueueUrl,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      VisibilityTimeout: 0,
    }),
  );
  return Messages.map(deadLetterOf);
}

function deadLetterOf({ Body = '', MessageAttributes = {} }: Message): DeadLetter {
  const attribute = (name: string) => MessageAttributes[name]?.StringValue;
  return {
    text: Body,
    key: attribute('key'),
    reason: attribute('reason'),
    receiveCount: attribute('receiveCount'),
    failedAt: attribute('failedAt'),
  };
}

/** Puts a text into the dead-letter queue. */
export async function sendDeadLetter(text: string): Promise<void> {
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: outputs.DeadLetterQueueUrl,
      MessageBody: text,
      MessageGroupId: 'dead',
      MessageDeduplicationId: randomUUID(),
    }),
  );
}

/** Empties the dead-letter queue. */
export async function purgeDeadLetters(): Promise<void> {
  await sqs.send(new PurgeQueueCommand({ QueueUrl: outputs.DeadLetterQueueUrl }));
}
