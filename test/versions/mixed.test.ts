/** This version and the next one beside each other, on the same Valkey, queue and table, as during a deployment and after it was rolled back. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { FORMAT } from '../../lib/model/format.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { patient } from '../support/patient.ts';
import { type System, startSystem } from '../support/system.ts';
import { LOAD_SETTINGS, Load } from './load.ts';
import { buildNextVersion } from './next-version.ts';

/** They wait for nothing but servers, which are slow on a busy machine. */
vi.setConfig({ testTimeout: 120_000 });
const LEAST = 120;
let system: System;
let next: WriteBehind;
let remove: () => void;
beforeAll(async () => {
  system = await startSystem({ settings: { ...patient, ...LOAD_SETTINGS } });
  const version = await buildNextVersion();
  remove = version.remove;
  next = await version.WriteBehind.connect(system.config, { signals: 'awaited' });
});
afterAll(async () => {
  await next.close();
  remove();
  await system.stop();
});

/** One after the other. */
function inTurn(...instances: readonly WriteBehind[]): () => WriteBehind {
  let turn = 0;
  return () => instances[turn++ % instances.length]!;
}

type Side = 'this' | 'next' | 'both';
const instances = (side: Side) =>
  inTurn(...(side === 'both' ? [system.cache, next] : side === 'this' ? [system.cache] : [next]));

test.each<{ api: Side; flush: Side }>([
  { api: 'this', flush: 'next' },
  { api: 'next', flush: 'this' },
  { api: 'both', flush: 'both' },
])('api: $api, flush: $flush: nothing is lost, reordered, given up or counted twice', async ({ api, flush }) => {
  await system.redis.flushall();
  const load = new Load(system, { writer: instances(api), flusher: instances(flush) });
  await load.during(async () => undefined, LEAST);
  await load.judge(flush === 'next' ? next : system.cache);
});

test('a deployment under load, and its roll-back: nothing is lost, reordered, given up or counted twice', async () => {
  await system.redis.flushall();
  // Old; the new flush first; both; new; and the same way back.
  const steps: readonly [api: Side, flush: Side][] = [
    ['this', 'this'],
    ['both', 'next'],
    ['next', 'next'],
    ['both', 'this'],
    ['this', 'both'],
    ['this', 'this'],
  ];
  let [writer, flusher] = [instances('this'), instances('this')];
  const load = new Load(system, { writer: () => writer(), flusher: () => flusher() });
  for (const [api, flush] of steps) {
    [writer, flusher] = [instances(api), instances(flush)];
    await load.during(async () => undefined, load.written + LEAST / 4);
  }
  await load.judge(system.cache);
});

test('the next version is one: what it writes has its format and what it has added', async () => {
  await next.execute({ op: 'put', key: 'plain/next', value: { n: 1 } });
  const [message] = await system.receive();
  expect(JSON.parse(message!.body)).toMatchObject({ format: FORMAT + 1, added: {} });
  await system.remove(message!);
  expect(await system.entry('plain/next')).toMatchObject({ format: String(FORMAT + 1), added: expect.any(String) });
  await system.cache.execute({ op: 'put', key: 'plain/this', value: { n: 1 } });
  const [own] = await system.receive();
  expect(JSON.parse(own!.body)).not.toHaveProperty('format');
  await system.remove(own!);
});
