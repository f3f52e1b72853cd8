import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ApiClient } from '../../cli/demo/api-client.ts';
import { BatchWriter } from '../../cli/demo/batch-writer.ts';
import { DemoError } from '../../cli/demo/errors.ts';
import type { ReplayOperation } from '../../cli/demo/operations.ts';

interface Result {
  readonly status: number;
  readonly problem?: object;
}

let server: Server;
let api: ApiClient;

afterEach(() => {
  api.close();
  server.close();
});

/** An API that answers as told, one entry per request, and keeps what it was sent. */
async function writerAgainst(answers: readonly (Result[] | 'cut' | 503)[]) {
  const received: ReplayOperation[][] = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push(JSON.parse(Buffer.concat(chunks).toString()).operations);
    const answer = answers[received.length - 1]!;
    if (answer === 'cut') response.destroy();
    else if (answer === 503) response.writeHead(503, { 'retry-after': '0' }).end('{"title":"Out of time"}');
    else response.end(JSON.stringify({ results: answer }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api = new ApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return { received, writer: new BatchWriter(api) };
}

const put = (key: string, n: number): ReplayOperation => ({ op: 'put', key, value: { n } });
const ok = { status: 202 };
const busy = { status: 429, problem: { title: 'No room', retryAfterSeconds: 0 } };

test('what failed is sent again with all later operations of its key, and nothing else', async () => {
  const { received, writer } = await writerAgainst([
    [ok, busy, ok, ok, ok],
    [ok, ok],
  ]);
  const operations = [put('a', 1), put('b', 1), put('a', 2), put('b', 2), put('c', 1)];
  await writer.write(operations);
  expect(received).toEqual([operations, [put('b', 1), put('b', 2)]]);
  expect(writer.retries).toBe(1);
});

test('without an answer, or with a 503, everything is sent again as it was', async () => {
  const { received, writer } = await writerAgainst(['cut', 503, [ok]]);
  const patch = { op: 'patch', key: 'a', add: { n: 1 }, idempotencyKey: 'run:1' } as const;
  await writer.write([patch]);
  expect(received).toEqual([[patch], [patch], [patch]]);
});

test('an operation that is refused for good ends it', async () => {
  const { writer } = await writerAgainst([[{ status: 422, problem: { title: 'Invalid input' } }]]);
  await expect(writer.write([put('a', 1)])).rejects.toThrow(DemoError);
});
