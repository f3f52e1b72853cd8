import { afterAll, beforeAll, expect, test } from 'vitest';
import { LevelNotMetError } from '../../lib/errors.ts';
import type { Operation, Outcome } from '../../lib/model/operation.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { type System, startSystem } from '../support/system.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { watchedClients } from '../support/watched-clients.ts';

/** What ioredis says of a command that it has not sent. */
const NOT_SENT = "Stream isn't writeable and enableOfflineQueue options is false";

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

/** An instance that loses Valkey for certain scripts: those that the test names by their number. */
async function losingValkey(lost: (script: number) => boolean, sqsEndpoint?: string): Promise<WriteBehind> {
  const config = { ...system.config, endpoints: { ...system.config.endpoints, ...(sqsEndpoint && { sqsEndpoint }) } };
  const clients = watchedClients(config);
  let script = 0;
  const evalsha = clients.valkey.evalsha.bind(clients.valkey);
  // No server can be made to be away for one command of a batch and back for the next.
  clients.valkey.evalsha = ((...args: Parameters<typeof evalsha>) => {
    script += 1;
    return lost(script) ? Promise.reject(new Error(NOT_SENT)) : evalsha(...args);
  }) as typeof clients.valkey.evalsha;
  return system.another({ clients });
}

const put = (key: string, n: number): Operation => ({ op: 'put', key, value: { n }, durability: 'queue' });

function errorOf(outcome: Outcome | undefined): unknown {
  return outcome?.kind === 'failed' ? outcome.error : outcome?.kind;
}

test('rule 12: a patch that follows a write which only the queue has is not based on the cache', async () => {
  const key = 'chains/patch';
  await system.cache.execute({ op: 'put', key, value: { n: 5 }, durability: 'database' });
  const cache = await losingValkey((script) => script === 1);
  const [straight, patched] = await cache.batch([
    put(key, 1),
    { op: 'patch', key, add: { n: 1 }, durability: 'queue' },
  ]);
  expect(straight?.kind).toBe('written');
  expect(errorOf(patched)).toBeInstanceOf(LevelNotMetError);
  await system.deliverAll();
  expect(await system.stored(key)).toMatchObject({ n: 1 });
});

test('rule 12: a write that goes straight to the queue is newer than the one before it in the cache', async () => {
  const key = 'chains/later';
  const ahead = await system.another({ clock: () => (Date.now() + 240_000) * 1000 });
  await ahead.execute({ op: 'put', key, value: { n: 0 }, durability: 'cache' });
  const cache = await losingValkey((script) => script === 2);
  const outcomes = await cache.batch([put(key, 1), put(key, 2)]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['written', 'written']);
  await system.deliverAll();
  expect(await system.stored(key)).toMatchObject({ n: 2 });
});

test('rule 12: when SQS is away too, each write of a key says for itself whether the cache has it', async () => {
  const proxy = await TcpProxy.start(system.servers.sqs.url);
  await proxy.refuse();
  const cache = await losingValkey((script) => script === 2, proxy.url);
  const outcomes = await cache.batch([put('chains/both', 1), put('chains/both', 2)]);
  expect(outcomes.map(errorOf)).toMatchObject([{ facts: { inCache: true } }, { facts: { inCache: false } }]);
  await proxy.close();
});

test('rule 12: a write with an idempotency key does not go straight to the queue', async () => {
  const cache = await losingValkey(() => true);
  const refusal = await cache
    .execute({ op: 'put', key: 'chains/once', value: {}, durability: 'queue', idempotencyKey: 'k' })
    .catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(LevelNotMetError);
  expect(refusal).toMatchObject({ facts: { inCache: false } });
});
