import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { SqsQueue } from '../../lib/queue/sqs-queue.ts';
import { Gate, type System, startSystem, watchedClients } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());
beforeEach(() => system.deliverAll());

const waiting = async () => (await system.cache.stats()).queue.visible;
const sends = (command: string) => command === 'SendMessageBatchCommand';

/** A cache whose sends wait at a gate, and how many messages each request had. */
async function gated(signals: 'awaited' | 'behind') {
  const gate = new Gate();
  const requests: number[] = [];
  const clients = watchedClients(system.config, async (command, input) => {
    if (!sends(command)) return;
    requests.push((input.Entries as unknown[]).length);
    await gate.wait();
  });
  return { gate, requests, clients, cache: await system.another({ clients, signals }) };
}

test('rule 3: a cache write need not wait for its signal, which comes behind it', async () => {
  const { gate, cache } = await gated('behind');
  await cache.execute({ op: 'put', key: 'behind/a', value: { n: 1 }, durability: 'cache' });
  await gate.reached;
  expect(await waiting()).toBe(0);
  gate.open();
  await cache.close();
  expect(await waiting()).toBe(1);
  await system.deliverAll();
  expect(await system.stored('behind/a')).toMatchObject({ n: 1 });
});

test.for([
  ['where the process may stop after the answer', 'awaited', 'cache'],
  ['whose acknowledgement is the message', 'behind', 'queue'],
] as const)('rule 3: a write waits for its signal %s', async ([, signals, durability]) => {
  const { gate, cache } = await gated(signals);
  let answered = false;
  const writing = cache.execute({ op: 'put', key: `ahead/${signals}`, value: { n: 1 }, durability });
  void writing.then(() => {
    answered = true;
  });
  await gate.reached;
  // A read takes the way to Valkey and back: whoever did not have to wait has been answered by then.
  await cache.get(`ahead/${signals}`);
  expect(answered).toBe(false);
  gate.open();
  await writing;
  expect(await waiting()).toBe(1);
});

test('rule 3: where a signal behind its write fails, the next write signals again', async () => {
  const unreachable = { sqsEndpoint: 'http://127.0.0.1:1' };
  const cache = await system.another({ signals: 'behind' }, {}, unreachable);
  await cache.execute({ op: 'put', key: 'unsent/a', value: { n: 1 }, durability: 'cache' });
  await expect.poll(() => system.entry('unsent/a')).not.toHaveProperty('signalled');
  await system.cache.execute({ op: 'put', key: 'unsent/a', value: { n: 2 }, durability: 'cache' });
  expect(await waiting()).toBe(1);
});

test('rule 3: messages that come while requests are under way share the next ones', async () => {
  const { gate, requests, clients } = await gated('behind');
  const queue = new SqsQueue(clients.sqs, system.config.endpoints.queueUrl);
  const sending: Promise<void>[] = [];
  for (let n = 1; n <= 25; n += 1) {
    sending.push(queue.send({ body: '{}', groupId: `shared-${n}`, dedupId: `shared-${n}` }));
    await new Promise((resolve) => setImmediate(resolve));
  }
  // Four go out alone; then only full ones, until one of them is answered.
  expect(requests).toEqual([1, 1, 1, 1, 10, 10]);
  gate.open();
  await Promise.all(sending);
  expect(requests).toEqual([1, 1, 1, 1, 10, 10, 1]);
});
