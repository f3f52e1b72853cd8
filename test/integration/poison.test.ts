/** Items that the database refuses for good cost those beside them next to nothing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localEnvironment } from '../../lib/environment.ts';
import { type LocalStack, startStack } from '../../local/stack.ts';
import { patient } from '../support/patient.ts';
import { refused } from '../support/refusals.ts';
import { until } from '../support/system.ts';
import { watchedClients } from '../support/watched-clients.ts';

const POISON = 200;
const HEALTHY = 300;
const WRITERS = 4;

let stack: LocalStack;
/** When the database had which healthy item. */
const storedAt = new Map<string, number>();
let refusals = 0;
beforeAll(async () => {
  stack = await startStack({
    environment: localEnvironment(),
    settings: { ...patient, windowSeconds: 1, refusedRetrySeconds: [1, 1, 1] },
    logLevel: 'SILENT',
    cacheOptions: (config) => ({
      clients: watchedClients(config, {
        before: ({ command, input }) => {
          if (command !== 'PutItemCommand' || !keyOf(input).startsWith('poison/')) return;
          refusals += 1;
          throw refused();
        },
        after: ({ command, input }) => {
          if (command === 'PutItemCommand') storedAt.set(keyOf(input), performance.now());
        },
      }),
    }),
  });
});
afterAll(() => stack.stop());

// biome-ignore lint/suspicious/noExplicitAny: the input of any command
const keyOf = (input: any): string => input.Item.pk.S ?? input.Item.pk;

/** Writes healthy items; returns the median time from the acknowledgement of one until the database has it, ms. */
async function medianLag(phase: string): Promise<number> {
  const acknowledgedAt = new Map<string, number>();
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let n = writer; n < HEALTHY; n += WRITERS) {
        const key = `healthy/${phase}-${n}`;
        await stack.cache.execute({ op: 'put', key, value: { n } });
        acknowledgedAt.set(key, performance.now());
      }
    }),
  );
  await until('all are stored', () => [...acknowledgedAt.keys()].every((key) => storedAt.has(key)), 60_000);
  const lags = [...acknowledgedAt].map(([key, at]) => storedAt.get(key)! - at).sort((a, b) => a - b);
  return lags[Math.floor(lags.length / 2)]!;
}

test(`${POISON} poison messages do not slow healthy keys by more than twice`, async () => {
  const before = await medianLag('before');
  await Promise.all(
    Array.from({ length: POISON }, (_, n) => stack.cache.execute({ op: 'put', key: `poison/${n}`, value: { n } })),
  );
  await until('they are refused', () => refusals > 0, 60_000);
  const during = await medianLag('during');
  expect(during).toBeLessThan(2 * before);

  await until('all are dead letters', async () => (await stack.cache.stats()).deadLetters === POISON, 60_000);
  expect(refusals).toBeGreaterThanOrEqual(4 * POISON);
  expect(await stack.cache.stats()).toMatchObject({ parkedItems: POISON, dirtyItems: 0 });
}, 180_000);
