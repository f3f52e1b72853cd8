import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refuseForeignWrites } from '../../local/foreign-writes.ts';
import { ask } from '../console/ask.ts';

const FRIEND = 'https://shop.example';
const refuse = refuseForeignWrites([FRIEND]);
const server = createServer((request, response) => {
  if (!refuse(request, response)) response.end('the API');
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

describe('the API of the local stack', () => {
  test.each([
    ['of another site', { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }],
    ['of another port here', { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-site' }],
    ['that hides where it comes from', { origin: 'null' }],
    ['that says only that it is of another site', { 'sec-fetch-site': 'cross-site' }],
  ])('lets a page %s change nothing', async (_, headers) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const { status, body } = await ask(`${url}/flush`, headers, { method });
      expect({ method, status, type: JSON.parse(body).type }).toEqual({
        method,
        status: 403,
        type: 'urn:write-behind:problem:cross-site',
      });
    }
    expect(await ask(`${url}/flush`, headers)).toMatchObject({ status: 200, body: 'the API' });
  });

  test.each([
    ['a program', {}],
    ['its own page', { host: 'localhost:3000', origin: 'http://localhost:3000', 'sec-fetch-site': 'same-origin' }],
    ['a page that corsOrigins names', { origin: FRIEND, 'sec-fetch-site': 'cross-site' }],
  ])('lets %s change everything', async (_, headers) => {
    expect(await ask(`${url}/flush`, headers, { method: 'POST' })).toMatchObject({ status: 200, body: 'the API' });
  });
});
