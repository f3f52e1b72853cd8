/** The queue in memory behaves as an SQS FIFO queue does: both are asked the same. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defineConfig } from '../../lib/config.ts';
import { localSqsClient } from '../../local/clients.ts';
import type { EmbeddedServer } from '../../local/embedded/server-process.ts';
import { startSqs } from '../../local/embedded/sqs.ts';
import { provisionQueues } from '../../local/provision.ts';
import { MemoryQueue } from './simulation/memory-queue.ts';
import { MemorySqs } from './simulation/memory-sqs.ts';

const where = {
  valkeyUrl: 'redis://127.0.0.1',
  queueUrl: 'http://127.0.0.1',
  deadLetterQueueUrl: 'http://127.0.0.1',
  tableName: 'unknown',
};
const LONG_SECONDS = 600;

let server: EmbeddedServer;
let sqs: SQSClient;
let url: string;
let run = 0;
beforeAll(async () => {
  server = await startSqs();
  sqs = localSqsClient(server.url);
  ({
    queue: { url },
  } = await provisionQueues(sqs, server.url, defineConfig({ windowSeconds: 0 }, where)));
});
afterAll(async () => {
  sqs?.destroy();
  await server?.stop();
});

type Step =
  | { readonly do: 'send'; readonly dedup: number }
  | { readonly do: 'receive' | 'count' }
  | { readonly do: 'delete' | 'release' | 'hold'; readonly held: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('send' as const),
    dedup: fc.integer({ min: 1, max: 12 }),
  }),
  { arbitrary: fc.record({ do: fc.constantFrom('receive' as const, 'count' as const) }), weight: 2 },
  fc.record({ do: fc.constantFrom('delete' as const, 'release' as const, 'hold' as const), held: fc.nat(5) }),
);

/** One side: the client of a queue, and the handles of what it received. */
interface Side {
  readonly send: (command: { input: object }) => Promise<Record<string, unknown>>;
  readonly url: string;
  readonly handles: string[];
}

async function take(side: Side, step: Step): Promise<unknown> {
  const { send, url: QueueUrl, handles } = side;
  switch (step.do) {
    case 'send': {
      // One group: in which order groups come is nobody's promise.
      const MessageGroupId = String(run);
      const entry = {
        Id: '0',
        MessageBody: String(step.dedup),
        MessageGroupId,
        MessageDeduplicationId: `${run}-${step.dedup}`,
      };
      await send(new SendMessageBatchCommand({ QueueUrl, Entries: [entry] }));
      return undefined;
    }
    case 'receive': {
      // One at a time: the embedded SQS hands out one message of a group at most, AWS up to ten.
      const { Messages = [] } = (await send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 1,
          VisibilityTimeout: LONG_SECONDS,
          MessageSystemAttributeNames: ['All'],
        }),
      )) as { Messages?: { Body: string; ReceiptHandle: string; Attributes: Record<string, string> }[] };
      handles.push(...Messages.map(({ ReceiptHandle }) => ReceiptHandle));
      return Messages.map(({ Body, Attributes }) => [Body, Attributes.ApproximateReceiveCount]);
    }
    case 'count': {
      const { Attributes = {} } = (await send(
        new GetQueueAttributesCommand({
          QueueUrl,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      )) as { Attributes?: Record<string, string> };
      return [Attributes.ApproximateNumberOfMessages, Attributes.ApproximateNumberOfMessagesNotVisible];
    }
    default: {
      const ReceiptHandle = handles[step.held];
      if (ReceiptHandle === undefined) return undefined;
      if (step.do === 'delete') {
        handles.splice(step.held, 1);
        await send(new DeleteMessageBatchCommand({ QueueUrl, Entries: [{ Id: '0', ReceiptHandle }] }));
        return undefined;
      }
      const VisibilityTimeout = step.do === 'release' ? 0 : LONG_SECONDS;
      if (step.do === 'release') handles.splice(step.held, 1);
      await send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
      return undefined;
    }
  }
}

test('sends, receives, deletes and releases have the same answers from the queue in memory and from SQS', async () => {
  const nothing = { sent: () => undefined, deleted: () => undefined };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30, size: 'max' }), async (steps) => {
      run += 1;
      const memory = new MemorySqs(new Map([['memory', new MemoryQueue('memory')]]), nothing, () => 0);
      const sides: Side[] = [
        {
          url: 'memory',
          handles: [],
          send: async (command) =>
            memory.answer(command.constructor.name, command.input, 'test') as Record<string, unknown>,
        },
        { url, handles: [], send: (command) => sqs.send(command as never) as Promise<never> },
      ];
      for (const each of steps) {
        const [inMemory, inSqs] = await Promise.all(sides.map((side) => take(side, each)));
        expect(inMemory).toEqual(inSqs);
      }
      await empty(sides[1]!);
    }),
    { numRuns: 40 },
  );
});

/** Leaves nothing to the next run. */
async function empty(side: Side): Promise<void> {
  while (side.handles.length > 0) await take(side, { do: 'delete', held: 0 });
  while (((await take(side, { do: 'receive' })) as unknown[]).length > 0) await take(side, { do: 'delete', held: 0 });
}
