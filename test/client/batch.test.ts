import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { type BatchOperation, WriteBehindClient } from '../../client/index.ts';
import { localEnvironment } from '../../lib/environment.ts';
import { startStack } from '../../local/stack.ts';
import { patient } from '../support/patient.ts';

test('operations that are refused for want of room are tried again, and take place once', async () => {
  const settings = { ...patient, shards: 1, maxDirtyItems: 2, windowSeconds: 1 };
  const stack = await startStack({ port: 0, environment: localEnvironment(), settings });
  const api = new WriteBehindClient({ url: stack.url, retries: 20 });
  const operations = Array.from(
    { length: 6 },
    (_, n): BatchOperation => ({ op: 'patch', key: `room/${n}`, add: { n: 1 } }),
  );
  const results = await api.batch(operations, { durability: 'cache' });
  expect(results.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202, 202]);
  const items = await Promise.all(operations.map(({ key }) => api.get(key)));
  expect(items.map((item) => item?.value)).toEqual(items.map(() => ({ n: 1 })));
  await stack.stop();
});

/** A server that answers batches by what the values say; no API can be made to refuse just these operations. */
async function answering(statusOf: (value: string, request: number) => number) {
  const asked: string[][] = [];
  const server = createServer(async (request, response) => {
    const { operations } = (await json(request)) as { operations: { key: string; value: { v: string } }[] };
    asked.push(operations.map(({ value }) => value.v));
    const results = operations.map(({ key, value }) => {
      const status = statusOf(value.v, asked.length);
      return status < 400 ? { status, key, version: 1 } : { status, key, problem: { status, retryAfterSeconds: 0 } };
    });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ results }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { asked, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('an operation is not tried again once a later one on its key was carried out', async () => {
  const { asked, server, url } = await answering((value, request) =>
    value.includes('!') && request === 1 ? 503 : 202,
  );
  const put = (key: string, v: string): BatchOperation => ({ op: 'put', key, value: { v } });
  const api = new WriteBehindClient({ url });
  const results = await api.batch([put('a/1', 'a1!'), put('b/1', 'b1!'), put('a/1', 'a2'), put('b/1', 'b2!')]);
  expect(results.map(({ status }) => status)).toEqual([503, 202, 202, 202]);
  expect(asked).toEqual([
    ['a1!', 'b1!', 'a2', 'b2!'],
    ['b1!', 'b2!'],
  ]);
  server.close();
});

test('what is refused for good is not tried again', async () => {
  const { asked, server, url } = await answering(() => 422);
  const api = new WriteBehindClient({ url });
  const [result] = await api.batch([{ op: 'put', key: 'a/1', value: { v: 'x' } }]);
  expect(result).toMatchObject({ status: 422 });
  expect(asked).toHaveLength(1);
  server.close();
});
