import { describe, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import { Gate } from '../support/system.ts';
import { type SeenRequest, watchedClients } from '../support/watched-clients.ts';
import { cache, evict, listed, put, settings, system, useLists } from './lists.ts';

useLists();

describe('what was created is found out by the flush, where the writer could not know', () => {
  test('while DynamoDB was away', async () => {
    for (const id of ['a', 'b']) await put(`blind/${id}`, { n: 1 });
    await cache.flush();
    await evict('blind/a');
    const away = await system.another({}, settings, { dynamodbEndpoint: 'http://127.0.0.1:1' });
    await put('blind/a', { n: 2 }, away);
    await put('blind/c', { n: 2 }, away);
    await cache.flush();
    expect(await listed('blind')).toEqual(['c', 'b', 'a']);
    expect((await cache.list('blind')).items.map(({ value }) => value.n)).toEqual([2, 1, 2]);
    await put('blind/c', { n: 3 });
    await put('blind/a', { n: 3 });
    expect(await listed('blind')).toEqual(['c', 'b', 'a']);
  });

  test('while another flush finds out the same', async () => {
    const away = await system.another({}, settings, { dynamodbEndpoint: 'http://127.0.0.1:1' });
    await cache.flush();
    await put('race/a', { n: 1 }, away);
    const flushing = async () => {
      const gate = new Gate();
      const before = ({ command }: SeenRequest) => command === 'PutItemCommand' && gate.wait();
      const instance = await system.another({ clients: watchedClients(system.config, { before }) });
      const flushed = instance.flush({ limit: 1 });
      await gate.reached;
      return { gate, flushed };
    };
    const first = await flushing();
    await put('race/a', { n: 2 });
    const second = await flushing();
    for (const { gate, flushed } of [first, second]) {
      gate.open();
      await flushed;
    }
    expect(await system.stored('race/a')).toMatchObject({
      n: 2,
      _created: Number((await system.entry('race/a')).created),
    });
    const { recent } = new Keys(system.config.shards).of('race/a');
    await system.redis.del(recent);
    expect(await listed('race')).toEqual(['a']);
  });

  test('of an item that another program, or this one before, has stored outside of lists', async () => {
    await system.seed({ pk: 'late/old', n: 1 });
    expect(await listed('late')).toEqual([]);
    await put('late/new');
    await cache.execute({ op: 'patch', key: 'late/old', add: { n: 1 } });
    await cache.flush();
    expect(await listed('late')).toEqual(['old', 'new']);
  });
});

test('messages carry when an item was created: the list survives the loss of Valkey', async () => {
  await put('lost/a', { n: 1 });
  // The signal of a write at `cache` level carries nothing.
  for (const signal of await system.receive()) await system.remove(signal);
  await cache.execute({ op: 'put', key: 'lost/b', value: { n: 1 } });
  await cache.execute({ op: 'put', key: 'lost/a', value: { n: 2 } });
  const messages = await system.receive();
  await system.redis.flushall();
  expect(await listed('lost')).toEqual([]);
  await cache.flushMessages(messages);
  await Promise.all(messages.map((message) => system.remove(message)));
  await system.deliverAll();
  expect((await cache.list('lost')).items.map(({ key, value }) => [key, value.n])).toEqual([
    ['lost/b', 1],
    ['lost/a', 2],
  ]);
});

test('an item that was created again is listed once, also where the index is behind and nothing is cached', async () => {
  const database = { durability: 'database' } as const;
  const { entry, recent } = new Keys(system.config.shards).of('behind/a');
  await cache.execute({ op: 'put', key: 'behind/a', value: { n: 1 }, ...database });
  await cache.execute({ op: 'delete', key: 'behind/a', ...database });
  const { version } = await cache.execute({ op: 'put', key: 'behind/a', value: { n: 2 }, ...database });
  // A place that it has no longer, as the index would still show it.
  await system.redis.zadd(recent, version - 9, 'behind/a');
  await system.redis.del(entry);
  expect((await cache.list('behind')).items.map(({ value }) => value)).toEqual([{ n: 2 }]);
});

test('an item that was created again is listed as it is, though Valkey was rolled back to before', async () => {
  const database = { durability: 'database' } as const;
  const { entry, recent } = new Keys(system.config.shards).of('back/a');
  for (const kept of [true, false]) {
    await cache.execute({ op: 'put', key: 'back/a', value: { n: 1 }, ...database });
    const [before, place] = [await system.redis.dumpBuffer(entry), (await system.redis.zscore(recent, 'back/a'))!];
    await cache.execute({ op: 'delete', key: 'back/a', ...database });
    await cache.execute({ op: 'put', key: 'back/a', value: { n: 2 }, ...database });
    await system.redis.restore(entry, 60_000, before, 'REPLACE');
    await system.redis.zrem(recent, 'back/a');
    if (kept) await system.redis.zadd(recent, place, 'back/a');
    expect((await cache.list('back')).items.map(({ value }) => value)).toEqual([{ n: 2 }]);
    expect((await cache.get('back/a'))?.value).toEqual({ n: 2 });
  }
});

test('while Valkey is away, the list is what the table has', async () => {
  for (const id of ['a', 'b']) await put(`park/${id}`);
  await cache.flush();
  await put('park/c');
  const away = await system.another({}, { ...settings, valkeyTimeoutMs: 50 }, { valkeyUrl: 'redis://127.0.0.1:1' });
  expect(await listed('park', { by: away })).toEqual(['b', 'a']);
});
