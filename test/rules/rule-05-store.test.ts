import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Signal } from '../../lib/queue/signal.ts';
import { Gate, messageOfSignal, type System, startSystem, watchedClients } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ settings: { defaultDurability: 'queue' } });
});
afterAll(() => system.stop());
beforeEach(() => system.deliverAll());

/** Writes an item and returns the signal that this sends. */
async function signalled(key: string, value: { n: number }): Promise<Signal> {
  const { version } = await system.cache.execute({ op: 'put', key, value });
  return { key, version, image: { version, deleted: false, value } };
}

/** An instance that claims and then hangs until the gate is opened, as one does whose messages became visible again. */
async function zombie() {
  const gate = new Gate();
  const clients = watchedClients(system.config, async (command) => {
    if (command === 'PutItemCommand') await gate.wait();
  });
  return { gate, cache: await system.another({ clients }) };
}

describe.each(['with the cache as it was', 'with an empty cache'])('%s', (state) => {
  const forget = async () => {
    if (state === 'with an empty cache') await system.redis.flushall();
  };
  const collection = state.replaceAll(' ', '-');

  test('rule 5: a message that is delivered again changes nothing', async () => {
    const key = `${collection}/redelivered`;
    const signal = await signalled(key, { n: 1 });
    await system.deliverAll();
    const stored = await system.stored(key);
    await forget();
    for (let i = 0; i < 2; i += 1) {
      expect(await system.cache.flushMessages([messageOfSignal(signal)])).toEqual({ failed: [] });
      expect(await system.stored(key)).toEqual(stored);
    }
  });

  test('rule 5: a dead letter that is replayed does not take an item back', async () => {
    const key = `${collection}/replayed`;
    const dead = await signalled(key, { n: 1 });
    await signalled(key, { n: 2 });
    await system.deliverAll();
    await forget();
    expect(await system.cache.flushMessages([messageOfSignal(dead)])).toEqual({ failed: [] });
    expect(await system.stored(key)).toMatchObject({ n: 2 });
    expect(await system.cache.get(key)).toMatchObject({ value: { n: 2 }, persisted: true });
  });

  test('rule 5: messages in any order leave the newest state', async () => {
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    for (const [run, order] of orders.entries()) {
      const key = `${collection}/order-${run}`;
      const signals = [];
      for (let n = 0; n < 3; n += 1) signals.push(await signalled(key, { n }));
      for (const index of order) {
        await forget();
        await system.cache.flushMessages([messageOfSignal(signals[index]!)]);
      }
      expect(await system.stored(key)).toMatchObject({ n: 2, _v: signals[2]!.version });
    }
  });

  test('rule 5: a flusher that stores late does not take an item back', async () => {
    const key = `${collection}/zombie`;
    const { gate, cache } = await zombie();
    const old = await signalled(key, { n: 1 });
    const late = cache.flushMessages([messageOfSignal(old)]);
    await gate.reached;
    const newer = await signalled(key, { n: 2 });
    await forget();
    await system.cache.flushMessages([messageOfSignal(newer)]);
    gate.open();
    expect(await late).toEqual({ failed: [] });
    expect(await system.stored(key)).toMatchObject({ n: 2, _v: newer.version });
    expect(await system.isDirty(key)).toBe(false);
    expect(await system.cache.get(key)).toMatchObject({ value: { n: 2 }, persisted: true });
  });

  test('rule 5: a late write-through does not take an item back, and is acknowledged', async () => {
    const key = `${collection}/late-through`;
    const { gate, cache } = await zombie();
    const late = cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'database' });
    await gate.reached;
    const newer = await signalled(key, { n: 2 });
    await forget();
    await system.cache.flushMessages([messageOfSignal(newer)]);
    gate.open();
    expect(await late).toMatchObject({ durability: 'database' });
    expect(await system.stored(key)).toMatchObject({ n: 2, _v: newer.version });
  });
});

test('rule 5: a late sweep does not take an item back', async () => {
  const { gate, cache } = await zombie();
  await signalled('sweep/a', { n: 1 });
  const late = cache.flush();
  await gate.reached;
  await signalled('sweep/a', { n: 2 });
  await system.deliverAll();
  gate.open();
  expect(await late).toMatchObject({ failed: 0 });
  expect(await system.stored('sweep/a')).toMatchObject({ n: 2 });
});

test('rule 5: stores that meet a newer version are counted', async () => {
  const { gate, cache } = await zombie();
  const old = await signalled('counted/a', { n: 1 });
  const late = cache.flushMessages([messageOfSignal(old)]);
  await gate.reached;
  await signalled('counted/a', { n: 2 });
  await system.deliverAll();
  const before = await system.cache.stats();
  gate.open();
  await late;
  const { stale, itemsStored } = await system.cache.stats();
  expect({ stale, itemsStored }).toEqual({ stale: before.stale + 1, itemsStored: before.itemsStored });
});

test('rule 5: after a crash between store and settle the next delivery settles', async () => {
  const { version } = await system.cache.execute({ op: 'put', key: 'crashed/a', value: { n: 1 } });
  await system.seed({ pk: 'crashed/a', _v: version, n: 1 });
  await system.deliverAll();
  expect(await system.stored('crashed/a')).toEqual({ pk: 'crashed/a', _v: version, n: 1 });
  expect(await system.isDirty('crashed/a')).toBe(false);
  expect(await system.cache.get('crashed/a')).toMatchObject({ source: 'cache', persisted: true });
});

test('rule 5: an item that another program stored without a version is replaced by a put', async () => {
  await system.seed({ pk: 'plain/put', n: 1, theirs: true });
  const { version } = await system.cache.execute({ op: 'put', key: 'plain/put', value: { n: 2 } });
  await system.deliverAll();
  expect(await system.stored('plain/put')).toEqual({ pk: 'plain/put', n: 2, _v: version, _at: expect.any(String) });
});

test('rule 5: an item that another program stored without a version is the base of a patch', async () => {
  await system.seed({ pk: 'plain/patch', n: 1, theirs: true });
  expect(await system.cache.get('plain/patch')).toMatchObject({ version: 0, value: { n: 1, theirs: true } });
  await system.cache.execute({ op: 'patch', key: 'plain/patch', add: { n: 1 } });
  await system.deliverAll();
  expect(await system.stored('plain/patch')).toMatchObject({ n: 2, theirs: true });
});
