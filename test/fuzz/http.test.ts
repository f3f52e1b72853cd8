/** The whole HTTP surface under requests of every kind, on a stack in which nothing happens but what requests do. */
import { Agent, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { problem } from '../../functions/api/answers.ts';
import { openApi } from '../../functions/api/openapi.ts';
import type { Route } from '../../functions/api/route.ts';
import { createRouter, type Match } from '../../functions/api/router.ts';
import { routes } from '../../functions/api/routes.ts';
import { localEnvironment } from '../../lib/environment.ts';
import type { Json } from '../../lib/model/json.ts';
import { readJson } from '../../lib/model/json.ts';
import { type LocalStack, startStack } from '../../local/stack.ts';
import { canonical } from '../http/json-text.ts';
import { patient } from '../support/patient.ts';
import { type WatchedClients, watchedClients } from '../support/watched-clients.ts';
import { type FuzzRequest, request } from './requests.ts';
import { LONG_MS, runs } from './runs.ts';
import { ALIKE } from './texts.ts';

let stack: LocalStack;
let clients: WatchedClients;
let redis: Redis;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
beforeAll(async () => {
  stack = await startStack({
    port: 0,
    windowSeconds: 0,
    environment: localEnvironment(),
    settings: { ...patient, shards: 2, collections: { audited: { audited: true }, listable: { listable: true } } },
    // Only requests change anything.
    eventSource: false,
    sweep: false,
    logLevel: 'SILENT',
    cacheOptions: (config) => {
      clients = watchedClients(config);
      return { clients };
    },
  });
  redis = new Redis(stack.valkey.url);
});
afterAll(async () => {
  agent.destroy();
  redis?.disconnect();
  await stack?.stop();
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

function send({ method, path, headers, body }: FuzzRequest): Promise<Answer> {
  const { hostname, port } = new URL(stack.url);
  // Node's client gives no length by itself where a method usually has no body.
  const all = { ...headers, ...(body && { 'Content-Length': String(body.length) }) };
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ agent, hostname, port, method, path, headers: all }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const router = createRouter(routes);
const document = openApi(routes) as unknown as {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
};

/** The route that a request is for, where there is one. */
function routeOf({ method, path }: FuzzRequest): Route | undefined {
  try {
    const { route }: Match = router(method, path.split('?')[0]!);
    return routes.find((each) => each.path === route.path && each.method === method);
  } catch {
    return undefined;
  }
}

const ROOT = join(import.meta.dirname, '../..');
const INSIDE = [ROOT, 'node_modules', 'user_script', 'ReplyError', 'ZodError', 'SyntaxError', '\\n    at '];

/** That a request got one of the answers that the contract has for it. */
function checkAnswer(asked: FuzzRequest, { status, headers, text }: Answer): void {
  expect(status, text.slice(0, 500)).toBeLessThan(500);
  expect(headers['server-timing']).toMatch(/^total;dur=[\d.]+$/);
  const route = routeOf(asked);
  if (asked.method === 'HEAD' || status === 204) {
    expect(text).toBe('');
  } else if (status < 300) {
    expect(headers['content-type']).toBe('application/json');
    route!.answer.parse(readJson(text));
  } else {
    expect(headers['content-type']).toBe('application/problem+json');
    expect(problem.parse(JSON.parse(text)).status).toBe(status);
    expect(text.length).toBeLessThan(20_000);
  }
  const documented = route
    ? Object.keys(document.paths[route.path]![route.method.toLowerCase()]!.responses).map(Number)
    : [204, 400, 404, 405];
  expect(documented).toContain(status);
  for (const telling of INSIDE) expect(text).not.toContain(telling);
  for (const server of [stack.valkey.url, stack.sqs.url, stack.dynamodb.url]) expect(text).not.toContain(server);
}

/** What acknowledged writes have left; what reads leave beside it, such as clean entries and counters, is not looked at. */
async function acknowledgedState(): Promise<Record<string, unknown>> {
  const state: [string, unknown][] = [];
  for (const key of (await redis.keys('*')).toSorted()) {
    if (/^\{wb:\d+\}:(dirty|parked|recent:.*)$/s.test(key))
      state.push([key, await redis.zrange(key, '0', '-1', 'WITHSCORES')]);
    else if (/^\{wb:\d+\}:log:/s.test(key)) state.push([key, await redis.lrange(key, 0, -1)]);
    else if (/^\{wb:\d+\}:entry:/s.test(key) && (await redis.ttl(key)) === -1)
      state.push([key, await redis.hgetall(key)]);
    else if (/^\{wb:\d+\}:shard$/.test(key)) state.push([key, await redis.hmget(key, 'clock', 'signals')]);
  }
  return Object.fromEntries(state);
}

const CHANGING = ['PutItem', 'BatchExecuteStatement', 'SendMessage', 'SendMessageBatch', 'DeleteMessageBatch'];
const changes = () => CHANGING.reduce((sum, command) => sum + clients.count(command), 0);

type Model = Map<string, Json | undefined>;
// biome-ignore lint/suspicious/noExplicitAny: answers and bodies of every shape
type Any = any;

function applyWrite(model: Model, key: string, op: string, asked: Any, answered: Any): void {
  if (op === 'put') model.set(key, asked.value);
  else if (op === 'delete') model.set(key, undefined);
  else if (op === 'patch' && answered.value !== undefined) model.set(key, answered.value);
}

const OPERATIONS: Readonly<Record<string, string>> = {
  putItem: 'put',
  patchItem: 'patch',
  deleteItem: 'delete',
  appendItem: 'put',
};

/** What is expected to be read once the request was answered so. A replay under an idempotency key changes nothing more. */
function follow(model: Model, asked: FuzzRequest, answer: Answer): void {
  const { operationId } = routeOf(asked) ?? {};
  if (answer.status >= 300 || !operationId) return;
  const body: Any = asked.body?.length ? readJson(asked.body.toString()) : {};
  const answered: Any = readJson(answer.text);
  if (operationId === 'batch') {
    for (const [index, result] of answered.results.entries()) {
      if (result.status < 300) applyWrite(model, result.key, body.operations[index].op, body.operations[index], result);
    }
  } else if (OPERATIONS[operationId]) {
    applyWrite(model, answered.key, OPERATIONS[operationId], body, answered);
  }
}

/** The path of an item; a collection ends at the first slash. */
function itemPath(key: string): string {
  const slash = key.indexOf('/');
  return `/items/${encodeURIComponent(key.slice(0, slash))}/${encodeURIComponent(key.slice(slash + 1))}`;
}

async function expectRead(model: Model, source: 'cache' | 'database'): Promise<void> {
  const reads = [...model].map(async ([key, value]) => {
    const { status, text } = await send({ method: 'GET', path: itemPath(key), headers: {}, body: undefined });
    expect(status, key).toBe(value === undefined ? 404 : 200);
    if (value === undefined) return;
    const item = readJson(text) as { key: string; source: string; value: Json };
    expect({ key: item.key, source: item.source, value: canonical(item.value) }, key).toEqual({
      key,
      source,
      value: canonical(readJson(JSON.stringify(value))),
    });
  });
  await Promise.all(reads);
}

const NEIGHBOURS = ['plain/a', 'plain/{a}', 'plain/a*', 'audited/a', 'listable/a', 'listable/{wb:0}:dirty'];

test(
  'whatever is asked, the answer is in the contract; what is refused changes nothing, what is accepted is read back exactly',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 12 }), async (requests) => {
        await redis.flushall();
        const model: Model = new Map();
        // Keys that others resemble: what happens to them, happens by their own requests only.
        for (const [n, key] of NEIGHBOURS.entries()) {
          const asked = {
            method: 'PUT',
            path: itemPath(key),
            headers: { 'Content-Type': 'application/json' },
            body: Buffer.from(`{"value":{"n":${n}}}`),
          };
          follow(model, asked, await send(asked));
        }
        expect(model.size).toBe(NEIGHBOURS.length);
        for (const asked of requests) {
          const [before, changesBefore] = [await acknowledgedState(), changes()];
          const answer = await send(asked);
          checkAnswer(asked, answer);
          if (answer.status >= 400 || asked.method === 'GET') {
            expect({ state: await acknowledgedState(), changes: changes() }).toEqual({
              state: before,
              changes: changesBefore,
            });
          }
          follow(model, asked, answer);
        }
        await expectRead(model, 'cache');
        // They may have paused it, too, or slowed it down.
        await stack.cache.flushing.resume();
        const drained = await stack.cache.flush();
        expect(drained).toMatchObject({ failed: 0, remaining: 0 });
        await redis.flushall();
        await expectRead(model, 'database');
      }),
      runs(20),
    );
  },
  LONG_MS,
);

