import { afterAll, beforeAll, expect, test } from 'vitest';
import type { QueueMessage } from '../../lib/flush/flush-messages.ts';
import { silentReport } from '../../lib/flush/report.ts';
import { patient } from '../support/patient.ts';
import { puts, receivedAgain, throttled, waits } from '../support/refusals.ts';
import { type System, startSystem, until } from '../support/system.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { watchedClients } from '../support/watched-clients.ts';

let system: System;
let proxy: TcpProxy;
beforeAll(async () => {
  system = await startSystem({ settings: { ...patient, defaultDurability: 'queue' } });
  proxy = await TcpProxy.start(system.servers.dynamodb.url);
});
afterAll(async () => {
  await proxy.close();
  await system.stop();
});

async function messagesOf(...ids: string[]): Promise<QueueMessage[]> {
  for (const id of ids) await system.cache.collection('transient').put(id, { id });
  const messages = await system.receive();
  return ids.map((id) => messages.find(({ body }) => JSON.parse(body).key === `transient/${id}`)!);
}

test.each([
  ['throttles', 'StoreUnavailableError'],
  ['is unreachable', 'StoreUnavailableError'],
])('rule 11: while DynamoDB %s, messages come again, the item stays dirty, nothing is dead', async (how, error) => {
  const id = how.replaceAll(' ', '-');
  const failures: unknown[] = [];
  const report = { ...silentReport, failed: (key: string, failure: Error) => failures.push([key, failure.name]) };
  const throttling = watchedClients(system.config, {
    before: (request) => {
      if (puts(request, `transient/${id}`)) throw throttled();
    },
  });
  if (how === 'is unreachable') await proxy.refuse();
  const cache =
    how === 'throttles'
      ? await system.another({ clients: throttling, report })
      : await system.another({ report }, {}, { dynamodbEndpoint: proxy.url });

  const [message] = await messagesOf(id);
  for (let receive = 1; receive <= 6; receive += 1) {
    expect(await cache.flushMessages([receivedAgain(message!, receive)])).toEqual({ failed: [message!.messageId] });
  }
  expect(failures).toEqual(Array.from({ length: 6 }, () => [`transient/${id}`, error]));
  expect(await system.isDirty(`transient/${id}`)).toBe(true);
  expect(await system.receive('dead')).toEqual([]);
  expect(await system.cache.stats()).toMatchObject({ parkedItems: 0, deadLetters: 0 });

  await proxy.pass();
  expect(await system.cache.flushMessages([message!])).toEqual({ failed: [] });
  expect(await system.stored(`transient/${id}`)).toMatchObject({ id });
  await system.remove(message!);
});

test('rule 11: no key waits for another, and each failed one is reported with its own messages', async () => {
  const clients = watchedClients(system.config, {
    before: (request) => {
      if (puts(request, 'transient/b', 'transient/d')) throw throttled();
    },
  });
  const cache = await system.another({ clients });
  const messages = await messagesOf('a', 'b', 'c', 'd', 'e');
  const { failed } = await cache.flushMessages(messages);
  expect(failed.toSorted()).toEqual([messages[1]!.messageId, messages[3]!.messageId].toSorted());
  for (const id of ['a', 'c', 'e']) {
    expect(await system.stored(`transient/${id}`)).toMatchObject({ id });
    expect(await system.isDirty(`transient/${id}`)).toBe(false);
  }
  for (const id of ['b', 'd']) expect(await system.stored(`transient/${id}`)).toBeUndefined();
  expect(waits(clients).map(({ handle }) => handle)).toEqual([messages[1]!.receiptHandle, messages[3]!.receiptHandle]);
});

test('rule 11: the back-off doubles with every receive, from 1 s to 5 min, with jitter over its upper half', async () => {
  let random = 0;
  const clients = watchedClients(system.config, {
    before: (request) => {
      if (puts(request, 'transient/slow')) throw throttled();
    },
  });
  const cache = await system.another({ clients, random: () => random });
  const [message] = await messagesOf('slow');
  const waitAt = async (receive: number): Promise<number> => {
    await cache.flushMessages([receivedAgain(message!, receive)]);
    return waits(clients).at(-1)!.seconds;
  };
  const longest = [];
  const shortest = [];
  for (const receive of [1, 2, 3, 4, 9, 10, 29, 1000]) {
    random = 1;
    longest.push(await waitAt(receive));
    random = 0;
    shortest.push(await waitAt(receive));
  }
  expect(longest).toEqual([1, 2, 4, 8, 256, 300, 300, 300]);
  expect(shortest).toEqual([1, 1, 2, 4, 128, 150, 150, 150]);
});

test('rule 11: the back-off holds all messages of the group in the batch back, by their highest receive count', async () => {
  const clients = watchedClients(system.config, {
    before: (request) => {
      if (puts(request, 'transient/group')) throw throttled();
    },
  });
  const cache = await system.another({ clients, random: () => 1 });
  const [first] = await messagesOf('group');
  // The embedded queue hands out one message of a group at a time; AWS hands out several.
  const older = { ...receivedAgain(first!, 4), messageId: 'older', receiptHandle: 'older' };
  const { failed } = await cache.flushMessages([older, first!]);
  expect(failed.toSorted()).toEqual(['older', first!.messageId].toSorted());
  expect(waits(clients)).toEqual([
    { handle: 'older', seconds: 8 },
    { handle: first!.receiptHandle, seconds: 8 },
  ]);
  expect(clients.count('PutItem')).toBe(1);
});

test('rule 11: the wait is the visibility of the message itself: it comes again by itself', async () => {
  let away = true;
  const clients = watchedClients(system.config, {
    before: (request) => {
      if (away && puts(request, 'transient/again')) throw throttled();
    },
  });
  const cache = await system.another({ clients, random: () => 0 });
  await system.cache.collection('transient').put('again', { n: 1 });
  await system.deliver(cache);
  expect(clients.seen.filter((request) => puts(request, 'transient/again'))).toHaveLength(1);
  expect(await system.stored('transient/again')).toBeUndefined();
  away = false;
  // 1 s, where the queue's own visibility timeout is a minute.
  await until('the message came again', async () => {
    await system.deliver(cache);
    return (await system.stored('transient/again')) !== undefined;
  });
});
