import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { ScheduledEvent } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EventSourceMapping } from '../../functions/switch/event-source-mapping.ts';
import { createSwitchHandler } from '../../functions/switch/handler.ts';
import { FlushSwitchUnavailableError } from '../../lib/errors.ts';
import { apiEvent, context, silent } from './call-api.ts';
import { FakeCache } from './fake-cache.ts';

/** What Lambda says of a mapping; a real one takes seconds from `…ing` to its end. */
let state = 'Enabled';
const asked: string[] = [];
let server: Server;
let client: LambdaClient;
beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push(`${request.method} ${request.url} ${body}`);
    response.setHeader('content-type', 'application/json');
    if (request.method === 'PUT' && state.endsWith('ing')) {
      response.statusCode = 400;
      response.setHeader('x-amzn-errortype', 'ResourceInUseException');
      return response.end('{"Message":"in use"}');
    }
    if (request.method === 'PUT') state = JSON.parse(body).Enabled ? 'Enabling' : 'Disabling';
    return response.end(JSON.stringify({ UUID: 'm', State: state }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  client = new LambdaClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
});
afterAll(() => {
  client.destroy();
  server.close();
});
beforeEach(() => {
  asked.length = 0;
});

describe('the event source mapping', () => {
  test('is switched off and on, and says when that is done', async () => {
    const mapping = new EventSourceMapping(client, 'm');
    state = 'Enabled';
    expect(await mapping.set(false)).toBe(false);
    expect(asked).toEqual([
      'GET /2015-03-31/event-source-mappings/m ',
      'PUT /2015-03-31/event-source-mappings/m {"Enabled":false}',
    ]);
    // On its way it is not told again: Lambda would refuse.
    expect(await mapping.set(false)).toBe(false);
    state = 'Disabled';
    expect(await mapping.set(false)).toBe(true);
    expect(asked).toHaveLength(4);
    expect(await mapping.set(true)).toBe(false);
  });

  test('that is changing in another way has to be asked again', async () => {
    state = 'Enabling';
    const answer = new EventSourceMapping(client, 'm').set(false);
    await expect(answer).rejects.toThrow(FlushSwitchUnavailableError);
    await expect(answer).rejects.toThrow('the event source is changing; ask again');
  });
});

describe('the switch function', () => {
  const PAUSED = { since: new Date(Date.now() - 60_000).toISOString(), actor: 'ann', reason: 'index' };
  const cache = new FakeCache({ name: 'flights' });
  const lines: unknown[][] = [];
  const handler = (paused: typeof PAUSED | null) =>
    createSwitchHandler(
      {
        config: cache.config,
        flushing: { ...cache.flushing, keep: async () => ({ paused, drain: null, limitPerSecond: null }) },
      },
      { logger: { ...silent, info: (...line: unknown[]) => void lines.push(line) } },
    );
  beforeEach(() => {
    lines.length = 0;
    cache.flushingAsked.length = 0;
  });

  test('pauses for whoever says who he is, else for the verified caller, and resumes', async () => {
    const call = async (path: string, body?: unknown) =>
      (await handler(null)(apiEvent('POST', path, { body, caller: 'arn:of:ann' }), context())) as {
        statusCode: number;
      };
    expect((await call('/pause', { reason: 'index' })).statusCode).toBe(200);
    expect((await call('/pause', { actor: 'ops' })).statusCode).toBe(200);
    expect((await call('/resume', { itemsPerSecond: 5 })).statusCode).toBe(200);
    expect((await call('/resume', { itemsPerSecond: 0 })).statusCode).toBe(422);
    expect((await call('/flush')).statusCode).toBe(404);
    expect(cache.flushingAsked).toEqual([
      { pause: { actor: 'arn:of:ann', reason: 'index' } },
      { pause: { actor: 'ops' } },
      { resume: { itemsPerSecond: 5 } },
    ]);
  });

  test('publishes on schedule how long it has been paused, and nothing while it is not', async () => {
    const event = { source: 'aws.events' } as ScheduledEvent;
    expect(await handler(null)(event, context())).toMatchObject({ paused: null });
    expect(lines).toEqual([]);
    expect(await handler(PAUSED)(event, context())).toMatchObject({ paused: PAUSED });
    const [[name, line]] = lines as [[string, Record<string, unknown>]];
    expect(name).toBe('flush-is-paused');
    expect(line).toMatchObject({
      ...PAUSED,
      cache: 'flights',
      _aws: { CloudWatchMetrics: [{ Metrics: [{ Name: 'PausedFor', Unit: 'Milliseconds' }] }] },
    });
    expect(line.PausedFor).toBeGreaterThanOrEqual(60_000);
  });
});
