import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WriteBehindClient } from '../../client/index.ts';
import type { Sign } from '../../client/send.ts';
import { type ServedConsole, serveConsole } from '../../console/serve.ts';
import { ask, FOREIGN } from './ask.ts';

interface Seen extends Pick<IncomingMessage, 'method' | 'url' | 'headers'> {
  readonly body: string;
}

/** What the API got, the console's own samples apart. */
let seen: Seen[];
let api: ReturnType<typeof createServer>;
let served: ServedConsole;
let origin: string;

/** An API that demands a signature, at a stage. */
beforeEach(async () => {
  seen = [];
  api = createServer(async (request, response) => {
    const { method, url, headers } = request;
    const body = await text(request);
    const allowed = headers['x-signed-by'] === 'tester' && url?.startsWith('/prod/');
    if (!/stats|health/.test(url ?? '')) seen.push({ method, url, headers, body });
    response.writeHead(allowed ? 202 : 403, {
      'content-type': 'application/json',
      etag: '"17"',
      'retry-after': '3',
      'set-cookie': 'a=b',
    });
    response.end(JSON.stringify({ allowed }));
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  const sign: Sign = async (request) => ({ ...request, headers: { ...request.headers, 'x-signed-by': 'tester' } });
  const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}/prod/`;
  served = await serveConsole({ url, sign });
  origin = new URL(served.url).origin;
});
afterEach(async () => {
  await served.close();
  api.closeAllConnections();
  await new Promise((resolve) => api.close(resolve));
});

describe('the console of an API elsewhere', () => {
  test('serves the page', async () => {
    expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/console$/);
    expect((await ask(served.url)).body).toContain('write-behind console');
  });

  test('passes requests on, signed, with the headers of the contract and no others', async () => {
    const answer = await ask(
      `${origin}/items/a%2Fb/c%20d?limit=1`,
      {
        'content-type': 'application/json',
        'write-durability': 'cache',
        'if-match': '"16"',
        'idempotency-key': 'once',
        cookie: 'session=1',
        'x-signed-by': 'somebody else',
      },
      { method: 'PUT', body: '{"value":{"n":"ü"}}' },
    );
    expect(answer).toMatchObject({ status: 202, body: '{"allowed":true}' });
    expect(answer.headers).toMatchObject({ etag: '"17"', 'retry-after': '3' });
    expect(answer.headers['set-cookie']).toBe(undefined);
    expect(seen).toMatchObject([
      {
        method: 'PUT',
        url: '/prod/items/a%2Fb/c%20d?limit=1',
        body: '{"value":{"n":"ü"}}',
        headers: {
          'write-durability': 'cache',
          'if-match': '"16"',
          'idempotency-key': 'once',
          'x-signed-by': 'tester',
        },
      },
    ]);
    expect(seen[0]!.headers.cookie).toBe(undefined);
  });

  test('the client works through it', async () => {
    const client = new WriteBehindClient({ url: origin, retries: 0 });
    expect(await client.put('flights/115', { n: 1 })).toEqual({ allowed: true });
    expect(await client.deadLetters.list()).toEqual({ allowed: true });
  });

  test('samples what the API says', async () => {
    await expect
      .poll(async () => JSON.parse((await ask(`${served.url}/samples`)).body))
      .toMatchObject({ health: { value: { allowed: true } }, problem: 'What answers /stats is not this API.' });
  });

  test.each(FOREIGN)('a request %s is refused and never reaches the API', async (_, headers) => {
    const forged = { 'content-type': 'application/json', ...headers };
    expect((await ask(`${origin}/flush`, forged, { method: 'POST', body: '{}' })).status).toBe(403);
    expect((await ask(`${origin}/stats`, forged)).status).toBe(403);
    expect(seen).toEqual([]);
  });

  test.each(['/../other/items/a/b', '/%2e%2e/other', '//elsewhere.example/x', 'http://elsewhere.example/x'])(
    'the path %s does not lead out of the stage',
    async (path) => {
      const status = await askExactly(new URL(origin), path);
      if (status !== 404) expect(seen.map(({ url }) => url)).toEqual([expect.stringMatching(/^\/prod\//)]);
    },
  );

  test('an API that is away is a 502 with the reason', async () => {
    api.closeAllConnections();
    await new Promise((resolve) => api.close(resolve));
    const { status, body } = await ask(`${origin}/openapi.json`);
    expect(status).toBe(502);
    expect(JSON.parse(body)).toMatchObject({ type: 'urn:write-behind:problem:unreachable', detail: /ECONNREFUSED/ });
  });
});

/** The status of a request whose target is sent as it is. */
async function askExactly({ hostname, port }: URL, path: string): Promise<number> {
  const sent = request({ hostname, port, path, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}
