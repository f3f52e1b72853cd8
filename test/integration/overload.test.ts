/** Far more writes than the database takes: they are refused quickly, nothing acknowledged is lost, and it ends by itself. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localEnvironment } from '../../lib/environment.ts';
import { startDynamodb } from '../../local/embedded/dynamodb.ts';
import type { EmbeddedServer } from '../../local/embedded/server-process.ts';
import { type LocalStack, startStack } from '../../local/stack.ts';
import { HttpFaultProxy } from '../support/http-fault-proxy.ts';
import { patient } from '../support/patient.ts';
import { until } from '../support/system.ts';
import { scanTable, untilDrained } from './drained.ts';

const ROOM = 320;
const CLIENTS = 16;
/** One batch at a time, and the database takes its time: about 10 items in 400 ms. */
const SLOW_MS = 400;
const WRITES = 4 * ROOM;

interface Answer {
  readonly key: string;
  readonly status: number;
  readonly type: string | undefined;
  readonly retryAfter: string | null;
  readonly ms: number;
}

let dynamodb: EmbeddedServer;
let proxy: HttpFaultProxy;
let stack: LocalStack;
let n = 0;
beforeAll(async () => {
  dynamodb = await startDynamodb({});
  proxy = await HttpFaultProxy.start(dynamodb.url);
  stack = await startStack({
    environment: { ...localEnvironment(), dynamodbEndpoint: proxy.url },
    settings: { ...patient, windowSeconds: 1, maxDirtyItems: ROOM },
    concurrency: 1,
    logLevel: 'SILENT',
  });
});
afterAll(async () => {
  await stack.stop();
  await proxy.close();
  await dynamodb.stop();
});

async function put(): Promise<Answer> {
  n += 1;
  const key = `overload/${n}`;
  const startedAt = performance.now();
  const response = await fetch(`${stack.url}/items/${key}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ value: { n } }),
  });
  const { type } = (await response.json()) as { type?: string };
  const ms = performance.now() - startedAt;
  return { key, status: response.status, type, retryAfter: response.headers.get('retry-after'), ms };
}

function median(answers: readonly Answer[]): number {
  return answers.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(answers.length / 2)]!;
}

test('what is too much is 429 at once, what was acknowledged is stored, and then writes are taken again', async () => {
  proxy.weather = (operation) => (/Put|Batch/.test(operation) ? { kind: 'late', ms: SLOW_MS } : undefined);
  const startedAt = performance.now();
  const answers: Answer[] = [];
  let mostDirty = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (answers.length < WRITES) {
        answers.push(await put());
        if (answers.length % 100 === 0) mostDirty = Math.max(mostDirty, (await stack.cache.stats()).dirtyItems);
      }
    }),
  );
  const { itemsStored } = await stack.cache.stats();
  const perSecond = (count: number) => count / ((performance.now() - startedAt) / 1000);
  expect(perSecond(answers.length)).toBeGreaterThan(10 * perSecond(itemsStored));

  const [taken, refused] = [answers.filter((a) => a.status === 202), answers.filter((a) => a.status === 429)];
  expect(taken.length + refused.length).toBe(answers.length);
  expect(refused.length).toBeGreaterThan(ROOM);
  expect(mostDirty).toBeLessThanOrEqual(ROOM);
  for (const { type, retryAfter } of refused) {
    expect(type).toMatch(/no-room$/);
    expect(Number(retryAfter)).toBeGreaterThan(0);
  }
  expect(median(refused)).toBeLessThan(2 * median(taken));

  proxy.weather = undefined;
  await untilDrained(stack.cache, 120_000);
  const table = await scanTable(dynamodb.url, stack.endpoints.tableName);
  expect(taken.filter(({ key }) => !table.has(key))).toEqual([]);
  await until('writes are taken again', async () => (await put()).status === 202);
}, 180_000);
