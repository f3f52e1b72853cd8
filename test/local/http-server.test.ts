import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import { MAX_BODY_BYTES } from '../../local/exchange.ts';
import { startHttpServer } from '../../local/http-server.ts';
import type { HttpServer } from '../../local/loopback-server.ts';

let server: HttpServer | undefined;
const lines: string[] = [];

async function serve(handler: (event: APIGatewayProxyEvent) => Promise<unknown>, timeoutSeconds?: number) {
  server = await startHttpServer({
    handler: handler as (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult>,
    log: (line) => lines.push(line),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  });
  return server.url;
}

const echo = async (event: APIGatewayProxyEvent) => ({ statusCode: 200, body: JSON.stringify(event) });

/** Sends the target as it is: `fetch` would normalise it. */
async function get(url: string, target: string, headers: string[] = []): Promise<IncomingMessage & { text: string }> {
  const { hostname, port } = new URL(url);
  const sent = request({ hostname, port, path: target, headers: ['host', hostname, ...headers], agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return Object.assign(response, { text: await text(response) });
}

afterEach(async () => {
  await server?.close();
  server = undefined;
  lines.length = 0;
});

describe('http server', () => {
  test.each([
    '/items/a%2Fb/c%25d',
    '/items/flights/%2e%2e/x',
    '/items//double',
    '/items/a/../b',
    '/items/%zz',
    '/items/%F0%9F%9B%AB',
    '/items/a%00b',
  ])('hands on %s as it came', async (path) => {
    const { text: body } = await get(await serve(echo), `${path}?x=1`);
    expect(JSON.parse(body)).toMatchObject({ path, pathParameters: { proxy: path.slice(1) }, resource: '/{proxy+}' });
  });

  test('makes a REST proxy event', async () => {
    const { text: body, headers } = await get(await serve(echo), '/stats?a=1&a=%20b%2B&c=', [
      'X-Two',
      '1',
      'X-Two',
      '2',
    ]);
    const event = JSON.parse(body) as APIGatewayProxyEvent;
    expect(event).toMatchObject({
      httpMethod: 'GET',
      path: '/stats',
      body: null,
      isBase64Encoded: false,
      headers: { 'X-Two': '2' },
      multiValueHeaders: { 'X-Two': ['1', '2'] },
      queryStringParameters: { a: ' b+', c: '' },
      multiValueQueryStringParameters: { a: ['1', ' b+'], c: [''] },
      requestContext: { stage: 'local', identity: { sourceIp: '127.0.0.1' }, requestId: headers['x-amzn-requestid'] },
    });
  });

  test('leaves out what a request has not', async () => {
    const { text: body } = await get(await serve(echo), '/');
    expect(JSON.parse(body)).toMatchObject({ path: '/', pathParameters: null, queryStringParameters: null });
  });

  test.each([
    ['text', 'žluťoučký 🛫 \u0000 {"a":[1]}', false],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x00, 0x80]), true],
  ])('carries a body of %s there and back', async (_, body, isBase64) => {
    let flag: boolean | undefined;
    const url = await serve(async (event) => {
      flag = event.isBase64Encoded;
      return { statusCode: 201, body: event.body, isBase64Encoded: event.isBase64Encoded, headers: { 'x-a': 'b' } };
    });
    const response = await fetch(url, { method: 'POST', body });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-a')).toBe('b');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from(body as string));
    expect(flag).toBe(isBase64);
  });

  test('sends multi-value headers', async () => {
    const url = await serve(async () => ({
      statusCode: 204,
      body: '',
      multiValueHeaders: { 'set-cookie': ['a=1', 'b=2'] },
    }));
    const response = await fetch(url);
    expect(response.status).toBe(204);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  test('takes 10 MB and refuses a byte more', async () => {
    const url = await serve(async (event) => ({ statusCode: 200, body: String(event.body?.length) }));
    const largest = await fetch(url, { method: 'PUT', body: 'x'.repeat(MAX_BODY_BYTES) });
    expect(await largest.text()).toBe(String(MAX_BODY_BYTES));
    const tooLarge = await fetch(url, { method: 'PUT', body: 'x'.repeat(MAX_BODY_BYTES + 1) });
    expect(tooLarge.status).toBe(413);
    expect(tooLarge.headers.get('content-type')).toBe('application/problem+json');
    expect(await tooLarge.json()).toMatchObject({ type: expect.any(String), title: expect.any(String), status: 413 });
  });

  test.each([
    ['throws', () => Promise.reject(new Error('secret'))],
    ['answers nothing', async () => undefined],
    ['answers no status', async () => ({ body: 'x' })],
    ['answers a forbidden header', async () => ({ statusCode: 200, body: '', headers: { 'x-a': 'b\r\nc: d' } })],
  ])('answers 502 when the handler %s', async (_, handler: () => Promise<unknown>) => {
    const response = await fetch(await serve(handler));
    expect(response.status).toBe(502);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.text()).not.toMatch(/secret|\.ts/);
    expect(lines).toHaveLength(1);
  });

  test('answers 504 when the handler takes too long', async () => {
    const response = await fetch(await serve(() => new Promise(() => undefined), 0.1));
    expect(response.status).toBe(504);
  });

  test('keeps connections alive', async () => {
    const { port } = new URL(await serve(echo));
    const socket = connect(Number(port), '127.0.0.1');
    let answers = 0;
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answers += chunk.split('HTTP/1.1 200').length - 1;
    });
    for (const expected of [1, 2]) {
      socket.write('GET /a HTTP/1.1\r\nhost: a\r\n\r\n');
      while (answers < expected) await once(socket, 'data');
    }
    socket.destroy();
  });

  test('close finishes what is in flight and accepts no more', async () => {
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const url = await serve(async () => {
      entered.resolve();
      await release.promise;
      return { statusCode: 200, body: 'done' };
    });
    const answer = fetch(url);
    await entered.promise;
    const closing = server!.close();
    await expect(fetch(url)).rejects.toThrow();
    release.resolve();
    const response = await answer;
    expect(response.headers.get('connection')).toBe('close');
    expect(await response.text()).toBe('done');
    await closing;
    server = undefined;
  });

  test('close does not wait for a client that left', async () => {
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const url = await serve(async () => {
      entered.resolve();
      await release.promise;
      return { statusCode: 200, body: 'done' };
    });
    const leaving = new AbortController();
    const answer = fetch(url, { signal: leaving.signal });
    await entered.promise;
    leaving.abort();
    await expect(answer).rejects.toThrow();
    release.resolve();
    await server!.close();
    server = undefined;
  });
});
