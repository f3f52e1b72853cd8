import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { ApiError, WriteBehindClient } from '../../client/index.ts';

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body?: string;
  readonly retryAfter?: string;
}

const JSON_TYPE = 'application/json';
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A client of somebody who gives these answers, the last one again and again, and what it sent. */
async function answered(answers: readonly Answer[], retries = 0) {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    bodies.push(await text(request));
    const { status, type = JSON_TYPE, body = '', retryAfter } = answers[Math.min(bodies.length, answers.length) - 1]!;
    response
      .writeHead(status, { 'content-type': type, ...(retryAfter !== undefined && { 'retry-after': retryAfter }) })
      .end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  return { client: new WriteBehindClient({ url: `http://127.0.0.1:${port}`, retries }), bodies };
}

describe('an error is one, whoever answers it in whatever form', () => {
  test.each<[string, Answer]>([
    ['JSON of a gateway', { status: 403, body: '{"message":"Forbidden"}' }],
    ['JSON that is no object', { status: 500, body: 'null' }],
    ['no JSON', { status: 502, body: '<html>' }],
    ['a text', { status: 504, type: 'text/html', body: '<html>' }],
    ['a success that is none of the API', { status: 200, type: 'text/html', body: '<html>Log in</html>' }],
  ])('%s', async (_, answer) => {
    const { client } = await answered([answer]);
    const expected = { name: 'ApiError', status: answer.status, code: 'unknown' };
    await expect(client.put('a/b', {})).rejects.toMatchObject(expected);
    await expect(client.get('a/b')).rejects.toMatchObject(expected);
    await expect(client.health()).rejects.toMatchObject(expected);
  });

  test('a problem without a status has that of the answer', async () => {
    const body = '{"type":"urn:write-behind:problem:internal","title":"Internal error","detail":"away"}';
    const { client, bodies } = await answered([{ status: 503, type: 'application/problem+json', body }], 1);
    await expect(client.put('a/b', {})).rejects.toMatchObject({ status: 503, code: 'internal', message: 'away' });
    expect(bodies).toHaveLength(2);
  });
});

test('that everything is down is what the health answers', async () => {
  const body = '{"status":"down","checks":{}}';
  const { client } = await answered([{ status: 503, body }]);
  expect(await client.health()).toEqual({ status: 'down', checks: {} });
});

test('a pause may be asked for as a date', async () => {
  const inTwoSeconds = new Date(Date.now() + 2000).toUTCString();
  const { client } = await answered(
    [
      { status: 503, retryAfter: inTwoSeconds },
      { status: 200, body: '{}' },
    ],
    1,
  );
  const startedAt = performance.now();
  await client.put('a/b', {});
  expect(performance.now() - startedAt).toBeGreaterThan(900);
  const { client: never } = await answered([{ status: 503, retryAfter: 'soon' }]);
  const error = await never.put('a/b', {}).catch((cause: unknown) => cause);
  expect((error as ApiError).retryAfterSeconds).toBeUndefined();
});

test('a delete with a reason is a call like any other, though it travels as a batch', async () => {
  const problem = {
    type: 'urn:write-behind:problem:no-room',
    title: '',
    status: 429,
    detail: '',
    retryAfterSeconds: 0,
  };
  const refused = { status: 200, body: JSON.stringify({ results: [{ status: 429, key: 'a/b', problem }] }) };
  const done = { key: 'a/b', version: 7, durability: 'queue' };
  const deleted = { status: 200, body: JSON.stringify({ results: [{ status: 202, ...done }] }) };
  const { client, bodies } = await answered([refused, deleted], 1);
  expect(await client.delete('a/b', { actor: 'ann', idempotencyKey: undefined as never })).toEqual(done);
  expect(bodies).toHaveLength(2);
  expect(bodies[0]).toBe(bodies[1]);
  expect(JSON.parse(bodies[0]!)).toEqual({
    operations: [{ op: 'delete', key: 'a/b', actor: 'ann', idempotencyKey: expect.any(String) }],
  });
  const { client: once } = await answered([refused]);
  const error = await once.delete('a/b', { actor: 'ann' }).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 429, code: 'no-room', retryAfterSeconds: 0 });
});

test('an id that no path can name is refused, and not taken for another path', async () => {
  const { client, bodies } = await answered([{ status: 200, body: '{"items":[]}' }]);
  for (const call of [
    client.history('a/..'),
    client.get('a/.'),
    client.put('../b', {}),
    client.delete('a/..'),
    client.list('..'),
    client.append('.', {}),
  ]) {
    await expect(call).rejects.toThrow('cannot stand in a path');
  }
  expect(bodies).toEqual([]);
});
