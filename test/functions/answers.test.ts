import { beforeEach, describe, expect, test } from 'vitest';
import { createApiHandler } from '../../functions/api/handler.ts';
import {
  BoundError,
  CacheOutcomeUnknownError,
  HotKeyError,
  IdempotencyConflictError,
  ItemTooLargeError,
  LevelNotMetError,
  NoRoomError,
  PreconditionFailedError,
  UnknownCollectionError,
} from '../../lib/errors.ts';
import { apiClient, apiEvent, context, silent } from './call-api.ts';
import { FakeCache } from './fake-cache.ts';

let cache: FakeCache;
let call: ReturnType<typeof apiClient>;

beforeEach(() => {
  cache = new FakeCache();
  call = apiClient(cache);
});

describe('answers', () => {
  test('a write is 202 with version and ETag, 200 at database level', async () => {
    const put = await call('PUT', '/items/c/x', { body: { value: { a: 1 } } });
    expect(put.status).toBe(202);
    expect(Object.keys(put.json)).toEqual(['key', 'version', 'durability']);
    expect(put.headers.ETag).toBe(`"${put.json.version}"`);
    const headers = { 'Write-Durability': 'database' };
    const patch = await call('PATCH', '/items/c/x', { body: { set: { b: 2 } }, headers });
    expect(patch).toMatchObject({ status: 200, json: { durability: 'database', value: { b: 2 } } });
  });

  test('an append has a Location that leads to it', async () => {
    const answer = await call('POST', '/items/a%20b', { body: { value: { a: 1 } } });
    expect(answer.status).toBe(202);
    expect(answer.headers.Location).toBe('/items/a%20b/01ARZ3NDEKTSV4RRFFQ69G5FAV');
    expect((await call('GET', String(answer.headers.Location))).json.value).toEqual({ a: 1 });
  });

  test('health is 503 only when down', async () => {
    for (const [status, code] of [
      ['ok', 200],
      ['degraded', 200],
      ['down', 503],
    ] as const) {
      cache.healthStatus = status;
      expect(await call('GET', '/health')).toMatchObject({ status: code, json: { status } });
    }
  });

  test('flush takes no body or a limit, and leaves time to answer', async () => {
    expect((await call('POST', '/flush')).status).toBe(200);
    expect((await call('POST', '/flush', { body: { limit: 5 } })).status).toBe(200);
    expect((await call('POST', '/flush', { body: { limit: 0 } })).status).toBe(422);
    await createApiHandler(cache, { logger: silent })(apiEvent('POST', '/flush'), context(10_000));
    expect(cache.flushes).toEqual([{ deadlineMs: 20_000 }, { limit: 5, deadlineMs: 20_000 }, { deadlineMs: 8_000 }]);
  });

  test('every answer has Server-Timing, security headers and is not stored', async () => {
    for (const path of ['/stats', '/nothing', '/items/c/none', '/items/c/%']) {
      expect((await call('GET', path)).headers).toMatchObject({
        'Server-Timing': expect.stringMatching(/^total;dur=\d+\.\d$/),
        'X-Content-Type-Options': 'nosniff',
        'Strict-Transport-Security': expect.any(String),
        'Cache-Control': 'no-store',
      });
    }
  });
});

describe('problems', () => {
  test.each([
    [new BoundError('n', 3), 409, 'bound', { attribute: 'n', current: 3 }],
    [new PreconditionFailedError(5), 412, 'precondition-failed', { currentVersion: 5 }],
    [new ItemTooLargeError(9, 8), 413, 'item-too-large', { bytes: 9, maxBytes: 8 }],
    [new UnknownCollectionError('c'), 404, 'unknown-collection', { collection: 'c' }],
    [new IdempotencyConflictError(), 422, 'idempotency-conflict', {}],
    [new NoRoomError('Full.', 2.2), 429, 'no-room', { retryAfter: '3' }],
    [new HotKeyError(1), 429, 'hot-key', { inCache: true, retryAfter: '1' }],
    [new LevelNotMetError('No.', 'unknown'), 503, 'level-not-met', { inCache: 'unknown', retryAfter: '1' }],
    [new CacheOutcomeUnknownError('Cut.'), 503, 'cache-outcome-unknown', { retryAfter: '1' }],
  ])('%o is %i', async (error, status, code, { retryAfter, ...facts }: Record<string, unknown>) => {
    cache.nextError = error;
    const answer = await call('PUT', '/items/c/x', { body: { value: {} } });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({
      type: `urn:write-behind:problem:${code}`,
      status,
      detail: error.message,
      ...facts,
    });
    expect(answer.headers['Retry-After']).toBe(retryAfter);
  });

  test('an unknown error is 500 and says nothing of itself', async () => {
    cache.nextError = new TypeError('secret at 10.0.0.1');
    const answer = await call('GET', '/items/c/x');
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer)).not.toMatch(/secret|TypeError|\.ts/);
  });

  test('running out of time is 503 with an unknown outcome', async () => {
    cache.get = () => new Promise(() => undefined);
    const handler = createApiHandler(cache, { logger: silent });
    const answer = await handler(apiEvent('GET', '/items/c/x'), context(520));
    expect(answer.statusCode).toBe(503);
    expect(JSON.parse(answer.body)).toMatchObject({ type: 'urn:write-behind:problem:out-of-time', inCache: 'unknown' });
  });
});

describe('logs', () => {
  test('name route and status, and neither keys nor payloads above debug level', async () => {
    const lines: unknown[] = [];
    const take = (...line: unknown[]) => void lines.push(line);
    const logger = { ...silent, info: take, warn: take, error: take };
    const logged = apiClient(cache, { logger });
    await logged('PUT', '/items/c/some-id', { body: { value: { a: 'payload' } } });
    cache.nextError = Object.assign(new Error('broken', { cause: new Error('deeper') }), { Item: 'payload' });
    await logged('GET', '/items/c/some-id');
    const text = JSON.stringify(lines);
    expect(text).toContain('"route":"/items/{collection}/{id}","status":202');
    expect(text).toContain('request-1');
    expect(text).toContain('deeper');
    expect(text).not.toMatch(/some-id|payload/);
  });
});

describe('CORS', () => {
  test('is off without origins', async () => {
    const answer = await call('GET', '/stats', { headers: { Origin: 'https://a.example' } });
    expect(answer.headers).not.toHaveProperty('Access-Control-Allow-Origin');
  });

  test('answers configured origins, preflight and problems included', async () => {
    const cors = apiClient(new FakeCache({ corsOrigins: ['https://a.example', 'https://b.example'] }));
    const headers = { Origin: 'https://b.example' };
    for (const [method, path] of [
      ['GET', '/stats'],
      ['OPTIONS', '/items/c/x'],
      ['GET', '/items/c/none'],
    ] as const) {
      const answer = await cors(method, path, { headers });
      expect(answer.headers).toMatchObject({
        'Access-Control-Allow-Origin': 'https://b.example',
        'Access-Control-Allow-Methods': expect.stringContaining('PATCH'),
        'Access-Control-Allow-Headers': expect.stringContaining('Idempotency-Key'),
        'Access-Control-Expose-Headers': expect.stringContaining('ETag'),
        Vary: 'Origin',
      });
    }
    const other = await cors('GET', '/stats', { headers: { Origin: 'https://c.example' } });
    expect(other.headers).not.toHaveProperty('Access-Control-Allow-Origin');
  });
});
