/** No line that the functions log, and no trace, holds a value, whoever says it: traffic with marked values, through success, refusal and failure. */
import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import type { TestRequest } from '../functions/call-api.ts';
import { fieldsOf } from '../observability/page.ts';
import { patient } from '../support/patient.ts';
import { puts } from '../support/refusals.ts';
import { type System, startSystem } from '../support/system.ts';
import { connectFunctions, type FunctionsOptions, INTERNALS } from './functions.ts';

/** Stands in everything that may not be logged. */
const MARK = 'm4rk3d';
const AUDITED = 'audited';
const LISTABLE = 'listable';

let system: System;
beforeAll(async () => {
  const settings = { ...patient, collections: { [AUDITED]: { audited: true }, [LISTABLE]: { listable: true } } };
  system = await startSystem({
    settings: { ...settings, refusedRetrySeconds: [], sweepAfterSeconds: 0, leaseSeconds: 1 },
  });
});
afterAll(() => system.stop());

let logged: string[];
let answered: string[];
let traced: (readonly string[])[];
beforeEach(() => {
  logged = [];
  traced = [];
  answered = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => logged.push(String(chunk)) > 0);
});
afterEach(() => vi.restoreAllMocks());

/** The functions, whose callers sign with marked credentials. */
async function functions(options: FunctionsOptions = {}) {
  const connected = await connectFunctions(system, options);
  traced.push(connected.traces);
  return {
    ...connected,
    async send(method: string, path: string, request: TestRequest = {}) {
      const headers = { Authorization: `AWS4-HMAC-SHA256 ${MARK}`, 'X-Api-Key': MARK, ...request.headers };
      const answer = await connected.send(method, path, { ...request, headers });
      answered.push(answer.text);
      return answer;
    },
  };
}

/**
 * That something was logged and traced, and none of it holds the mark; as text, so whatever field it would hide in. And that
 * every field is one that docs/observability.md names.
 */
function expectNoMark(...events: readonly string[]): void {
  for (const event of events) expect(logged.join('')).toContain(`"event":"${event}"`);
  const traces = traced.flat();
  const marked = (text: string) => text.includes(MARK) || text.includes(Buffer.from(MARK).toString('base64'));
  expect([...logged, ...traces].filter(marked)).toEqual([]);
  for (const line of logged) {
    const { event, ...fields } = JSON.parse(line);
    expect(
      Object.keys(fields).filter((name) => !fieldsOf.get(event)?.has(name)),
      event,
    ).toEqual([]);
  }
}

const value = { [`${MARK}-name`]: `${MARK}-value`, nested: { list: [MARK] } };
const author = { actor: MARK, comment: `${MARK} because` };
const idempotent = (n: number) => ({ 'Idempotency-Key': `${MARK}-${n}` });

async function sendAll(messages: readonly string[]): Promise<void> {
  for (const MessageBody of messages) {
    await system.sqs.send(
      new SendMessageCommand({
        QueueUrl: system.config.endpoints.queueUrl,
        MessageBody,
        MessageGroupId: crypto.randomUUID(),
        MessageDeduplicationId: crypto.randomUUID(),
      }),
    );
  }
}

test('what succeeds logs no value, author, idempotency key or authorization', async () => {
  const { send, flush, sweep } = await functions();
  for (const [n, collection] of ['plain', AUDITED, LISTABLE].entries()) {
    for (const level of ['cache', 'queue', 'database']) {
      const headers = { 'Write-Durability': level, ...idempotent(n) };
      const path = `/items/${collection}/${level}`;
      expect((await send('PUT', path, { headers, body: { value, ...author } })).status).toBeLessThan(300);
      await send('PATCH', path, { body: { set: value, ...author } });
      await send('GET', path);
      await send('GET', `${path}/consistency`);
      await send('GET', `${path}/history`);
      await send('DELETE', path);
    }
    await send('POST', `/items/${collection}`, { body: { value, ...author }, headers: idempotent(9) });
    await send('GET', `/items/${collection}`);
  }
  const operations = [
    { op: 'put', key: 'plain/batch', value, ...author, idempotencyKey: MARK },
    { op: 'get', key: 'plain/batch' },
  ];
  await send('POST', '/batch', { body: { operations } });
  await flush(await system.receive());
  await sweep();
  for (const path of ['/stats', '/health', '/openapi.json']) await send('GET', path);
  await send('POST', '/flush');
  expectNoMark('request', 'parameters', 'flush', 'sweep', 'aws-call');
  for (const step of ['request', 'write', 'signal', 'flush', 'store']) {
    expect(traced.flat().join('')).toContain(`"step":"${step}"`);
  }
});

