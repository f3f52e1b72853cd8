/** A trace follows a write from its request through the queue into the table, on the stack of `npm start`. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { SegmentDocument } from '../../functions/x-ray/segment.ts';
import { localEnvironment } from '../../lib/environment.ts';
import { type LocalStack, startStack } from '../../local/stack.ts';
import { startDaemon, type TestDaemon, withParts } from './daemon.ts';

let daemon: TestDaemon;
let stack: LocalStack;
beforeAll(async () => {
  daemon = await startDaemon();
  stack = await startStack({
    environment: {
      ...localEnvironment(),
      settings: { name: 'shop', valkeyTimeoutMs: 5000 },
      tracing: { daemon: daemon.address, onLambda: false },
    },
    windowSeconds: 1,
    sweep: false,
  });
});
afterAll(async () => {
  await stack.stop();
  daemon.stop();
});

const hex = (bytes: number) => randomBytes(bytes).toString('hex');
const newTrace = () => `1-${hex(4)}-${hex(12)}`;
const CALLER = 'c0ffeec0ffeec0ff';

function put(id: string, n: number, durability: string, traceId: string, sampled = 1) {
  return fetch(`${stack.url}/items/stock/${id}`, {
    method: 'PUT',
    headers: {
      'content-type': 'application/json',
      'write-durability': durability,
      'x-amzn-trace-id': `Root=${traceId};Parent=${CALLER};Sampled=${sampled}`,
    },
    body: JSON.stringify({ value: { secret: `value ${n}` } }),
  });
}

const versionOf = async (answer: Response) => ((await answer.json()) as { version: number }).version;
const ofTrace = (traceId: string) => daemon.documents.filter((document) => document.trace_id === traceId);
const flushOf = (traceId: string) => ofTrace(traceId).find(({ name }) => name === 'shop flush');
const step = (document: SegmentDocument, name: string) =>
  withParts(document).find(({ annotations }) => annotations?.step === name);

async function flushed(traceId: string): Promise<SegmentDocument> {
  await vi.waitFor(() => expect(flushOf(traceId)).toBeDefined(), { timeout: 20_000, interval: 20 });
  return flushOf(traceId)!;
}

describe.concurrent('a trace', () => {
  test('the flush of a write is in the trace of its request, below the signal that asked for it', async () => {
    const traceId = newTrace();
    const version = await versionOf(await put('bread', 1, 'cache', traceId));
    const flush = await flushed(traceId);

    const [request] = ofTrace(traceId);
    expect(request).toMatchObject({
      name: 'shop api',
      parent_id: CALLER,
      annotations: { step: 'request', method: 'PUT', route: '/items/{collection}/{id}', status: 202 },
    });
    expect(step(request!, 'write')!.annotations).toMatchObject({ op: 'put', key: 'stock/bread', version });
    const signal = step(request!, 'signal')!;
    expect(signal).toMatchObject({ name: 'SQS', namespace: 'aws', aws: { queue_url: stack.endpoints.queueUrl } });
    expect(flush).toMatchObject({
      parent_id: signal.id,
      annotations: { key: 'stock/bread', asked: version, version, result: 'stored', written: true },
    });
    expect(flush.subsegments!.map(({ annotations }) => annotations!.step)).toEqual([
      'claim',
      'record',
      'store',
      'settle',
    ]);
    expect(step(flush, 'store')).toMatchObject({ name: 'DynamoDB', aws: { table_name: stack.endpoints.tableName } });
    expect(flush.start_time).toBeGreaterThanOrEqual(signal.start_time);
    expect(JSON.stringify(daemon.documents)).not.toContain('secret');
  });

  test('of the writes of a window the trace of the one that signalled is followed, up to the newest version', async () => {
    const [first, second] = [newTrace(), newTrace()];
    await put('rolls', 1, 'cache', first);
    const version = await versionOf(await put('rolls', 2, 'cache', second));
    expect((await flushed(first)).annotations).toMatchObject({ version });
    const [request, ...others] = ofTrace(second);
    expect(step(request!, 'write')!.annotations).toMatchObject({ version });
    expect(step(request!, 'signal')).toBeUndefined();
    expect(others).toEqual([]);
  });

  test('a write through is in one trace, without waiting for the queue', async () => {
    const traceId = newTrace();
    expect((await put('cake', 1, 'database', traceId)).status).toBe(200);
    const [request] = await vi.waitFor(() => {
      expect(ofTrace(traceId)).not.toEqual([]);
      return ofTrace(traceId);
    });
    const steps = withParts(step(request!, 'write')!).map(({ annotations }) => annotations!.step);
    expect(steps.slice(0, 6)).toEqual(['write', 'flush', 'claim', 'record', 'store', 'settle']);
  });

  test('a trace that is not to be recorded leaves nothing with the daemon', async () => {
    const [unsampled, sampled] = [newTrace(), newTrace()];
    await put('tea', 1, 'queue', unsampled, 0);
    await put('coffee', 1, 'queue', sampled);
    await flushed(sampled);
    expect(ofTrace(unsampled)).toEqual([]);
  });
});
