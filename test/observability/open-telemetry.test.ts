/** A program's own OpenTelemetry sees its writes, and what the flush did with them, through the real queue. */
import * as api from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openTelemetry } from '../../lib/tracing/open-telemetry.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { refused } from '../support/refusals.ts';
import { type System, startSystem } from '../support/system.ts';
import { watchedClients } from '../support/watched-clients.ts';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
let system: System;
let cache: WriteBehind;
beforeAll(async () => {
  provider.register();
  system = await startSystem();
  cache = await system.another({ tracing: openTelemetry(api) });
});
afterAll(async () => {
  await system.stop();
  await provider.shutdown();
  api.trace.disable();
  api.context.disable();
  api.propagation.disable();
});
beforeEach(() => exporter.reset());

const spans = () => exporter.getFinishedSpans();
const named = (name: string) => spans().filter((span) => span.name === name);
const idOf = (span: { spanContext(): api.SpanContext }) => span.spanContext().spanId;

test('a write, its signal and its flush are one trace, whose steps are children of the flush', async () => {
  const tracer = api.trace.getTracer('program');
  const { version } = await tracer.startActiveSpan('order', async (span) => {
    const written = await cache.execute({ op: 'put', key: 'stock/bread', value: { n: 'secret' }, durability: 'cache' });
    span.end();
    return written;
  });
  await system.deliverAll(cache);

  const [order] = named('order');
  const [write] = named('write');
  const [signal] = named('signal');
  const [flush] = named('flush');
  expect(write!.parentSpanContext!.spanId).toBe(idOf(order!));
  expect(signal!.parentSpanContext!.spanId).toBe(idOf(write!));
  expect(flush!.parentSpanContext).toMatchObject({ spanId: idOf(signal!), isRemote: true });
  expect(flush!.spanContext().traceId).toBe(order!.spanContext().traceId);
  expect(write!.attributes).toMatchObject({ 'write_behind.key': 'stock/bread', 'write_behind.version': version });
  expect(flush!.attributes).toMatchObject({ 'write_behind.version': version, 'write_behind.result': 'stored' });
  for (const step of ['claim', 'record', 'store', 'settle']) {
    expect(named(step)[0]!.parentSpanContext!.spanId, step).toBe(idOf(flush!));
  }
  expect(JSON.stringify(spans().map(({ attributes, events, status }) => [attributes, events, status]))).not.toContain(
    'secret',
  );
});

test('a flush has links to its batch and to the other messages of its item', async () => {
  const put = (n: number) => cache.execute({ op: 'put', key: 'stock/rolls', value: { n }, durability: 'queue' });
  const versions = [(await put(1)).version, (await put(2)).version];
  const [first, second] = named('signal');
  // The embedded queue hands out one message of a group at a time; SQS hands out both.
  const messages = await system.receive();
  const [one] = messages;
  await system.remove(one!);
  const [other] = await system.receive();
  await cache.flushMessages([one!, other!]);
  await system.remove(other!);

  const [flush] = named('flush');
  expect(flush!.parentSpanContext!.spanId).toBe(idOf(second!));
  expect(flush!.attributes).toMatchObject({ 'write_behind.asked': versions[1] });
  expect(flush!.links.map(({ context }) => context.spanId)).toEqual([idOf(first!), idOf(named('batch')[0]!)]);
});

test('a flush that fails says so, without the words of DynamoDB', async () => {
  const clients = watchedClients(system.config, {
    before: ({ command }) => {
      if (command.startsWith('PutItem')) throw refused();
    },
  });
  const failing = await system.another({ clients, tracing: openTelemetry(api) });
  await failing.execute({ op: 'put', key: 'stock/cake', value: { n: 1 }, durability: 'queue' });
  const [message] = await system.receive();
  await failing.flushMessages([message!]);
  expect(named('flush')[0]).toMatchObject({
    status: { code: api.SpanStatusCode.ERROR },
    attributes: { 'write_behind.result': 'failed', 'error.type': 'ItemRefusedError' },
  });
});

test('without a registered SDK, and with a trace header that is none, everything works as ever', async () => {
  api.trace.disable();
  const unheard = await system.another({ tracing: openTelemetry(api) });
  await unheard.execute({ op: 'put', key: 'stock/tea', value: { n: 1 }, durability: 'queue' });
  const [message] = await system.receive();
  expect(message!.traceHeader).toBeUndefined();
  expect(await unheard.flushMessages([{ ...message!, traceHeader: 'Root=1;Sampled=1' }])).toEqual({ failed: [] });
  expect(await system.stored('stock/tea')).toMatchObject({ n: 1 });
  expect(spans()).toEqual([]);
});
