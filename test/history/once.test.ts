import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Gate, watchedClients } from '../support/system.ts';
import { type Audited, startAudited, versions } from './audited.ts';

let system: Audited;
beforeAll(async () => {
  system = await startAudited();
});
afterAll(() => system.stop());

describe('each change is in the history once', () => {
  test('when a message is delivered twice, late, and after others', async () => {
    const key = system.freshKey();
    const written = [];
    for (let n = 0; n < 3; n++) written.push(await system.cache.execute({ op: 'put', key, value: { n } }));
    const messages = await system.receive();
    for (const message of messages) await system.remove(message);
    for (const message of [...messages].reverse()) await system.cache.flushMessages([message]);
    for (const message of messages) await system.cache.flushMessages([message]);
    await system.deliverAll();
    const stored = (await system.recorded(key)).flatMap(({ changes }) => JSON.parse(changes));
    expect(versions(stored).sort()).toEqual(versions(written));
  });

  test('when a flush dies after it recorded, and writes go on', async () => {
    const key = system.freshKey();
    const dying = new Gate();
    const clients = watchedClients(system.config, async (command, input) => {
      if (command === 'PutItemCommand' && input.TableName === system.config.endpoints.tableName) {
        await dying.wait();
        throw new Error('killed');
      }
    });
    const doomed = await system.another({ clients });
    await system.cache.execute({ op: 'put', key, value: { n: 0 }, durability: 'cache' });
    const flushing = doomed.flush();
    await dying.reached;
    expect(await system.recorded(key)).toHaveLength(1);
    await system.cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'cache' });
    dying.open();
    await flushing;
    await system.cache.flush();
    const stored = (await system.recorded(key)).flatMap(({ changes }) => JSON.parse(changes));
    expect(stored.map(({ set }) => set.n)).toEqual([0, 1]);
    expect(await system.logOf(key)).toBe(0);
  });

  test('when it is made while a flush of the changes before it runs', async () => {
    const key = system.freshKey();
    const gate = new Gate();
    const clients = watchedClients(system.config, async (command, input) => {
      if (command === 'PutItemCommand' && input.TableName === system.config.endpoints.tableName) await gate.wait();
    });
    const slow = await system.another({ clients });
    const first = await system.cache.execute({ op: 'put', key, value: { n: 0 }, durability: 'cache' });
    const flushing = slow.flush();
    await gate.reached;
    const second = await system.cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'cache' });
    gate.open();
    await flushing;
    expect(versions(await system.whole(key))).toEqual([second.version, first.version]);
    await system.cache.flush();
    expect(versions(await system.whole(key))).toEqual([second.version, first.version]);
    expect(await system.logOf(key)).toBe(0);
  });

  test('when a request is repeated under its idempotency key', async () => {
    const key = system.freshKey();
    const request = { op: 'patch', key, add: { n: 1 }, idempotencyKey: 'once' } as const;
    const first = await system.cache.execute(request);
    expect(await system.cache.execute(request)).toEqual(first);
    await system.deliverAll();
    expect(versions(await system.whole(key))).toEqual([first.version]);
  });
});
