import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentReport } from '../../lib/flush/report.ts';
import { patient } from '../support/patient.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ settings: patient });
});
afterAll(() => system.stop());

const UNREADABLE: Record<string, string> = {
  'no JSON': 'not json',
  'JSON of another kind': '[{"key":"bad/a","version":1}]',
  null: 'null',
  'no key': '{"version":1,"value":{}}',
  'a key without a collection': '{"key":"bad","version":1,"value":{}}',
  'an empty id': '{"key":"bad/","version":1,"value":{}}',
  'no version': '{"key":"bad/a","value":{}}',
  'a version as text': '{"key":"bad/a","version":"1","value":{}}',
  'a version with a fraction': '{"key":"bad/a","version":1.5,"value":{}}',
  'a version that is not positive': '{"key":"bad/a","version":0,"value":{}}',
  'a version that no double carries': '{"key":"bad/a","version":9007199254740993,"value":{}}',
  'a field too many': '{"key":"bad/a","version":1,"value":{},"more":1}',
  'a value that is no object': '{"key":"bad/a","version":1,"value":[1]}',
  'a value with a reserved name': '{"key":"bad/a","version":1,"value":{"_v":1}}',
  'a number that DynamoDB does not take': '{"key":"bad/a","version":1,"value":{"n":1e300}}',
  'a value of a deleted item': '{"key":"bad/a","version":1,"value":{},"deleted":true}',
  'an actor that is no text': '{"key":"bad/a","version":1,"value":{},"actor":1}',
};

async function send(body: string): Promise<void> {
  await system.sqs.send(
    new SendMessageCommand({
      QueueUrl: system.config.endpoints.queueUrl,
      MessageBody: body,
      MessageGroupId: crypto.randomUUID(),
      MessageDeduplicationId: crypto.randomUUID(),
    }),
  );
}

test('rule 11: an unreadable message is a dead letter at once, as it is and with a reason; its neighbours are stored', async () => {
  const unreadable: string[] = [];
  const cache = await system.another({
    report: { ...silentReport, unreadable: ({ messageId }) => unreadable.push(messageId) },
  });
  const bodies = Object.values(UNREADABLE);
  for (const [index, body] of bodies.entries()) {
    await send(body);
    await cache.execute({ op: 'put', key: `good/${index}`, value: { index } });
  }
  const messages = await system.receive();
  expect(messages).toHaveLength(2 * bodies.length);
  for (let start = 0; start < messages.length; start += 10) {
    expect(await cache.flushMessages(messages.slice(start, start + 10))).toEqual({ failed: [] });
  }
  await Promise.all(messages.map((message) => system.remove(message)));

  const letters = await system.receive('dead');
  expect(letters.map(({ body }) => body).toSorted()).toEqual(bodies.toSorted());
  for (const { raw } of letters) {
    expect(raw.MessageAttributes?.reason?.StringValue).toMatch(/^The message is not a signal: ./);
    expect(raw.MessageAttributes?.receiveCount?.StringValue).toBe('1');
  }
  expect(unreadable).toHaveLength(bodies.length);
  for (const index of bodies.keys()) expect(await system.stored(`good/${index}`)).toMatchObject({ index });
  for (const letter of letters) await system.remove(letter, 'dead');
});

test('rule 11: an unreadable message that cannot become a dead letter comes again; its neighbours are stored', async () => {
  const failures: string[] = [];
  const { deadLetterQueueUrl } = system.config.endpoints;
  const cache = await system.another(
    { report: { ...silentReport, deadLetterFailed: ({ messageId }) => failures.push(messageId) } },
    {},
    { deadLetterQueueUrl: deadLetterQueueUrl.replace('dead', 'gone') },
  );
  await send('not json either');
  await cache.execute({ op: 'put', key: 'good/beside', value: { n: 1 } });
  const messages = await system.receive();
  const bad = messages.find(({ body }) => body === 'not json either')!;
  expect(await cache.flushMessages(messages)).toEqual({ failed: [bad.messageId] });
  expect(failures).toEqual([bad.messageId]);
  expect(await system.stored('good/beside')).toMatchObject({ n: 1 });

  expect(await system.cache.flushMessages([bad])).toEqual({ failed: [] });
  expect((await system.receive('dead')).map(({ body }) => body)).toEqual(['not json either']);
});

test('rule 11: what was acknowledged before an actor had to be one line is stored, not given up', async () => {
  const [actor, comment] = ['night\nshift\u202e', 'x'.repeat(2000)];
  await send(JSON.stringify({ key: 'good/earlier', version: 1_700_000_000_000_000, value: { n: 1 }, actor, comment }));
  const [message] = await system.receive();
  expect(await system.cache.flushMessages([message!])).toEqual({ failed: [] });
  await system.remove(message!);
  expect(await system.stored('good/earlier')).toMatchObject({ n: 1, _by: actor, _comment: comment });
  expect(await system.receive('dead')).toEqual([]);
});
