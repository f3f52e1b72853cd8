import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { MAX_BODY_BYTES } from '../../lib/queue/message-rules.ts';
import { dedupIdOf, encodeSignal, groupOf } from '../../lib/queue/signal.ts';
import { message, type Queues } from './queue.subject.ts';

export function sendContract(queues: () => Queues): void {
  const sent = async (body: string) => {
    await queues().queue.sender.send(message({ body }));
    return queues().queue.drained();
  };

  test('every character that SQS takes arrives as it is', async () => {
    const characters = ['\t', '\n', '\r'];
    for (let code = 0x20; code <= 0x10ffff; code += 1) {
      // All of the first plane, and some of each other one.
      if (code > 0x10000 && code % 0x1000 > 0xf) continue;
      if ((code >= 0xd800 && code <= 0xdfff) || code === 0xfffe || code === 0xffff) continue;
      characters.push(String.fromCodePoint(code));
    }
    const body = characters.join('');
    expect((await sent(body))[0] === body).toBe(true);
  });

  test('the longest body arrives, in bytes and not in characters', async () => {
    for (const body of ['x'.repeat(MAX_BODY_BYTES), 'é'.repeat(MAX_BODY_BYTES / 2)]) {
      expect((await sent(body))[0] === body).toBe(true);
    }
  });

  test('groups and dedup ids of 128 characters and every punctuation mark are taken', async () => {
    const marks = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
    const messages = ['g'.repeat(128), marks].map((name) => message({ groupId: name, dedupId: name }));
    await Promise.all(messages.map((each) => queues().queue.sender.send(each)));
    expect((await queues().queue.drained()).sort()).toEqual(messages.map(({ body }) => body).sort());
  });

  test('string attributes arrive with the message', async () => {
    const attributes = { key: 'é 😀/\n', reason: '"' };
    await queues().queue.sender.send(message({ attributes }));
    expect(await queues().queue.receive()).toMatchObject([{ attributes }]);
  });

  test('a trace header arrives as the system attribute that it is, and the attributes beside it', async () => {
    const { client, queue } = queues();
    const traceHeader = 'Root=1-67891233-abcdef012345678912345678;Parent=c0ffeec0ffeec0ff;Sampled=1';
    const sent = [message({ traceHeader, attributes: { key: 'a' } }), message({ traceHeader }), message()];
    await Promise.all(sent.map((each) => queue.sender.send(each)));
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queue.url,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['AWSTraceHeader', 'ApproximateReceiveCount'],
        MessageAttributeNames: ['All'],
      }),
    );
    const arrived = new Map(
      Messages.map(({ Body, Attributes, MessageAttributes = {} }) => [
        Body,
        { ...Attributes, names: Object.keys(MessageAttributes) },
      ]),
    );
    expect(sent.map(({ body }) => arrived.get(body))).toEqual([
      { AWSTraceHeader: traceHeader, ApproximateReceiveCount: '1', names: ['key'] },
      { AWSTraceHeader: traceHeader, ApproximateReceiveCount: '1', names: [] },
      { ApproximateReceiveCount: '1', names: [] },
    ]);
    for (const { ReceiptHandle } of Messages) {
      await client.send(new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle }));
    }
  });

  test('a signal that is sent again is one message, also after it was received and deleted', async () => {
    const signal = { key: `items/${message().body}`, version: 1_800_000_000_123_457 };
    const outgoing = { body: encodeSignal(signal), groupId: groupOf(signal.key), dedupId: dedupIdOf(signal) };
    await Promise.all([queues().queue.sender.send(outgoing), queues().queue.sender.send(outgoing)]);
    await queues().queue.sender.send(outgoing);
    expect(await queues().queue.drained()).toEqual([outgoing.body]);
    await queues().queue.sender.send(outgoing);
    expect(await queues().queue.drained()).toEqual([]);
  });

  test('a mark, a value and a redrive of the same version are three messages', async () => {
    const signal = { key: `items/${message().body}`, version: 1_800_000_000_123_457 };
    const withValue = { ...signal, image: { version: signal.version, deleted: false, value: {} } };
    const groupId = groupOf(signal.key);
    for (const dedupId of [dedupIdOf(signal), dedupIdOf(withValue), dedupIdOf(withValue, 'a message id')]) {
      await queues().queue.sender.send({
        body: encodeSignal(withValue),
        groupId,
        dedupId: dedupId.replaceAll(' ', '-'),
      });
    }
    expect(await queues().queue.drained()).toHaveLength(3);
  });

  test('sends that share a request arrive in their order', async () => {
    const groupId = message().groupId;
    const messages = Array.from({ length: 10 }, (_, n) => message({ groupId, body: `message ${n}` }));
    await Promise.all(messages.map((each) => queues().queue.sender.send(each)));
    expect(await queues().queue.drained()).toEqual(messages.map(({ body }) => body));
  });

  test('many sends at once arrive, each once', async () => {
    // Requests that are under way together may overtake each other: signals are ordered by their versions.
    const messages = Array.from({ length: 60 }, (_, n) => message({ groupId: `many-${n % 5}` }));
    await Promise.all(messages.map((each) => queues().queue.sender.send(each)));
    expect((await queues().queue.drained()).sort()).toEqual(messages.map(({ body }) => body).sort());
  });

  test('messages that together are longer than one request takes all arrive', async () => {
    const messages = Array.from({ length: 4 }, () => message({ body: 'x'.repeat(0.4 * MAX_BODY_BYTES) }));
    await Promise.all(messages.map((each) => queues().queue.sender.send(each)));
    expect(await queues().queue.drained()).toHaveLength(messages.length);
  });

  test('a message that is refused does not take its neighbours along', async () => {
    const bodies = ['before', 'not a character: \uFFFE', 'after'];
    const { Failed = [], Successful = [] } = await queues().client.send(
      new SendMessageBatchCommand({
        QueueUrl: queues().queue.url,
        Entries: bodies.map((MessageBody, index) => {
          const { groupId, dedupId } = message();
          return { Id: String(index), MessageBody, MessageGroupId: groupId, MessageDeduplicationId: dedupId };
        }),
      }),
    );
    expect(Failed.map(({ Id }) => Id)).toEqual(['1']);
    expect(Successful.map(({ Id }) => Id).sort()).toEqual(['0', '2']);
    expect((await queues().queue.drained()).sort()).toEqual(['after', 'before']);
  });
}