test('what is refused logs nothing of the request, and answers nothing of it but the name at fault', async () => {
  const { send } = await functions();
  const path = '/items/plain/refused';
  await send('PUT', path, { body: { value: { n: MARK }, ...author }, headers: idempotent(1) });
  answered = [];
  const statuses: number[] = [];
  const refused = async (method: string, at: string, request: TestRequest) => {
    statuses.push((await send(method, at, request)).status);
  };
  await refused('PUT', path, { body: { value: { other: MARK } }, headers: idempotent(1) });
  await refused('PUT', path, { body: `{"value":{"a":"${MARK}` });
  await refused('PUT', path, { body: `${MARK}` });
  await refused('PUT', path, { body: { value: MARK } });
  await refused('PUT', path, { body: { value: { pk: MARK } } });
  await refused('PUT', path, { body: { value: { n: `${MARK}\ud800` } } });
  await refused('PUT', path, { body: { value: { n: MARK.repeat(100_000) } } });
  await refused('PUT', path, { body: { value: {}, actor: `${MARK}\n` } });
  await refused('PUT', path, { body: { value: {}, comment: MARK.repeat(1000) } });
  await refused('PUT', path, { body: { value: {} }, headers: { 'Write-Durability': MARK } });
  await refused('PUT', path, { body: { value: {} }, headers: { 'If-Match': `"${MARK}"` } });
  await refused('PUT', path, { body: { value: {} }, headers: { 'Idempotency-Key': MARK.repeat(100) } });
  await refused('PUT', path, { body: { value: {} }, headers: { 'Content-Type': MARK } });
  await refused('PATCH', path, { body: { add: { n: 1 } } });
  await refused('PATCH', path, { body: { add: { n: MARK } } });
  await refused('PATCH', path, { body: { max: { n: [MARK] } } });
  await refused('DELETE', path, { body: MARK });
  await refused('GET', '/items/plain', { query: { limit: MARK, cursor: MARK } });
  await refused('GET', '/dead-letters', { query: { cursor: MARK } });
  await refused('POST', '/dead-letters/redrive', { body: { ids: [{ id: MARK }] } });
  expect(statuses.filter((status) => status < 400 || status > 499)).toEqual([]);
  expectNoMark('request');
  expect(answered.filter((answer) => answer.includes(MARK))).toEqual([]);
});

test('what DynamoDB refuses, quoting it, is logged without it; so is the dead letter that is given up', async () => {
  const { send, flush, sweep } = await functions({
    before: (request) => {
      if (!puts(request, 'plain/quoted', 'plain/through')) return;
      throw new DynamoDBServiceException({
        name: 'ValidationException',
        $fault: 'client',
        message: `One or more parameter values are not valid: ${MARK}`,
        $metadata: {},
      });
    },
  });
  await send('PUT', '/items/plain/quoted', { body: { value, ...author } });
  await send('PUT', '/items/plain/through', {
    body: { value, ...author },
    headers: { 'Write-Durability': 'database' },
  });
  const messages = await system.receive();
  await flush(messages);
  for (const message of messages) await system.remove(message);
  await sweep();
  answered = [];
  await send('POST', '/flush');
  await send('GET', '/stats');
  expect(answered.filter((answer) => answer.includes(MARK))).toEqual([]);
  const { deadLetters } = JSON.parse((await send('GET', '/dead-letters')).text);
  expect(deadLetters.map(({ key }: { key: string }) => key)).toContain('plain/quoted');
  for (const { id } of deadLetters) await send('GET', `/dead-letters/${id}`);
  await send('POST', '/dead-letters/redrive', { body: { all: true } });
  await flush(await system.receive());
  await send('POST', '/dead-letters/discard', { body: { all: true, actor: 'operator', comment: 'not needed' } });
  expectNoMark('item-not-flushed', 'item-parked', 'dead-letter-discarded', 'not-available');
});

