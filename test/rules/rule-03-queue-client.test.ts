import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Clients, createClients } from '../../lib/clients.ts';
import { InvalidMessageError, QueueThrottledError } from '../../lib/errors.ts';
import { MAX_BODY_BYTES, type OutgoingMessage } from '../../lib/queue/message-rules.ts';
import { SqsQueue } from '../../lib/queue/sqs-queue.ts';
import { type System, startSystem, watchedClients } from '../support/system.ts';

let system: System;
/** Messages of each request that was sent. */
let requests: number[];
let queue: SqsQueue;
let clients: Clients;
beforeAll(async () => {
  system = await startSystem();
  clients = watchedClients(system.config, (_, input) => {
    if (Array.isArray(input.Entries)) requests.push(input.Entries.length);
  });
  queue = new SqsQueue(clients.sqs, system.config.endpoints.queueUrl);
});
afterAll(() => system.stop());
beforeEach(async () => {
  for (let received = await system.receive(); received.length > 0; received = await system.receive()) {
    for (const message of received) await system.remove(message);
  }
  requests = [];
});

const waiting = async () => (await queue.depth()).visible;
let count = 0;
function message(changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  count += 1;
  return { body: `body ${count}`, groupId: `group-${count}`, dedupId: `dedup-${count}`, ...changes };
}

describe('what SQS on AWS refuses is refused before it is sent', () => {
  const names: [string, string][] = [
    ['empty', ''],
    ['with a space', 'a b'],
    ['over 128 characters', 'x'.repeat(129)],
    ['not ASCII', 'é'],
    ['with a line break at its end', 'a\n'],
    ['with a control character', 'a\u007F'],
  ];
  const texts: [string, string][] = [
    ['empty', ''],
    ['with U+FFFE', 'a\uFFFEb'],
    ['with U+FFFF', 'a\uFFFFb'],
    ['with NUL', 'a\0b'],
    ['with a control character', 'a\u001Fb'],
    ['with a vertical tab', 'a\u000Bb'],
    ['with half a surrogate pair', 'a\uD800b'],
    ['over 1 MiB', 'x'.repeat(MAX_BODY_BYTES + 1)],
    ['over 1 MiB in bytes, not in characters', 'é'.repeat(MAX_BODY_BYTES / 2 + 1)],
  ];
  test.for([
    ...names.map(([what, groupId]): [string, Partial<OutgoingMessage>] => [`a group ${what}`, { groupId }]),
    ...names.map(([what, dedupId]): [string, Partial<OutgoingMessage>] => [`a dedup id ${what}`, { dedupId }]),
    ...texts.map(([what, body]): [string, Partial<OutgoingMessage>] => [`a body ${what}`, { body }]),
    ...texts.map(([what, a]): [string, Partial<OutgoingMessage>] => [`an attribute ${what}`, { attributes: { a } }]),
  ])('rule 3: %s', async ([, changes]) => {
    await expect(queue.send(message(changes))).rejects.toBeInstanceOf(InvalidMessageError);
    expect(requests).toEqual([]);
  });
});

