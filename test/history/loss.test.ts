import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClients } from '../../lib/clients.ts';
import { type Audited, startAudited, versions } from './audited.ts';

let system: Audited;
beforeAll(async () => {
  system = await startAudited();
});
afterAll(() => system.stop());

describe('a change at queue level', () => {
  test('survives the loss of all of Valkey', async () => {
    const key = system.freshKey();
    const written = [];
    for (let n = 0; n < 3; n++)
      written.push(await system.cache.execute({ op: 'put', key, value: { n }, actor: `a${n}` }));
    await system.redis.flushall();
    await system.deliverAll();
    expect(versions(await system.whole(key))).toEqual(versions(written).reverse());
    expect((await system.whole(key)).map(({ actor }) => actor)).toEqual(['a2', 'a1', 'a0']);
  });

  test('survives it also where a reader has loaded a newer state meanwhile', async () => {
    const key = system.freshKey();
    const first = await system.cache.execute({ op: 'put', key, value: { n: 0 } });
    const [early] = await system.receive();
    await system.remove(early!);
    await system.redis.flushall();
    const second = await system.cache.execute({ op: 'put', key, value: { n: 1 } });
    await system.deliverAll();
    await system.cache.flushMessages([early!]);
    expect(versions(await system.whole(key))).toEqual([second.version, first.version]);
  });

  test('goes straight to the queue while Valkey is away, and into the history from there', async () => {
    const key = system.freshKey();
    const away = await system.another({}, { valkeyTimeoutMs: 50 }, { valkeyUrl: 'redis://127.0.0.1:1' });
    const { version } = await away.execute({ op: 'put', key, value: { n: 1 }, actor: 'night shift' });
    await system.deliverAll();
    expect(await system.whole(key)).toMatchObject([{ version, actor: 'night shift', set: { n: 1 } }]);
  });

  test('of a batch whose changes do not fit into one message is in several', async () => {
    const key = system.freshKey('big');
    const text = 'x'.repeat(300_000);
    const operations = [0, 1, 2, 3].map((n) => ({ op: 'put', key, value: { n, text } }) as const);
    const outcomes = await system.cache.batch(operations);
    expect(outcomes.every(({ kind }) => kind === 'written')).toBe(true);
    await system.redis.flushall();
    await system.deliverAll();
    expect((await system.whole(key)).map(({ set }) => set?.n)).toEqual([3, 2, 1, 0]);
  });
});

test('a change at database level is in the history also where Valkey loses it before the claim', async () => {
  const key = system.freshKey();
  const clients = createClients(system.config);
  const evalsha = clients.valkey.evalsha.bind(clients.valkey);
  clients.valkey.evalsha = (async (...args: Parameters<typeof evalsha>) => {
    const reply = await evalsha(...args);
    if (args.includes('put')) await system.redis.flushall();
    return reply;
  }) as typeof clients.valkey.evalsha;
  const cache = await system.another({ clients });
  const { version } = await cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'database' });
  expect(await system.stored(key)).toMatchObject({ n: 1 });
  expect(versions(await system.whole(key))).toEqual([version]);
});

test('what is stored is in the history: while the history cannot be written, nothing is stored, and nothing is lost', async () => {
  const key = system.freshKey();
  const clients = createClients(system.config);
  const broken = await system.another({ clients }, {}, { historyTableName: 'missing-history' });
  await broken.execute({ op: 'put', key, value: { n: 1 } });
  const [message] = await system.receive();
  expect(await broken.flushMessages([message!])).toEqual({ failed: [message!.messageId] });
  expect(await system.stored(key)).toBeUndefined();
  await system.cache.flushMessages([message!]);
  await system.remove(message!);
  expect(await system.stored(key)).toMatchObject({ n: 1 });
  expect(await system.whole(key)).toHaveLength(1);
});
