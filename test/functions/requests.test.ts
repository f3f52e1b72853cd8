import { beforeEach, describe, expect, test } from 'vitest';
import { apiClient } from './call-api.ts';
import { FakeCache } from './fake-cache.ts';

let cache: FakeCache;
let call: ReturnType<typeof apiClient>;

beforeEach(() => {
  cache = new FakeCache();
  call = apiClient(cache);
});

describe('routing', () => {
  test('splits the path before it decodes, and decodes once', async () => {
    await call('PUT', '/items/c/a%2Fb%252Fc%20%7Bd%7D', { body: { value: {} } });
    expect([...cache.items.keys()]).toEqual(['c/a/b%2Fc {d}']);
    expect((await call('GET', '/items/c/a%2Fb%252Fc%20%7Bd%7D')).status).toBe(200);
  });

  test.each([
    ['/items/c/%E0%A4%A', 400, 'bad-path'],
    ['/items/%/x', 400, 'bad-path'],
    ['/nothing', 404, 'no-such-route'],
    ['/', 404, 'no-such-route'],
    ['/stats/', 404, 'no-such-route'],
    ['/items/c/a/b', 404, 'no-such-route'],
    ['/items/c/none', 404, 'no-such-item'],
    ['/items/a%2Fb/c', 422, 'invalid-input'],
  ])('GET %s is %i', async (path, status, code) => {
    const answer = await call('GET', path);
    expect(answer.status).toBe(status);
    expect(answer.json.type).toBe(`urn:write-behind:problem:${code}`);
  });

  test('405 says what is allowed', async () => {
    const answer = await call('POST', '/items/c/x', { body: {} });
    expect(answer.status).toBe(405);
    expect(answer.headers.Allow).toBe('GET, PUT, PATCH, DELETE, OPTIONS');
  });

  test('OPTIONS answers 204 with Allow', async () => {
    const answer = await call('OPTIONS', '/batch');
    expect(answer).toMatchObject({ status: 204, json: undefined });
    expect(answer.headers.Allow).toBe('POST, OPTIONS');
  });

  test('an item may be called consistency', async () => {
    await call('PUT', '/items/c/consistency', { body: { value: { a: 1 } } });
    expect((await call('GET', '/items/c/consistency')).json.value).toEqual({ a: 1 });
    expect((await call('GET', '/items/c/consistency/consistency')).json.consistent).toBe(true);
  });
});