test(
  'ids that differ only in what is special to Valkey, SQS, DynamoDB or Unicode are different items',
  async () => {
    await redis.flushall();
    const model: Model = new Map();
    const put = async (key: string, n: number) => {
      const body = Buffer.from(`{"value":{"n":${n}}}`);
      const headers = { 'Content-Type': 'application/json' };
      const asked = { method: 'PUT', path: itemPath(key), headers, body };
      const answer = await send(asked);
      expect([202, 422], `${key} ${answer.text}`).toContain(answer.status);
      follow(model, asked, answer);
    };
    const keys = ['plain', 'listable'].flatMap((collection) => ALIKE.map((id) => `${collection}/${id}`));
    await Promise.all(keys.map(put));
    // All but those with a NUL, which is refused.
    expect(model.size).toBe(keys.filter((key) => !key.includes('\0')).length);
    await expectRead(model, 'cache');
    await stack.cache.flush();
    await redis.flushall();
    await expectRead(model, 'database');
    for (const key of [...model.keys()].filter((_, index) => index % 2)) {
      const asked = { method: 'DELETE', path: itemPath(key), headers: {}, body: undefined };
      follow(model, asked, await send(asked));
    }
    await stack.cache.flush();
    await redis.flushall();
    await expectRead(model, 'database');
  },
  LONG_MS,
);
