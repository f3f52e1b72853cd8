/** What the flush function and the dead-letter office are given by whoever may send messages: no content fails another item. */
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as answers from '../../functions/api/answers.ts';
import { createFlushHandler, type FlushHandler } from '../../functions/flush/handler.ts';
import type { QueueMessage } from '../../lib/flush/flush-messages.ts';
import { toSqsEvent } from '../../local/sqs-event.ts';
import { itemValue, json, text } from '../arbitraries.ts';
import { context, silent } from '../functions/call-api.ts';
import { patient } from '../support/patient.ts';
import { type System, startSystem } from '../support/system.ts';
import { LONG_MS, runs } from './runs.ts';
import { jsonText, name } from './texts.ts';

let system: System;
let flush: FlushHandler;
let run = 0;
beforeAll(async () => {
  const settings = { shards: 2, collections: { audited: { audited: true }, listable: { listable: true } } };
  system = await startSystem({ settings: { ...patient, ...settings } });
  flush = createFlushHandler(system.cache, { logger: silent });
});
afterAll(() => system.stop());

const version = fc.oneof(
  fc.constantFrom(1, 0, -1, 1.5, 2 ** 53, Number.MAX_SAFE_INTEGER, 1e300, 1_700_000_000_000_000),
  fc.maxSafeInteger(),
  fc.constant('1'),
  fc.constant(null),
);
const key = fc.tuple(fc.constantFrom('plain/', 'audited/', 'listable/', ''), name).map((parts) => parts.join(''));
const change = fc.record(
  {
    version,
    op: fc.constantFrom('put', 'patch', 'delete', 'drop'),
    set: json,
    removed: json,
    names: json,
    caller: text,
    actor: text,
  },
  { requiredKeys: ['version', 'op'] },
);
const signal = fc
  .record(
    {
      key,
      version,
      value: fc.oneof(itemValue, json),
      deleted: fc.constantFrom(true, false),
      actor: text,
      comment: text,
      created: version,
      changes: fc.array(change, { maxLength: 3 }),
    },
    { requiredKeys: ['key', 'version'] },
  )
  .map((body) => JSON.stringify(body));

/** Texts of messages: like signals, with a piece replaced, and anything else. */
const body: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: signal },
  {
    weight: 3,
    arbitrary: fc.tuple(signal, fc.nat(), jsonText).map(([whole, at, piece]) => {
      const places = [...whole.matchAll(/(?<=[:[,])(?:"(?:[^"\\]|\\.)*"|[\w.+-]+)/g)];
      const { index, 0: old } = places[at % places.length]!;
      return whole.slice(0, index) + piece + whole.slice(index + old.length);
    }),
  },
  jsonText,
  text,
  fc.nat({ max: 200_000 }).map((length) => 'x'.repeat(length)),
);

/** A message as Lambda hands it over: whatever it says, it never passed our own sending. */
function messageOf(text: string, index: number, receives: number) {
  const MessageId = `${run}-${index}`;
  return { MessageId, ReceiptHandle: MessageId, Body: text, Attributes: { ApproximateReceiveCount: String(receives) } };
}

test(
  'no message fails its batch, or another message of it; and what is none becomes a dead letter',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(body, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 40 }),
        async (bodies, receives) => {
          run += 1;
          await system.redis.flushall();
          const beside = { key: `beside/${run}`, value: { run } };
          await system.cache.execute({ op: 'put', ...beside });
          const real = (await system.receive()).find((message) => JSON.parse(message.body).key === beside.key)!;
          const forged = bodies.map((each, index) => messageOf(each, index, receives));
          const event = toSqsEvent([...forged, real.raw], 'arn:aws:sqs:us-east-1:000000000000:queue');
          const { batchItemFailures } = await flush(event, context() as Context);
          await system.remove(real);
          expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).not.toContain(real.messageId);
          expect(await system.stored(beside.key)).toMatchObject(beside.value);
          // And writes go on: nothing that was said about versions has spread.
          const next = await system.cache.execute({ op: 'put', key: beside.key, value: { next: run } });
          expect(Math.abs(next.version - Date.now() * 1000)).toBeLessThan(600_000_000);
          for (const message of await system.receive()) {
            expect(await system.cache.flushMessages([message])).toEqual({ failed: [] });
            await system.remove(message);
          }
          expect(await system.stored(beside.key)).toMatchObject({ next: run, _v: next.version });
          for (const letter of await system.receive('dead')) await system.remove(letter, 'dead');
        },
      ),
      runs(12),
    );
  },
  LONG_MS,
);

/** What SQS takes: it refuses empty texts and some characters. */
const acceptable = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that SQS refuses
  text !== '' && text.isWellFormed() && !/[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/.test(text);
const letter = fc.record({
  text: body.filter(acceptable),
  attributes: fc.dictionary(
    fc.constantFrom('reason', 'receiveCount', 'failedAt', 'key', 'other'),
    text.filter(acceptable),
    {
      maxKeys: 4,
      noNullPrototype: true,
    },
  ),
});

test(
  'whatever lies in the dead-letter queue can be listed, shown, redriven and discarded',
  async () => {
    const { deadLetters } = system.cache;
    await fc.assert(
      fc.asyncProperty(fc.array(letter, { minLength: 1, maxLength: 5 }), async (letters) => {
        run += 1;
        await system.sqs.send(
          new SendMessageBatchCommand({
            QueueUrl: system.config.endpoints.deadLetterQueueUrl,
            Entries: letters.map(({ text, attributes }, index) => ({
              Id: String(index),
              MessageBody: text,
              MessageGroupId: `${run}-${index}`,
              MessageDeduplicationId: `${run}-${index}`,
              MessageAttributes: Object.fromEntries(
                Object.entries(attributes).map(([label, StringValue]) => [label, { DataType: 'String', StringValue }]),
              ),
            })),
          }),
        );
        const page = await deadLetters.list();
        answers.deadLetterPage.parse(page);
        expect(page.deadLetters).toHaveLength(letters.length);
        for (const { id } of page.deadLetters) {
          const shown = await deadLetters.show(id);
          answers.deadLetterDetail.parse(shown);
          expect(shown).toMatchObject({ id });
        }
        const { done, failed } = await deadLetters.redrive({ all: true });
        expect(done + failed.length).toBe(letters.length);
        for (const message of await system.receive()) {
          await system.cache.flushMessages([message]);
          await system.remove(message as QueueMessage);
        }
        const rest = await deadLetters.discard({ all: true }, { actor: 'fuzz', comment: 'between runs' });
        expect(rest.failed).toEqual([]);
        expect((await deadLetters.list()).deadLetters).toEqual([]);
      }),
      runs(5),
    );
  },
  LONG_MS,
);
