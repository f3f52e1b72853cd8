import { beforeEach, describe, expect, test } from 'vitest';
import { apiClient } from './call-api.ts';
import { FakeCache } from './fake-cache.ts';

let cache: FakeCache;
let call: ReturnType<typeof apiClient>;

beforeEach(() => {
  cache = new FakeCache();
  call = apiClient(cache);
});

describe('batch', () => {
  const send = (operations: unknown, headers = {}) => call('POST', '/batch', { body: { operations }, headers });

  test('answers one result per operation, in order, and a bad one fails alone', async () => {
    const answer = await send([
      { op: 'put', key: 'c/a', value: { n: 1 } },
      { op: 'burn', key: 'c/b' },
      { op: 'get', key: 'c/a' },
      { op: 'get', key: 'c/none' },
      { op: 'put', key: 'c/d', value: {}, extra: 1 },
      { op: 'put', key: 'nokey', value: {} },
      17,
      { op: 'put', key: 'c/e', value: {}, durability: 'disk' },
      { op: 'patch', key: 'c/a', set: { n: 2 }, durability: 'database' },
      { op: 'delete', key: 'c/a', comment: 'done', ifMatch: '*' },
    ]);
    expect(answer.status).toBe(200);
    const { results } = answer.json;
    expect(results.map((result: { status: number }) => result.status)).toEqual([
      202, 422, 200, 404, 422, 422, 422, 422, 200, 202,
    ]);
    expect(results[1]).toMatchObject({ key: 'c/b', problem: { path: 'op' } });
    expect(results[2]).toMatchObject({ key: 'c/a', value: { n: 1 } });
    expect(results[3]).toMatchObject({ key: 'c/none', problem: { type: 'urn:write-behind:problem:no-such-item' } });
    expect(results[4]).toMatchObject({ key: 'c/d', problem: { path: 'extra' } });
    expect(results[6]).not.toHaveProperty('key');
    expect(results[7]).toMatchObject({ problem: { path: 'durability' } });
    expect(results[8]).toMatchObject({ durability: 'database', value: { n: 2 } });
    expect(results[9]).not.toHaveProperty('value');
  });

  test('an operation whose numbers cannot be carried exactly fails alone', async () => {
    const operations = [
      '{"op":"put","key":"c/a","value":{"text":"[{,\\"]","n":1}}',
      '{"op":"put","key":"c/b","value":{"n":9007199254740993}}',
      '{"op":"put","key":"c/c","value":{"list":[1,[2,{"a":[]}]],"n":0.1}}',
      ' {"op":"get","key":"c/a"} ',
      '{"op":"put","key":"c/d","value":{"n":1e400}}',
    ];
    const answer = await call('POST', '/batch', { body: `{"operations":[${operations.join(',')}]}` });
    expect(answer.json.results).toMatchObject([
      { status: 202, key: 'c/a' },
      { status: 422, key: 'c/b', problem: { path: 'value.n' } },
      { status: 202, key: 'c/c' },
      { status: 200, value: { text: '[{,"]', n: 1 } },
      { status: 422, key: 'c/d' },
    ]);
    expect([...cache.items.keys()]).toEqual(['c/a', 'c/c']);
  });

  test('takes its default level from the header', async () => {
    const operations = [
      { op: 'put', key: 'c/a', value: {} },
      { op: 'delete', key: 'c/a', durability: 'database', ifMatch: 5, idempotencyKey: 'k' },
      { op: 'get', key: 'c/a' },
    ];
    await send(operations, { 'Write-Durability': 'cache' });
    expect(cache.asked).toEqual([{ ...operations[0], durability: 'cache' }, operations[1]]);
  });

  test.each([
    [[], 422],
    [Array.from({ length: 101 }, () => ({ op: 'get', key: 'c/a' })), 422],
    [{}, 422],
    ['x', 422],
    [undefined, 422],
  ])('refuses an envelope with %o', async (operations, status) => {
    expect(await send(operations)).toMatchObject({ status, json: { type: 'urn:write-behind:problem:invalid-input' } });
  });

  test('leaves values out once the answer would pass 5 MB', async () => {
    const value = { text: '"'.repeat(400_000) };
    cache.items.set('c/big', value);
    const answer = await send(Array.from({ length: 20 }, () => ({ op: 'get', key: 'c/big' })));
    const results: { status: number; value?: unknown }[] = answer.json.results;
    expect(results.every(({ status }) => status === 200)).toBe(true);
    const withValue = results.filter((result) => result.value !== undefined);
    expect(withValue.length).toBeGreaterThan(0);
    // As a JSON string, which is how Lambda hands it to API Gateway, each of these quotes takes four characters.
    expect(withValue.length).toBeLessThanOrEqual(3);
    expect(withValue[0]?.value).toEqual(value);
  });
});
