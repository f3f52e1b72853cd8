/** What X-Ray gets of an invocation. */
import { afterEach, expect, test, vi } from 'vitest';
import { XRayDaemon } from '../../functions/x-ray/daemon.ts';
import { XRay } from '../../functions/x-ray/x-ray.ts';
import { startDaemon, type TestDaemon } from './daemon.ts';

const HEADER = 'Root=1-67891233-abcdef012345678912345678;Parent=c0ffeec0ffeec0ff;Sampled=1';
const endpoints = { queueUrl: 'https://sqs/queue', tableName: 'items' };
let daemon: TestDaemon | undefined;
afterEach(() => {
  daemon?.stop();
  daemon = undefined;
});

const xRay = (address: string) =>
  new XRay({ name: 'shop', endpoints, hasSegment: true, daemon: new XRayDaemon(address) });

async function received(count: number) {
  await vi.waitFor(() => expect(daemon!.documents).toHaveLength(count));
  return daemon!.documents;
}

test('on Lambda a span is a part of the segment that Lambda has for the invocation', async () => {
  daemon = await startDaemon();
  const tracing = xRay(`tcp:127.0.0.1:1 udp:${daemon.address}`);
  await tracing.within(HEADER, () => tracing.span('request', { method: 'PUT' }, async () => 'done'));
  const [request] = await received(1);
  expect(request).toMatchObject({
    name: 'request',
    type: 'subsegment',
    trace_id: '1-67891233-abcdef012345678912345678',
    parent_id: 'c0ffeec0ffeec0ff',
    annotations: { step: 'request', method: 'PUT' },
  });
  expect(request!.end_time).toBeGreaterThanOrEqual(request!.start_time);
});

test('what is thrown is a fault, and is thrown on', async () => {
  daemon = await startDaemon();
  const tracing = xRay(daemon.address);
  const failing = tracing.within(HEADER, () =>
    tracing.span('request', {}, async () => {
      throw new TypeError('broken');
    }),
  );
  await expect(failing).rejects.toThrow('broken');
  const [request] = await received(1);
  expect(request).toMatchObject({ fault: true, cause: { exceptions: [{ type: 'TypeError', message: 'broken' }] } });
});

test('what is more than a datagram takes goes without its parts, and says how many they were', async () => {
  daemon = await startDaemon();
  const tracing = xRay(daemon.address);
  await tracing.within(HEADER, () =>
    tracing.span('request', {}, async () => {
      for (let n = 0; n < 400; n++) await tracing.span('signal', { key: 'k'.repeat(500) }, async () => undefined);
    }),
  );
  const [request] = await received(1);
  expect(request).toMatchObject({ annotations: { step: 'request', omittedSpans: 400 } });
  expect(request).not.toHaveProperty('subsegments');
});

test.each(['127.0.0.1:1', 'no address'])('a daemon at %s that takes nothing disturbs nobody', async (address) => {
  const tracing = xRay(address);
  const done = await tracing.within(HEADER, () => tracing.span('request', {}, async () => 'done'));
  expect(done).toBe('done');
});

test('a header travels on from where the work is, also of a trace that is not recorded', async () => {
  const tracing = new XRay({ name: 'shop', endpoints, hasSegment: true });
  const unsampled = HEADER.replace('Sampled=1', 'Sampled=0');
  for (const header of [HEADER, unsampled]) {
    const inside = await tracing.within(header, () => tracing.span('write', {}, async () => tracing.header()));
    expect(inside).toBe(header);
  }
  expect(tracing.header()).toBeUndefined();
});
