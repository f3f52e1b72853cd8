import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { localSqsClient } from '../../local/clients.ts';
import { startSqs } from '../../local/embedded/sqs.ts';
import { type EventSource, startEventSource } from '../../local/event-source.ts';
import type { Handler } from '../../local/invocation.ts';
import { type QueueFixture, startQueueFixture } from './queue-fixture.ts';

type FlushHandler = Handler<SQSEvent, SQSBatchResponse | undefined>;

let fixture: QueueFixture | undefined;
let source: EventSource | undefined;
const lines: string[] = [];

async function start(handler: FlushHandler, settings: Parameters<typeof startQueueFixture>[0] = {}) {
  fixture = await startQueueFixture(settings);
  source = startEventSource({
    client: fixture.client,
    queue: fixture.queue,
    handler,
    log: (line) => lines.push(line),
  });
  return fixture;
}

afterEach(async () => {
  // In this order, as an idle source waits for the queue's answer to its last receive.
  await fixture?.stop();
  await source?.stop();
  source = undefined;
  fixture = undefined;
  lines.length = 0;
});

const failures = (records: readonly SQSRecord[]): SQSBatchResponse => ({
  batchItemFailures: records.map(({ messageId }) => ({ itemIdentifier: messageId })),
});
const isEmpty = { visible: 0, inFlight: 0, delayed: 0 };
const soon = { timeout: 4000, interval: 20 };