describe('what SQS on AWS takes is sent as it is', () => {
  test.for<[string, Partial<OutgoingMessage>]>([
    ['names of 128 characters', { groupId: 'g'.repeat(128), dedupId: 'd'.repeat(128) }],
    ['every punctuation mark', { groupId: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~' }],
    ['tab, line feed and carriage return', { body: 'a\tb\nc\rd' }],
    ['Unicode of all planes', { body: 'é漢😀\uFFFD\uE000\uD7FF' }],
    ['exactly 1 MiB', { body: 'x'.repeat(MAX_BODY_BYTES) }],
  ])('rule 3: %s', async ([, changes]) => {
    const sent = message(changes);
    await queue.send(sent);
    const [received] = await system.receive();
    expect(received).toMatchObject({ body: sent.body, groupId: sent.groupId });
  });
});

test('rule 3: sends that are under way at the same time share requests', async () => {
  await Promise.all(Array.from({ length: 25 }, () => queue.send(message())));
  expect(requests).toEqual([10, 10, 5]);
  expect(await waiting()).toBe(25);
});

describe('messages for which nobody waits', () => {
  let patientQueue: SqsQueue;
  /** Ends the waits so far: how fast this machine is must not decide how many gather. */
  let timeIsUp: () => void;
  beforeEach(() => {
    let ends: (() => void)[] = [];
    patientQueue = new SqsQueue(
      clients.sqs,
      system.config.endpoints.queueUrl,
      () => new Promise((resolve) => ends.push(resolve)),
    );
    timeIsUp = () => {
      for (const end of ends) end();
      ends = [];
    };
  });

  /** Each in a turn of the event loop of its own. */
  async function sendPatiently(messages: number): Promise<Promise<void>[]> {
    const sending: Promise<void>[] = [];
    for (let sent = 0; sent < messages; sent += 1) {
      sending.push(patientQueue.send(message(), { patient: true }));
      await nextTurn();
    }
    return sending;
  }

  test('rule 3: go out at once where they fill a request', async () => {
    await Promise.all(await sendPatiently(10));
    expect(requests).toEqual([10]);
  });

  test('rule 3: go out after a while where they do not, and the next ones gather anew', async () => {
    for (const messages of [3, 2]) {
      const before = requests.length;
      const sending = await sendPatiently(messages);
      expect(requests.length).toBe(before);
      timeIsUp();
      await Promise.all(sending);
    }
    expect(requests).toEqual([3, 2]);
  });

  test('rule 3: go along with one for which somebody waits, before it; what they waited for is over', async () => {
    const sending = await sendPatiently(2);
    await Promise.all([...sending, patientQueue.send(message())]);
    const later = await sendPatiently(1);
    expect(requests).toEqual([3]);
    await Promise.all([...later, patientQueue.send(message())]);
    expect(requests).toEqual([3, 2]);
  });
});

test('rule 3: requests are split where together they would be over 1 MiB', async () => {
  const half = () => queue.send(message({ body: 'x'.repeat(MAX_BODY_BYTES / 2) }));
  await Promise.all([half(), half(), half(), queue.send(message())]);
  expect(requests).toEqual([2, 2]);
  expect(await waiting()).toBe(4);
});

test('rule 3: a message that is too large does not stop its neighbours', async () => {
  const tooLarge = message({ body: 'x'.repeat(MAX_BODY_BYTES + 1) });
  const outcomes = await Promise.allSettled([message(), tooLarge, message()].map((each) => queue.send(each)));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await waiting()).toBe(2);
});

test('rule 3: a message that SQS refuses in a batch does not stop its neighbours', async () => {
  // The embedded queue throttles nobody.
  const { sqs } = createClients(system.config);
  sqs.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      return { ...result, output: { ...result.output, Failed: [{ Id: '1', Code: 'ThrottlingException' }] } as never };
    },
    { step: 'initialize' },
  );
  const throttled = new SqsQueue(sqs, system.config.endpoints.queueUrl);
  const outcomes = await Promise.allSettled([message(), message(), message()].map((each) => throttled.send(each)));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(outcomes[1]).toMatchObject({ reason: expect.any(QueueThrottledError) });
  sqs.destroy();
});

test('rule 3: a send whose answer is lost is sent again, and is one message', async () => {
  const { sqs } = createClients(system.config);
  let attempts = 0;
  sqs.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      attempts += 1;
      if (attempts === 1) throw Object.assign(new Error('the connection was cut'), { name: 'TimeoutError' });
      return result;
    },
    { step: 'deserialize', priority: 'low' },
  );
  await new SqsQueue(sqs, system.config.endpoints.queueUrl).send(message());
  expect(attempts).toBe(2);
  expect(await waiting()).toBe(1);
  sqs.destroy();
});

test('rule 3: the same dedup id is one message, the same body under another is two', async () => {
  const first = message();
  await Promise.all([queue.send(first), queue.send(first)]);
  await queue.send(first);
  expect(await waiting()).toBe(1);
  await queue.send({ ...first, dedupId: message().dedupId });
  expect(await waiting()).toBe(2);
});
