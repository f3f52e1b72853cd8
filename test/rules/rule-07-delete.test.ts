import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PreconditionFailedError } from '../../lib/errors.ts';
import { messageOfSignal, type System, startSystem } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());
beforeEach(() => system.deliverAll());

const items = () => system.cache.collection('deletes');

/** Writes an item and returns the message that this sends. */
async function put(id: string, value: { n: number }) {
  const { key, version } = await items().put(id, value);
  return messageOfSignal({ key, version, image: { version, deleted: false, value } });
}

test('rule 7: a delete is a versioned tombstone in the cache and in the table, for 90 days', async () => {
  const { version: first } = await items().put('a', { n: 1 });
  await system.deliverAll();
  const { version } = await items().delete('a', { actor: 'me', comment: 'sold out' });
  expect(version).toBeGreaterThan(first);
  expect(await system.entry('deletes/a')).toMatchObject({ deleted: '1', version: String(version), bytes: '0' });
  expect(await system.entry('deletes/a')).not.toHaveProperty('.n');
  await system.deliverAll();
  expect(await system.stored('deletes/a')).toEqual({
    pk: 'deletes/a',
    _v: version,
    _at: new Date(version / 1000).toISOString(),
    _by: 'me',
    _comment: 'sold out',
    _deleted: true,
    _ttl: Math.floor(version / 1e6) + 90 * 24 * 3600,
  });
});

test.for(['cache', 'queue', 'database'] as const)(
  'rule 7: reads find nothing, before and after the flush: %s',
  async (level) => {
    const key = `deletes/read-${level}`;
    await system.cache.execute({ op: 'put', key, value: { n: 1 }, durability: level });
    await system.deliverAll();
    await system.cache.execute({ op: 'delete', key, durability: level });
    expect(await system.cache.get(key)).toBeNull();
    await system.deliverAll();
    expect(await system.stored(key)).toMatchObject({ _deleted: true });
    expect(await system.cache.get(key)).toBeNull();
    await system.redis.flushall();
    expect(await system.cache.get(key)).toBeNull();
    expect(await system.cache.get(key)).toBeNull();
  },
);

describe.each(['with the cache as it was', 'with an empty cache'])('%s', (state) => {
  test('rule 7: an old message cannot resurrect the item', async () => {
    const id = state.replaceAll(' ', '-');
    const old = await put(id, { n: 1 });
    const { version } = await items().delete(id);
    await system.deliverAll();
    if (state === 'with an empty cache') await system.redis.flushall();
    expect(await system.cache.flushMessages([old])).toEqual({ failed: [] });
    expect(await system.stored(`deletes/${id}`)).toMatchObject({ _deleted: true, _v: version });
    expect(await items().get(id)).toBeNull();
  });
});

test('rule 7: an old message cannot resurrect the item before the delete is flushed', async () => {
  const old = await put('unflushed', { n: 1 });
  await items().delete('unflushed');
  await system.cache.flushMessages([old]);
  expect(await system.stored('deletes/unflushed')).toMatchObject({ _deleted: true });
});

test('rule 7: a delete at queue level survives the loss of Valkey', async () => {
  await put('survives', { n: 1 });
  await system.deliverAll();
  await items().delete('survives');
  await system.redis.flushall();
  await system.deliverAll();
  expect(await system.stored('deletes/survives')).toMatchObject({ _deleted: true });
  expect(await items().get('survives')).toBeNull();
});

test.for(['flushed', 'not flushed'])('rule 7: a put after a delete works: %s', async (id) => {
  await put(id, { n: 1 });
  const deleted = await items().delete(id);
  if (id === 'flushed') await system.deliverAll();
  const { version } = await items().put(id, { n: 2 });
  expect(version).toBeGreaterThan(deleted.version);
  await system.deliverAll();
  expect(await system.stored(`deletes/${id}`)).toEqual({
    pk: `deletes/${id}`,
    n: 2,
    _v: version,
    _at: expect.any(String),
  });
  expect((await items().get(id))?.value).toEqual({ n: 2 });
});

test.for(['cached', 'evicted'])('rule 7: a patch after a delete begins with an empty item: %s', async (id) => {
  await items().put(`patch-${id}`, { n: 5, old: true });
  await items().delete(`patch-${id}`);
  await system.deliverAll();
  if (id === 'evicted') await system.redis.flushall();
  const { value } = await items().patch(`patch-${id}`, { add: { n: 1 } });
  expect(value).toEqual({ n: 1 });
  await system.deliverAll();
  const stored = await system.stored(`deletes/patch-${id}`);
  expect(stored).toMatchObject({ n: 1 });
  for (const name of ['old', '_deleted', '_ttl']) expect(stored).not.toHaveProperty(name);
});

test('rule 7: deleting what is not there, and deleting twice, is fine', async () => {
  const first = await items().delete('missing');
  const second = await items().delete('missing');
  expect(second.version).toBeGreaterThan(first.version);
  await system.deliverAll();
  expect(await system.stored('deletes/missing')).toMatchObject({ _deleted: true, _v: second.version });
  expect(await items().get('missing')).toBeNull();
});

test('rule 7: a deleted item does not exist for conditions', async () => {
  const { version } = await items().put('condition', { n: 1 });
  const deleted = await items().delete('condition', { ifMatch: version });
  for (const ifMatch of ['*', version, deleted.version] as const) {
    const error = await items()
      .put('condition', { n: 2 }, { ifMatch })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PreconditionFailedError);
    expect(error).toMatchObject({ facts: { currentVersion: null } });
  }
  await items().put('condition', { n: 3 }, { ifMatch: 'none' });
  expect((await items().get('condition'))?.value).toEqual({ n: 3 });
});