describe('event source', { timeout: 15_000 }, () => {
  test('receives nothing while it is closed, and then everything', async () => {
    const seen = vi.fn<FlushHandler>(async () => undefined);
    const { send, depth } = await start(seen);
    expect(await source!.set(false)).toBe(true);
    await send({ group: 'a', body: 'held' });
    await vi.waitFor(async () => expect(await depth()).toEqual({ visible: 1, inFlight: 0, delayed: 0 }), soon);
    expect(seen).not.toHaveBeenCalled();
    await source!.set(true);
    await vi.waitFor(() => expect(seen).toHaveBeenCalledOnce(), soon);
    // Not received before.
    expect(seen.mock.calls[0]![0].Records[0]!.attributes.ApproximateReceiveCount).toBe('1');
  });

  test('hands over what Lambda hands over', async () => {
    const seen = vi.fn<FlushHandler>(async () => undefined);
    const { send, queue } = await start(seen);
    await send({ group: 'a', body: 'hello' });
    await vi.waitFor(() => expect(seen).toHaveBeenCalledOnce(), soon);
    const [event, context] = seen.mock.calls[0]!;
    expect(event.Records[0]).toMatchObject({
      body: 'hello',
      eventSource: 'aws:sqs',
      eventSourceARN: queue.arn,
      awsRegion: 'us-east-1',
      attributes: { MessageGroupId: 'a', ApproximateReceiveCount: '1', SequenceNumber: expect.any(String) },
      messageAttributes: {},
    });
    expect(context.getRemainingTimeInMillis()).toBeGreaterThan(20_000);
    expect(context.awsRequestId).toMatch(/^[0-9a-f-]{36}$/);
    await vi.waitFor(async () => expect(await fixture!.depth()).toEqual(isEmpty), soon);
  });

  test('deletes what is not reported and has the rest delivered again after its visibility timeout', async () => {
    const deliveries = new Map<string, { at: number; count: string }[]>();
    const { send, depth } = await start(async ({ Records }) => {
      for (const { body, attributes } of Records) {
        const delivery = { at: Date.now(), count: attributes.ApproximateReceiveCount };
        deliveries.set(body, [...(deliveries.get(body) ?? []), delivery]);
      }
      return failures(
        Records.filter(({ body, attributes }) => body === 'bad' && attributes.ApproximateReceiveCount < '2'),
      );
    });
    await send({ group: 'a', body: 'good' }, { group: 'b', body: 'bad' }, { group: 'c', body: 'fine' });
    await vi.waitFor(() => expect(deliveries.get('bad')).toHaveLength(2), soon);
    await vi.waitFor(async () => expect(await depth()).toEqual(isEmpty), soon);
    expect(deliveries.get('good')).toHaveLength(1);
    expect(deliveries.get('fine')).toHaveLength(1);
    const [first, second] = deliveries.get('bad')!;
    expect(second!.count).toBe('2');
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(950);
  });

  test('keeps the order of a group, also behind a failure, while other groups pass', async () => {
    const order: string[] = [];
    let refused = false;
    const { send } = await start(async ({ Records }) => {
      const bad = Records.filter(({ body }) => body === 'a1' && !refused);
      refused ||= bad.length > 0;
      order.push(...Records.filter((record) => !bad.includes(record)).map(({ body }) => body));
      return failures(bad);
    });
    await send(...['a1', 'b1', 'a2', 'b2', 'a3', 'b3'].map((body) => ({ group: body.charAt(0), body })));
    await vi.waitFor(() => expect(order).toHaveLength(6), soon);
    expect(order.filter((body) => body.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
    expect(order.slice(0, 3)).toEqual(['b1', 'b2', 'b3']);
  });

  test('works on groups in parallel, one batch of a group at a time', async () => {
    const inWork = new Map<string, number>();
    const manyAtOnce = Promise.withResolvers<void>();
    let done = 0;
    const overlapping: string[] = [];
    const { send } = await start(async ({ Records }) => {
      for (const { attributes } of Records) {
        const group = attributes.MessageGroupId!;
        if (inWork.has(group)) overlapping.push(group);
        inWork.set(group, 1);
      }
      if (inWork.size > 10) manyAtOnce.resolve();
      await manyAtOnce.promise;
      for (const { attributes } of Records) inWork.delete(attributes.MessageGroupId!);
      done += Records.length;
      return undefined;
    });
    const groups = Array.from({ length: 40 }, (_, index) => `g${index}`);
    await send(...[...groups, ...groups].map((group) => ({ group, body: '{}' })));
    await vi.waitFor(() => expect(done).toBe(80), soon);
    expect(overlapping).toEqual([]);
  });

  test('moves a message to the dead-letter queue after the receive count', async () => {
    let calls = 0;
    const { depth, send, deadLetterQueue } = await start(
      async ({ Records }) => {
        calls++;
        return failures(Records);
      },
      { maxReceiveCount: 2 },
    );
    await send({ group: 'a', body: 'poison' });
    await vi.waitFor(async () => expect((await depth(deadLetterQueue.url)).visible).toBe(1), soon);
    expect(await depth()).toEqual(isEmpty);
    expect(calls).toBe(2);
  });

  test.each([
    ['an error', () => Promise.reject(new Error('boom'))],
    ['an unknown identifier', async () => ({ batchItemFailures: [{ itemIdentifier: 'nobody' }] })],
    ['an empty identifier', async () => ({ batchItemFailures: [{ itemIdentifier: '' }] })],
  ])('has the whole batch delivered again after %s', async (_, answer: () => Promise<SQSBatchResponse>) => {
    const delivered: string[] = [];
    let failed = false;
    const { send, depth } = await start(async ({ Records }) => {
      delivered.push(...Records.map(({ body }) => body));
      if (failed) return undefined;
      failed = true;
      return await answer();
    });
    await send({ group: 'a', body: '1' }, { group: 'b', body: '2' });
    await vi.waitFor(() => expect(delivered.length).toBeGreaterThanOrEqual(3), soon);
    await vi.waitFor(async () => expect(await depth()).toEqual(isEmpty), soon);
    expect(delivered.filter((body) => body === delivered[0])).toHaveLength(2);
    expect(lines.join()).toMatch(/boom|no message of the batch/);
  });

  test('delivers nothing before the window is over', async () => {
    const seen = vi.fn<FlushHandler>(async () => undefined);
    const { send, depth } = await start(seen, { windowSeconds: 1 });
    const sentAt = Date.now();
    await send({ group: 'a', body: '1' });
    expect(await depth()).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
    await vi.waitFor(() => expect(seen).toHaveBeenCalledOnce(), soon);
    expect(Date.now() - sentAt).toBeGreaterThanOrEqual(950);
  });

  test('waits at stop for the batch in work, and receives nothing after it', async () => {
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const { send, depth } = await start(async () => {
      entered.resolve();
      await release.promise;
      return undefined;
    });
    await send({ group: 'a', body: '1' });
    await entered.promise;
    let stopped = false;
    const stopping = source!.stop().then(() => {
      stopped = true;
    });
    // A stop that does not wait is over before SQS has answered two questions.
    await depth();
    await depth();
    expect(stopped).toBe(false);
    release.resolve();
    await stopping;
    expect(await depth()).toEqual(isEmpty);
    await send({ group: 'a', body: '2' });
    expect(await depth()).toEqual({ ...isEmpty, visible: 1 });
  });

  test('outlives an SQS that is unreachable for a while', async () => {
    const server = await startSqs();
    await server.kill();
    const seen = vi.fn<FlushHandler>(async () => undefined);
    const url = `${server.url}/000000000000/write-behind.fifo`;
    source = startEventSource({
      client: localSqsClient(server.url, { maxAttempts: 1 }),
      queue: { url, arn: 'arn:aws:sqs:us-east-1:000000000000:write-behind.fifo' },
      handler: seen,
      log: (line) => lines.push(line),
    });
    await vi.waitFor(() => expect(lines).toEqual([expect.stringMatching(/^SQS does not answer/)]), soon);
    fixture = await startQueueFixture({ port: server.port });
    await fixture.send({ group: 'a', body: '1' });
    await vi.waitFor(() => expect(seen).toHaveBeenCalledOnce(), soon);
    expect(lines.at(-1)).toBe('SQS answers again');
  });
});
