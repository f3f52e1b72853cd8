/** What the functions do with a Valkey that somebody else writes to: the item that is damaged fails, and no other. */
import type { Context } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { problem } from '../../functions/api/answers.ts';
import { createFlushHandler, type FlushHandler } from '../../functions/flush/handler.ts';
import { Keys } from '../../lib/cache/keys.ts';
import { toSqsEvent } from '../../local/sqs-event.ts';
import { text } from '../arbitraries.ts';
import { apiClient, context, silent } from '../functions/call-api.ts';
import { INTERNALS } from '../security/functions.ts';
import { patient } from '../support/patient.ts';
import { type System, startSystem } from '../support/system.ts';
import { LONG_MS, runs } from './runs.ts';
import { jsonText } from './texts.ts';

const SHARDS = 2;
let system: System;
let keys: Keys;
let flush: FlushHandler;
let call: ReturnType<typeof apiClient>;
let run = 0;
beforeAll(async () => {
  const collections = { audited: { audited: true }, listable: { listable: true } };
  system = await startSystem({ settings: { ...patient, shards: SHARDS, leaseSeconds: 1, collections } });
  keys = new Keys(SHARDS);
  flush = createFlushHandler(system.cache, { logger: silent });
  call = apiClient(system.cache);
});
afterAll(() => system.stop());

const number = fc.constantFrom(
  '',
  '0',
  '-1',
  '1',
  '1.5',
  'NaN',
  'nil',
  '0x10',
  '1e400',
  '9007199254740993',
  '1795284000000000',
  'x',
);
const fields = fc.dictionary(
  fc.oneof(
    fc.constantFrom(
      'version',
      'persisted',
      'signalled',
      'since',
      'deleted',
      'parked',
      'bytes',
      'attributes',
      'created',
      'actor',
    ),
    fc.constantFrom('clock', 'since', 'hits', 'writes:queue', 'minute', 'storedThisMinute', 'failed', 'itemsStored'),
    fc.constantFrom('fingerprint', '.a', '.', '..', '.\0'),
    text.map((name) => `.${name}`),
  ),
  fc.oneof(
    number,
    text,
    jsonText.map((json) => `5 ${json}`),
  ),
  { minKeys: 1, maxKeys: 8, noNullPrototype: true },
);
const strings = fc.array(fc.oneof(number, text, fc.constantFrom('6 0', '5 1795284000000000 99', '1 1 1')), {
  minLength: 1,
  maxLength: 9,
});
/** What somebody may put at a key. */
const content = fc.oneof(
  { weight: 4, arbitrary: fields.map((hash) => ({ hash })) },
  { weight: 2, arbitrary: strings.map((list) => ({ list })) },
  fc.tuple(text, fc.constantFrom(-1, 0, 1e300, Number.MAX_SAFE_INTEGER)).map((member) => ({ zset: member })),
  text.map((string) => ({ string })),
);
type Content = { hash?: Record<string, string>; list?: string[]; zset?: [string, number]; string?: string };

async function poison(key: string, { hash, list, zset, string }: Content, instead: boolean): Promise<void> {
  // What is of another kind takes the place of what is there.
  if (instead || !hash || (await system.redis.type(key)) !== 'hash') await system.redis.del(key);
  if (hash) await system.redis.hset(key, hash);
  else if (list) await system.redis.rpush(key, ...list);
  else if (zset) await system.redis.zadd(key, zset[1], zset[0]);
  else await system.redis.set(key, string!);
}

const collection = fc.constantFrom('plain', 'audited', 'listable');
const shardOf = (key: string) => keys.of(key).shard.shard;

/** A key like others whose shard is, or is not, that of another. */
function neighbour(of: string, sameShard: boolean): string {
  for (let n = 0; ; n += 1) {
    const key = `beside/${run}-${n}`;
    if ((shardOf(key) === shardOf(of)) === sameShard) return key;
  }
}

