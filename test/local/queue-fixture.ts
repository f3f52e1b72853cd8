import { randomUUID } from 'node:crypto';
import {
  GetQueueAttributesCommand,
  type QueueAttributeName,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { localSqsClient } from '../../local/clients.ts';
import { startSqs } from '../../local/embedded/sqs.ts';
import { type ProvisionedQueues, provisionQueues } from '../../local/provision.ts';

/** An embedded SQS with the product's queues, of short timeouts. */
export interface QueueFixture extends ProvisionedQueues {
  readonly client: SQSClient;
  readonly endpoint: string;
  send(...messages: readonly { group: string; body: string }[]): Promise<void>;
  /** Messages by state, as SQS counts them. */
  depth(url?: string): Promise<{ visible: number; inFlight: number; delayed: number }>;
  stop(): Promise<void>;
}

export async function startQueueFixture(
  options: { port?: number; visibilityTimeoutSeconds?: number; maxReceiveCount?: number; windowSeconds?: number } = {},
): Promise<QueueFixture> {
  const { port, ...settings } = options;
  const server = await startSqs({ port });
  const client = localSqsClient(server.url);
  const queues = await provisionQueues(client, server.url, {
    windowSeconds: 0,
    visibilityTimeoutSeconds: 1,
    maxReceiveCount: 30,
    ...settings,
  });
  return {
    ...queues,
    client,
    endpoint: server.url,
    send: async (...messages) => {
      const entries = messages.map(({ group, body }, index) => ({
        Id: String(index),
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: randomUUID(),
      }));
      for (let start = 0; start < entries.length; start += 10) {
        await client.send(
          new SendMessageBatchCommand({ QueueUrl: queues.queue.url, Entries: entries.slice(start, start + 10) }),
        );
      }
    },
    depth: async (url = queues.queue.url) => {
      const names: QueueAttributeName[] = [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ];
      const { Attributes: attributes = {} } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: names }),
      );
      const [visible, inFlight, delayed] = names.map((name) => Number(attributes[name]));
      return { visible: visible!, inFlight: inFlight!, delayed: delayed! };
    },
    stop: async () => {
      client.destroy();
      await server.kill();
    },
  };
}
