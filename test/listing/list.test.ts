import { expect, test } from 'vitest';
import { startSystem } from '../support/system.ts';
import { cache, evict, listed, put, remove, settings, system, useLists } from './lists.ts';

useLists();

test('the newest come first, before and after they are stored; an item that changes keeps its place', async () => {
  for (const id of ['a', 'b', 'c']) await put(`flights/${id}`, { n: 1 });
  await cache.execute({ op: 'patch', key: 'flights/a', add: { n: 1 }, actor: 'ann' });
  const waiting = await cache.list('flights');
  expect(waiting.items.map(({ key, value, persisted }) => ({ key, value, persisted }))).toEqual([
    { key: 'flights/c', value: { n: 1 }, persisted: false },
    { key: 'flights/b', value: { n: 1 }, persisted: false },
    { key: 'flights/a', value: { n: 2 }, persisted: false },
  ]);
  expect(waiting).not.toHaveProperty('cursor');
  expect(waiting.items[2]).toEqual({ ...(await cache.get('flights/a')), lagMs: expect.any(Number) });

  await cache.flush();
  expect(await listed('flights')).toEqual(['c', 'b', 'a']);
  await put('flights/b', { n: 9 });
  await evict('flights/a');
  await put('flights/a', { n: 9 });
  await cache.flush();
  expect((await cache.list('flights')).items.map(({ key, value }) => [key, value.n])).toEqual([
    ['flights/c', 1],
    ['flights/b', 9],
    ['flights/a', 9],
  ]);
  expect(await system.stored('flights/a')).toMatchObject({ _list: expect.stringMatching(/^flights\/\d+$/) });
});

test('deleted items are left out at once, and one that is created again is the newest', async () => {
  for (const id of ['a', 'b', 'c']) await put(`again/${id}`);
  await remove('again/a');
  expect(await listed('again')).toEqual(['c', 'b']);
  await cache.flush();
  await remove('again/b');
  expect(await listed('again')).toEqual(['c']);
  await put('again/b');
  await put('again/a');
  expect(await listed('again')).toEqual(['a', 'b', 'c']);
  await cache.flush();
  expect(await listed('again')).toEqual(['a', 'b', 'c']);
  await remove('again/c');
  await cache.flush();
  expect(await system.stored('again/c')).not.toHaveProperty('_list');
  expect(await listed('again')).toEqual(['a', 'b']);
});

test('appends are listed, and pages go on where the last one ended', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 25; n++) {
    const { key } = await cache.append('logs', { n }, n % 2 === 0 ? { durability: 'cache' } : {});
    ids.unshift(key.slice('logs/'.length));
    if (n === 12) await cache.flush();
  }
  // Several at a time are stored in another way than one.
  for (const id of ids.slice(-13)) {
    const { _v, ...rest } = (await system.stored(`logs/${id}`)) ?? {};
    expect(rest).toMatchObject({ _created: _v, _list: expect.stringMatching(/^logs\//) });
  }
  expect(await listed('logs', { limit: 1 })).toEqual(ids);
  expect(await listed('logs', { limit: 7 })).toEqual(ids);
  expect(await listed('logs')).toEqual(ids);
});

test('pages are stable: what exists all the time is listed once, whatever is written and flushed meanwhile', async () => {
  const staying = Array.from({ length: 120 }, (_, n) => `many/stay-${n}`);
  const going = Array.from({ length: 40 }, (_, n) => `many/go-${n}`);
  for (let n = 0; n < 120; n++) {
    await put(staying[n]!, { n });
    if (n % 3 === 0) await put(going[n / 3]!, { n });
    if (n === 80) await cache.flush();
  }
  let writing = true;
  const writer = (async () => {
    for (let n = 0; writing; n++) {
      await put(`many/new-${n}`);
      await put(staying[(n * 7) % 120]!, { n });
      if (n < 40) await remove(going[n]!);
      if (n % 5 === 0) await cache.flush({ limit: 20 });
      if (n % 5 === 1) await evict(staying[(n * 11) % 120]!);
    }
  })();
  const rounds = [await listed('many', { limit: 9 }), await listed('many', { limit: 17 })];
  writing = false;
  await writer;
  for (const ids of rounds) {
    expect(new Set(ids).size).toBe(ids.length);
    const wanted = staying.map((key) => key.slice('many/'.length)).reverse();
    expect(ids.filter((id) => id.startsWith('stay-'))).toEqual(wanted);
  }
});

test('more partitions may be used later: all items are still found', async () => {
  const collections = { mixed: { listable: true } };
  const wider = await system.another({}, { collections, listPartitions: 64 });
  for (const id of ['a', 'b', 'c', 'd']) await put(`mixed/${id}`);
  await cache.flush();
  for (const id of ['e', 'f', 'b', 'd']) await put(`mixed/${id}`, { wide: true }, wider);
  await wider.flush();
  expect(await listed('mixed', { by: wider, limit: 2 })).toEqual(['f', 'e', 'd', 'c', 'b', 'a']);
});

test('a page ends before it is too large for an answer, and the next goes on', async () => {
  // A quote takes a byte more where the answer is a string in itself.
  const text = `${'"'.repeat(60_000)}${'x'.repeat(100_000)}`;
  for (let n = 0; n < 30; n++) {
    await put(`large/${n}`, { text });
    if (n === 20) await cache.flush();
  }
  const page = await cache.list('large');
  expect(JSON.stringify(JSON.stringify(page)).length).toBeLessThan(5.1 * 1024 * 1024);
  expect(page.items.length).toBeGreaterThan(10);
  expect(await listed('large')).toEqual(Array.from({ length: 30 }, (_, n) => String(29 - n)));
});

test('items of the same microsecond are all listed, in one order, on any pages', async () => {
  // A system of its own: the clock of a shard never goes back.
  const fresh = await startSystem({ settings });
  const frozen = await fresh.another({ clock: () => 1_700_000_000_000_000 });
  const ids = Array.from({ length: 60 }, (_, n) => `id-${n}`);
  await Promise.all(ids.slice(0, 40).map((id) => put(`ties/${id}`, {}, frozen)));
  await fresh.cache.flush();
  await Promise.all(ids.slice(40).map((id) => put(`ties/${id}`, {}, frozen)));
  const whole = await listed('ties', { by: fresh.cache });
  expect([...whole].sort()).toEqual([...ids].sort());
  expect(await listed('ties', { by: fresh.cache, limit: 1 })).toEqual(whole);
  await fresh.cache.flush();
  expect(await listed('ties', { by: fresh.cache, limit: 4 })).toEqual(whole);
  await fresh.stop();
});