/** That everything that is asked about the damaged item gets an answer of the contract. */
async function expectAnswers(key: string): Promise<void> {
  const path = `/items/${key}`;
  const requests = [
    ['GET', path],
    ['GET', `${path}/consistency`],
    ['GET', `${path}/history`],
    ['PATCH', path, { body: { add: { a: 1 } } }],
    ['PATCH', path, { body: { set: { b: 1 }, remove: ['a'] }, headers: { 'Write-Durability': 'database' } }],
    ['GET', `/items/${key.slice(0, key.indexOf('/'))}`],
    ['PUT', path, { body: { value: { a: 1 } }, headers: { 'If-Match': '*', 'Idempotency-Key': 'k' } }],
    ['GET', '/stats'],
    ['GET', '/health'],
    ['POST', '/flush', { body: { limit: 20 } }],
    ['DELETE', path],
  ] as const;
  for (const [method, at, request] of requests) {
    const { status, json } = await call(method, at, request);
    if (status >= 400) expect(problem.parse(json).status).toBe(status);
    expect(JSON.stringify(json), `${method} ${at}`).not.toMatch(INTERNALS);
    // Ours is the fault: never the caller's, who has sent nothing wrong. What is there is no number, or not there any more.
    if (method === 'GET' && !/history|items\/(plain|audited)$/.test(at)) expect([200, 404, 500]).toContain(status);
  }
}

/** That a batch in which the damaged item is named brings its neighbour into the table. */
async function expectNeighbourFlushed(damaged: string, beside: string, damage: () => Promise<void>): Promise<void> {
  for (const key of [damaged, beside]) await system.cache.execute({ op: 'put', key, value: { run } });
  const messages = await system.receive();
  await damage();
  const event = toSqsEvent(
    messages.map(({ raw }) => raw),
    'arn:aws:sqs:us-east-1:000000000000:queue',
  );
  const { batchItemFailures } = await flush(event, context() as Context);
  const failed = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  expect(failed).not.toContain(messages.find(({ body }) => JSON.parse(body).key === beside)!.messageId);
  expect(await system.stored(beside)).toMatchObject({ run });
  for (const message of messages) await system.remove(message);
}

async function clean(): Promise<void> {
  await system.redis.flushall();
  for (const message of await system.receive()) await system.remove(message);
  for (const letter of await system.receive('dead')) await system.remove(letter, 'dead');
}

test(
  'a damaged item fails alone, with answers of the contract',
  async () => {
    const kind = fc.constantFrom('entry', 'log', 'lease');
    await fc.assert(
      fc.asyncProperty(collection, kind, content, fc.boolean(), async (name, at, what, instead) => {
        run += 1;
        await clean();
        const key = `${name}/damaged-${run}`;
        const damage = () => poison(keys.of(key)[at], what, instead);
        await expectNeighbourFlushed(key, neighbour(key, true), damage);
        await damage();
        await expectAnswers(key);
        const other = neighbour(key, true);
        await system.cache.execute({ op: 'put', key: other, value: { n: 2 }, durability: 'database' });
        expect(await system.stored(other)).toMatchObject({ n: 2 });
      }),
      runs(8),
    );
  },
  LONG_MS,
);

test(
  'a damaged shard fails alone, with answers of the contract',
  async () => {
    const kind = fc.constantFrom('dirty', 'parked', 'shard', 'failures');
    await fc.assert(
      fc.asyncProperty(collection, kind, content, fc.boolean(), async (name, at, what, instead) => {
        run += 1;
        await clean();
        const key = `${name}/damaged-${run}`;
        const damage = () => poison(keys.of(key).shard[at], what, instead);
        await expectNeighbourFlushed(key, neighbour(key, false), damage);
        await damage();
        await expectAnswers(key);
        const other = neighbour(key, false);
        await system.cache.execute({ op: 'put', key: other, value: { n: 2 }, durability: 'database' });
        expect(await system.stored(other)).toMatchObject({ n: 2 });
      }),
      runs(8),
    );
  },
  LONG_MS,
);
