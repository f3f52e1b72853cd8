/** DynamoDB is unreachable for a while: writes go on, it shows, and it drains by itself. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localEnvironment } from '../../lib/environment.ts';
import { startDynamodb } from '../../local/embedded/dynamodb.ts';
import type { EmbeddedServer } from '../../local/embedded/server-process.ts';
import { type LocalStack, startStack } from '../../local/stack.ts';
import { patient } from '../support/patient.ts';
import { until } from '../support/system.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { isLong, scanTable, untilDrained } from './drained.ts';

const OUTAGE_MS = isLong ? 60_000 : 5000;
const ROUNDS = 10;
const KEYS = 100;

let dynamodb: EmbeddedServer;
let proxy: TcpProxy;
let stack: LocalStack;
beforeAll(async () => {
  dynamodb = await startDynamodb();
  proxy = await TcpProxy.start(dynamodb.url);
  stack = await startStack({
    logLevel: 'SILENT',
    environment: { ...localEnvironment(), dynamodbEndpoint: proxy.url },
    // Without retries of refused items, one that was taken for refused would be a dead letter at once.
    settings: { ...patient, windowSeconds: 1, sweepEverySeconds: 5, refusedRetrySeconds: [] },
  });
});
afterAll(async () => {
  await stack.stop();
  await proxy.close();
  await dynamodb.stop();
});

/** Increments every key, half of them at each level; every write must be acknowledged. */
async function writeRound(): Promise<void> {
  const outcomes = await stack.cache.batch(
    Array.from({ length: KEYS }, (_, i) => ({
      op: 'patch',
      key: `outage/${i}`,
      add: { n: 1 },
      durability: i % 2 ? 'cache' : 'queue',
    })),
  );
  expect(outcomes.filter(({ kind }) => kind !== 'written')).toEqual([]);
}

test(
  'while DynamoDB is away writes are acknowledged, nothing is dead-lettered, lag and health show it, and it drains by itself',
  async () => {
    await writeRound();
    await untilDrained(stack.cache, 60_000);
    expect((await stack.cache.health()).status).toBe('ok');

    await proxy.refuse();
    for (let round = 1; round <= ROUNDS; round += 1) {
      await writeRound();
      const lagMs = (OUTAGE_MS / ROUNDS) * round;
      await until(
        `the oldest write waits for ${lagMs} ms`,
        async () => (await stack.cache.stats()).oldestLagMs >= lagMs,
        OUTAGE_MS,
      );
    }
    expect(await stack.cache.health()).toMatchObject({
      status: 'degraded',
      checks: { database: { status: 'down' }, valkey: { status: 'ok' }, queue: { status: 'ok' } },
    });
    const response = await fetch(`${stack.url}/health`);
    expect([response.status, await response.json()]).toMatchObject([200, { status: 'degraded' }]);
    const during = await stack.cache.stats();
    expect(during).toMatchObject({ dirtyItems: KEYS, parkedItems: 0, deadLetters: 0 });
    expect(during.failed).toBeGreaterThan(0);

    await proxy.pass();
    // The longest back-off that the outage can have led to, and the sweep's turn.
    await untilDrained(stack.cache, 2 * OUTAGE_MS + 60_000);
    expect(await stack.cache.stats()).toMatchObject({ parkedItems: 0, deadLetters: 0, oldestLagMs: 0 });
    await until('it is well', async () => (await stack.cache.health()).status === 'ok');
    const stored = await scanTable(dynamodb.url, stack.endpoints.tableName);
    expect([...stored.values()].filter(({ n }) => n !== ROUNDS + 1)).toEqual([]);
    expect(stored.size).toBe(KEYS);
  },
  10 * OUTAGE_MS + 180_000,
);