test('messages that are no signals are logged without their text', async () => {
  const { flush } = await functions();
  const now = Date.now() * 1000;
  await sendAll([
    MARK,
    `{"key":"plain/a","version":${now},"value":{"a":"${MARK}`,
    `{"key":"plain/a","version":"${MARK}"}`,
    `{"key":"plain/a","version":1,"${MARK}":1}`,
    `{"key":"plain/a","version":1,"value":{"${MARK}":1e300}}`,
    `{"key":"plain/a","version":1,"value":{"_v":"${MARK}"}}`,
    `{"key":"plain/a","version":1,"value":{},"actor":{"${MARK}":1}}`,
    `{"key":"plain/a","version":1,"value":{},"changes":[{"version":1,"op":"${MARK}"}]}`,
    `{"key":"plain/b","version":${Number.MAX_SAFE_INTEGER},"value":{"a":"${MARK}"}}`,
  ]);
  const messages = await system.receive();
  expect(messages.length).toBeGreaterThanOrEqual(9);
  expect(await flush(messages)).toEqual({ batchItemFailures: [] });
  for (const message of messages) await system.remove(message);
  expectNoMark('unreadable-message');
});

test('while Valkey, SQS or DynamoDB fails, neither logs nor answers say anything of what was sent', async () => {
  const quoting = () => {
    throw Object.assign(new Error('no route to 10.1.2.3 for host.internal'), {
      name: 'TimeoutError',
      input: MARK,
      args: [MARK],
    });
  };
  const setups = [
    await functions({ endpoints: { valkeyUrl: 'redis://127.0.0.1:1' }, settings: { valkeyTimeoutMs: 50 } }),
    await functions({ before: ({ command }) => command.startsWith('SendMessage') && quoting() }),
    await functions({ before: ({ command }) => /Item|Query|Statement/.test(command) && quoting() }),
    await functions({ before: quoting }),
  ];
  for (const { send, flush } of setups) {
    for (const level of ['cache', 'queue', 'database']) {
      const headers = { 'Write-Durability': level };
      await send('PUT', `/items/${AUDITED}/failing`, { headers, body: { value, ...author } });
      await send('PATCH', `/items/plain/failing-${level}`, { headers, body: { set: value, ...author } });
      await send('PUT', '/items/plain/failing', { headers: { ...headers, 'If-Match': '"1"' }, body: { value } });
    }
    for (const path of ['/items/plain/none', '/items/listable', '/stats', '/health', '/dead-letters']) {
      await send('GET', path);
    }
    await send('POST', '/flush');
    await flush(await system.receive());
  }
  expectNoMark('item-not-flushed', 'not-available');
  const failures = answered.filter((answer) => JSON.parse(answer).status >= 500);
  expect(failures.length).toBeGreaterThan(0);
  expect(failures.filter((answer) => answer.includes(MARK) || INTERNALS.test(answer))).toEqual([]);
});

test('what is wrong in Valkey is logged without what Valkey was sent', async () => {
  const { send, flush } = await functions();
  const keys = new Keys(system.config.shards);
  await send('PUT', '/items/plain/poisoned', { body: { value, ...author } });
  const { entry, shard } = keys.of('plain/poisoned');
  await system.redis.hset(entry, '.a', `3 {${MARK}`);
  answered = [];
  expect((await send('GET', '/items/plain/poisoned')).status).toBe(500);
  await flush(await system.receive());
  await system.redis.del(entry, shard.shard);
  await system.redis.set(entry, 'a string');
  await system.redis.set(shard.shard, 'a string');
  for (const level of ['cache', 'queue', 'database']) {
    const headers = { 'Write-Durability': level };
    expect((await send('PUT', '/items/plain/poisoned', { headers, body: { value, ...author } })).status).toBe(500);
  }
  expectNoMark('unexpected-error');
  expect(answered.filter((answer) => answer.includes(MARK) || INTERNALS.test(answer))).toEqual([]);
  await system.redis.flushall();
});