describe('bodies', () => {
  test.each([
    [undefined, 'application/json', 400, 'malformed-json'],
    ['{"value":', 'application/json', 400, 'malformed-json'],
    ['{"value":{}}', 'text/plain', 415, 'unsupported-media-type'],
    ['{"value":{}}', 'application/jsonp', 415, 'unsupported-media-type'],
    ['"value"', 'application/json', 422, 'invalid-input'],
    ['{"value":[]}', 'application/json', 422, 'invalid-input'],
    ['{"value":{},"extra":1}', 'application/json', 422, 'invalid-input'],
    ['{"value":{},"__proto__":{}}', 'application/json', 422, 'invalid-input'],
    ['{"value":{"__proto__":1}}', 'application/json', 422, 'invalid-input'],
    ['{"value":{"n":9007199254740993}}', 'application/json', 422, 'invalid-input'],
  ])('PUT %s as %s is refused', async (body, type, status, code) => {
    const answer = await call('PUT', '/items/c/x', { body, headers: { 'Content-Type': type } });
    expect(answer.status).toBe(status);
    expect(answer.json.type).toBe(`urn:write-behind:problem:${code}`);
    expect(answer.headers['Content-Type']).toBe('application/problem+json');
    expect(cache.items.size).toBe(0);
  });

  test('accepts +json types, parameters, odd cases of header names, and base64', async () => {
    for (const type of ['application/json; charset=utf-8', 'application/merge-patch+json', 'Application/JSON']) {
      const answer = await call('PUT', '/items/c/x', { body: '{"value":{}}', headers: { 'content-TYPE': type } });
      expect(answer.status).toBe(202);
    }
    const body = Buffer.from('{"value":{"a":"ü"}}').toString('base64');
    expect((await call('PUT', '/items/c/b', { body, isBase64Encoded: true })).status).toBe(202);
    expect(cache.items.get('c/b')).toEqual({ a: 'ü' });
    const broken = Buffer.from([0x22, 0xff, 0x22]).toString('base64');
    expect((await call('PUT', '/items/c/b', { body: broken, isBase64Encoded: true })).status).toBe(400);
  });

  test('keeps a nested __proto__ and a member called constructor', async () => {
    const body = '{"value":{"constructor":1,"a":{"__proto__":{"b":2}}}}';
    expect((await call('PUT', '/items/c/x', { body })).status).toBe(202);
    expect(JSON.stringify(cache.items.get('c/x'))).toBe('{"constructor":1,"a":{"__proto__":{"b":2}}}');
    expect({}).not.toHaveProperty('b');
  });

  test('DELETE refuses a body and names the way to give a reason', async () => {
    const answer = await call('DELETE', '/items/c/x', { body: { comment: 'why' } });
    expect(answer.status).toBe(400);
    expect(answer.json.detail).toContain('/batch');
  });

  test('a body over 5 MB is 413', async () => {
    const answer = await call('PUT', '/items/c/x', { body: { value: { a: 'x'.repeat(5 * 1024 * 1024) } } });
    expect(answer).toMatchObject({ status: 413, json: { type: 'urn:write-behind:problem:body-too-large' } });
  });

  test('a problem repeats only the beginning of a long name', async () => {
    const answer = await call('PUT', '/items/c/x', { body: { value: {}, ['x'.repeat(100_000)]: 1 } });
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.json).length).toBeLessThan(2_000);
  });

  test.each([
    ['{"add":{"a":"1"}}', 'add.a'],
    ['{"add":{"a":{"min":1}}}', 'add.a.by'],
    ['{"add":{"a":{"by":1,"most":2}}}', 'add.a'],
    ['{"add":{"__proto__":null}}', 'add.__proto__'],
    ['{"max":[1]}', 'max'],
    ['{"remove":"a"}', 'remove'],
    ['{"unset":["a"]}', 'unset'],
  ])('PATCH %s names %s', async (body, path) => {
    const answer = await call('PATCH', '/items/c/x', { body });
    expect(answer).toMatchObject({ status: 422, json: { path, detail: expect.stringContaining(`${path}: `) } });
    expect(cache.asked).toEqual([]);
  });

  test('hands __proto__ in an operator on, so that the model refuses it by name', async () => {
    await call('PATCH', '/items/c/x', { body: '{"add":{"__proto__":1}}' });
    const [operation] = cache.asked;
    expect(operation?.op === 'patch' && Object.keys(operation.add ?? {})).toEqual(['__proto__']);
  });
});

describe('headers', () => {
  test('reach the cache as options', async () => {
    const headers = { 'write-durability': 'cache', 'IF-MATCH': '"17"', 'Idempotency-Key': 'k' };
    await call('PUT', '/items/c/x', { body: { value: {}, actor: 'ann' }, headers });
    await call('DELETE', '/items/c/x', { headers: { 'If-Match': '*' } });
    await call('PATCH', '/items/c/x', { body: { set: { a: 1 } }, headers: { 'If-None-Match': '*' } });
    expect(cache.asked).toEqual([
      { op: 'put', key: 'c/x', value: {}, actor: 'ann', durability: 'cache', ifMatch: 17, idempotencyKey: 'k' },
      { op: 'delete', key: 'c/x', ifMatch: '*' },
      { op: 'patch', key: 'c/x', set: { a: 1 }, ifMatch: 'none' },
    ]);
  });

  test.each([
    { 'Write-Durability': 'disk' },
    { 'Write-Durability': '' },
    { 'If-Match': '17' },
    { 'If-Match': 'W/"17"' },
    { 'If-Match': '"17", "18"' },
    { 'If-Match': '"9999999999999999"' },
    { 'If-Match': '"x"' },
    { 'If-None-Match': '"17"' },
    { 'If-Match': '*', 'If-None-Match': '*' },
    { 'Idempotency-Key': '' },
    { 'Idempotency-Key': 'x'.repeat(257) },
  ])('%o is 400', async (headers) => {
    const answer = await call('PUT', '/items/c/x', { body: { value: {} }, headers: headers as Record<string, string> });
    expect(answer).toMatchObject({ status: 400, json: { type: 'urn:write-behind:problem:bad-header' } });
    expect(cache.asked).toEqual([]);
  });

  test('that cannot be kept are refused, not ignored', async () => {
    const append = await call('POST', '/items/c', { body: { value: {} }, headers: { 'If-None-Match': '*' } });
    expect(append.status).toBe(400);
    const body = { operations: [{ op: 'get', key: 'c/x' }] };
    expect((await call('POST', '/batch', { body, headers: { 'Idempotency-Key': 'k' } })).status).toBe(400);
  });
});
