/** Writers at full speed: DynamoDB gets each item at most about once per window, and the last value of each. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localEnvironment } from '../../lib/environment.ts';
import { startDynamodb } from '../../local/embedded/dynamodb.ts';
import type { EmbeddedServer } from '../../local/embedded/server-process.ts';
import { type LocalStack, startStack } from '../../local/stack.ts';
import { patient } from '../support/patient.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { isLong, scanTable, untilDrained } from './drained.ts';

// Fewer keys in the short form, so that a few thousand writes are many per key and window.
const KEYS = isLong ? 1000 : 250;
const WRITERS = 16;
const WINDOW_SECONDS = 1;
const LONG_MS = 20_000;
const WRITES = { cache: 5000, queue: 3000 };
const DRAIN_MS = isLong ? 600_000 : 60_000;

describe.each(['cache', 'queue'] as const)('at %s level', (durability) => {
  let dynamodb: EmbeddedServer;
  let wire: TcpProxy;
  let stack: LocalStack;
  beforeAll(async () => {
    dynamodb = await startDynamodb();
    wire = await TcpProxy.start(dynamodb.url);
    stack = await startStack({
      logLevel: 'SILENT',
      environment: { ...localEnvironment(), dynamodbEndpoint: wire.url },
      settings: { ...patient, windowSeconds: WINDOW_SECONDS, maxDirtyItems: 1_000_000 },
    });
  });
  afterAll(async () => {
    await stack.stop();
    await wire.close();
    await dynamodb.stop();
  });

  /** The acknowledged increments of every key. */
  async function write(): Promise<{ counts: Map<string, number>; seconds: number }> {
    const counts = new Map<string, number>();
    const startedAt = performance.now();
    let written = 0;
    const goesOn = () => (isLong ? performance.now() - startedAt < LONG_MS : written < WRITES[durability]);
    await Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        // Every writer goes through all keys, each by steps of its own: they meet on the same items all the time.
        for (let i = writer; goesOn(); i += 2 * writer + 1) {
          const key = `speed/${i % KEYS}`;
          written += 1;
          await stack.cache.execute({ op: 'patch', key, add: { n: 1 }, set: { by: writer }, durability });
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
      }),
    );
    return { counts, seconds: (performance.now() - startedAt) / 1000 };
  }

  test(
    `${WRITERS} writers on ${KEYS} keys: item writes ≤ keys × seconds × 1.2, and every final value is right`,
    async () => {
      const { counts, seconds } = await write();

      await untilDrained(stack.cache, DRAIN_MS);

      const itemWrites = wire.asked('DynamoDB_20120810.PutItem');
      expect(itemWrites).toBeGreaterThanOrEqual(counts.size);
      expect(itemWrites).toBeLessThanOrEqual(KEYS * (seconds + WINDOW_SECONDS) * 1.2);

      const stored = await scanTable(dynamodb.url, stack.endpoints.tableName);
      expect(stored.size).toBe(counts.size);
      const wrong = [...counts].filter(([key, count]) => stored.get(key)?.n !== count);
      expect(wrong).toEqual([]);
      expect((await stack.cache.stats()).deadLetters).toBe(0);
    },
    DRAIN_MS + 60_000,
  );
});
