/** Everything that the library does to Valkey, through one user. */
import { expect } from 'vitest';
import { BoundError, LevelNotMetError, PreconditionFailedError, StoreUnavailableError } from '../../lib/errors.ts';
import { puts, receivedAgain, refused, throttled } from '../support/refusals.ts';
import { messageOfSignal, type System } from '../support/system.ts';
import { watchedClients } from '../support/watched-clients.ts';

const DAY_US = 86_400_000_000;

/**
 * Runs it all against the Valkey at `valkeyUrl`, and queue and table of `system`. Nothing may fail that would not fail with all
 * rights.
 *
 * @param forgetScripts makes Valkey forget the scripts it was told
 */
export async function workload(system: System, valkeyUrl: string, forgetScripts: () => Promise<unknown>) {
  const refusing = new Set<string>();
  const away = new Set<string>();
  const config = { ...system.config, endpoints: { ...system.config.endpoints, valkeyUrl } };
  const clients = watchedClients(config, {
    before: (request) => {
      if (puts(request, ...refusing)) throw refused();
      if (away.has(request.command)) throw throttled();
    },
  });
  const cache = await system.another({ clients });
  const items = cache.collection('work');

  for (const durability of ['cache', 'queue', 'database'] as const) {
    const id = `written-${durability}`;
    const { version } = await items.put(
      id,
      { n: 1, text: 'x', gone: true },
      { durability, ifMatch: 'none', actor: 'a' },
    );
    await items.patch(
      id,
      { set: { text: 'y' }, add: { n: 2 }, max: { high: 3 }, min: { low: 4 }, remove: ['gone'] },
      { durability, ifMatch: version, idempotencyKey: id, comment: 'c' },
    );
    await items.patch(id, { add: { n: 1 } }, { durability, actor: 'b' });
    expect(await items.get(id)).toMatchObject({ value: { n: 4, text: 'y', high: 3, low: 4 }, source: 'cache' });
    await items.delete(id, { durability });
    await items.put(id, { n: 5 }, { durability });
    await cache.append('work', { n: 1 }, { durability });
  }
  const once = () => items.patch('once', { add: { n: 1 } }, { idempotencyKey: 'once' });
  expect(await once()).toEqual(await once());
  await expect(items.patch('once', { add: { n: { by: 1, max: 1 } } })).rejects.toBeInstanceOf(BoundError);
  await expect(items.put('once', {}, { ifMatch: 1 })).rejects.toBeInstanceOf(PreconditionFailedError);

  // Items that are not cached: loaded, absent, and impossible to load.
  await system.seed({ pk: 'work/stored', n: 1 });
  expect(await items.get('stored')).toMatchObject({ value: { n: 1 }, source: 'database' });
  expect(await items.get('absent')).toBeNull();
  await system.seed({ pk: 'work/patched', n: 1 });
  expect(await items.patch('patched', { add: { n: 1 } })).toMatchObject({ value: { n: 2 } });
  away.add('GetItemCommand');
  await expect(items.get('unreachable')).rejects.toBeInstanceOf(StoreUnavailableError);
  away.clear();
  away.add('SendMessageBatchCommand');
  await expect(items.put('unsignalled', { n: 1 }, { durability: 'queue' })).rejects.toBeInstanceOf(LevelNotMetError);
  away.clear();

  // Loaded ahead of its readers, and looked at whether it is about to expire.
  await system.seed({ pk: 'fresh/warm', n: 1 });
  expect(await cache.warm({ keys: ['fresh/warm', 'fresh/absent'] })).toMatchObject({ loaded: 1, missing: 1 });
  expect(await cache.get('fresh/warm')).toMatchObject({ source: 'cache' });

  // Kept for the history, read before and after the flush.
  const audited = cache.collection('audited');
  await audited.put('1', { n: 1, gone: true });
  await audited.patch('1', { add: { n: 1 }, remove: ['gone'] }, { durability: 'cache' });
  expect((await cache.history('audited/1')).history).toHaveLength(2);
  await system.deliverAll(cache);
  expect((await cache.history('audited/1')).history).toHaveLength(2);

  // Listed, before and after the flush, and where nobody knows whether the write creates the item.
  const listable = cache.collection('listable');
  away.add('GetItemCommand');
  await listable.put('1', { n: 1 }, { durability: 'cache' });
  away.clear();
  await listable.append({ n: 2 });
  await listable.put('2', { n: 3 });
  await listable.delete('2');
  await system.deliverAll(cache);
  expect((await listable.list()).items).toHaveLength(2);

  const outcomes = await cache.batch([
    { op: 'put', key: 'work/batch', value: { n: 1 } },
    { op: 'patch', key: 'work/batch', add: { n: 1 } },
    { op: 'get', key: 'work/batch' },
    { op: 'delete', key: 'work/batch' },
  ]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['written', 'written', 'read', 'written']);
  await system.deliverAll(cache);
  // Clean by now, and dirty again.
  await items.patch('stored', { add: { n: 1 } });
  await system.deliverAll(cache);
  expect(await cache.consistency('work/stored')).toMatchObject({ consistent: true });

  // Parked, and released by the next write and by the dead letter.
  for (const release of [
    () => items.put('parked', { n: 2 }),
    async () => {
      const [letter] = await system.receive('dead');
      expect(await cache.flushMessages([letter!])).toEqual({ failed: [] });
    },
  ]) {
    refusing.add('work/parked');
    await items.put('parked', { n: 1 }, { durability: 'queue' });
    const messages = await system.receive();
    await cache.flushMessages(messages.map((message) => receivedAgain(message, 4)));
    await Promise.all(messages.map((message) => system.remove(message)));
    expect(await cache.stats()).toMatchObject({ parkedItems: 1 });
    refusing.clear();
    await release();
    await system.deliverAll(cache);
    for (const letter of await system.receive('dead')) await system.remove(letter, 'dead');
    expect(await cache.stats()).toMatchObject({ parkedItems: 0 });
  }

  // Parked, and then redriven or given up.
  for (const treat of [
    () => cache.deadLetters.redrive({ all: true }),
    () => cache.deadLetters.discard({ all: true }, { actor: 'a', comment: 'c' }),
  ]) {
    refusing.add('work/given-up');
    await items.put('given-up', { n: 1 }, { durability: 'queue' });
    const messages = await system.receive();
    await cache.flushMessages(messages.map((message) => receivedAgain(message, 4)));
    await Promise.all(messages.map((message) => system.remove(message)));
    const { deadLetters } = await cache.deadLetters.list();
    expect(await cache.deadLetters.show(deadLetters[0]!.id)).toMatchObject({ redrive: 'stores', item: { cache: {} } });
    refusing.clear();
    expect(await treat()).toMatchObject({ done: 1, failed: [] });
    await system.deliverAll(cache);
    expect(await cache.stats()).toMatchObject({ parkedItems: 0 });
    expect(await cache.consistency('work/given-up')).toMatchObject({ consistent: true });
  }

  const { knownLost } = await cache.stats();
  await cache.flushMessages([messageOfSignal({ key: 'work/lost', version: Date.now() * 1000 })]);
  await items.put('kept', { n: 1 }, { durability: 'cache' });
  expect(await cache.stats()).toMatchObject({ knownLost: knownLost + 1 });

  const later = await system.another({ clients, clock: () => Date.now() * 1000 + DAY_US });
  expect(await later.sweep()).toMatchObject({ failed: 0, remaining: 0 });
  await forgetScripts();
  await items.put('kept', { n: 2 }, { durability: 'cache' });
  expect(await cache.flush()).toMatchObject({ flushed: 1, failed: 0, remaining: 0 });
  expect(await cache.health()).toMatchObject({ status: 'ok' });
  await system.deliverAll(cache);
  return cache;
}
