import { describe, expect, test } from 'vitest';
import { Cursors } from '../../lib/model/cursor.ts';
import { startSystem } from '../support/system.ts';
import { cache, put, useLists } from './lists.ts';

useLists();

describe('refused are', () => {
  test('collections that are not listable', async () => {
    await expect(cache.list('others')).rejects.toMatchObject({ code: 'not-listable', facts: { collection: 'others' } });
  });

  test('limits out of range, and cursors that this list has not given', async () => {
    for (const limit of [0, 101, 1.5, Number.NaN]) {
      await expect(cache.list('logs', { limit })).rejects.toMatchObject({
        code: 'invalid-input',
        facts: { path: 'limit' },
      });
    }
    await put('flights/d');
    await put('flights/e');
    const { cursor } = await cache.list('flights', { limit: 1 });
    for (const wrong of ['', 'x', `${cursor}x`, cursor!.replace('.', '')]) {
      await expect(cache.list('flights', { cursor: wrong })).rejects.toMatchObject({ facts: { path: 'cursor' } });
    }
    await expect(cache.list('logs', { cursor: cursor! })).rejects.toMatchObject({ facts: { path: 'cursor' } });
    const cursors = new Cursors('items\0logs');
    for (const place of ['', 'x', 'abc logs/a', 'NaN logs/a', '1e400 logs/a', '-5 logs/a', '9007199254740993 logs/a']) {
      const madeUp = cache.list('logs', { cursor: cursors.encode(place) });
      await expect(madeUp).rejects.toMatchObject({ code: 'invalid-input', facts: { path: 'cursor' } });
    }
  });

  test('attributes with the names that the index needs; without lists they are like any other', async () => {
    for (const name of ['_list', '_created']) {
      await expect(put('others/a', { [name]: 1 })).rejects.toMatchObject({
        code: 'invalid-input',
        facts: { path: `value.${name}` },
      });
      const patch = cache.execute({ op: 'patch', key: 'others/a', set: { [name]: 1 } });
      await expect(patch).rejects.toMatchObject({ facts: { path: `set.${name}` } });
    }
    const plain = await startSystem();
    await plain.cache.execute({
      op: 'put',
      key: 'others/a',
      value: { _list: 1, _created: 'x' },
      durability: 'database',
    });
    await plain.redis.flushall();
    expect((await plain.cache.get('others/a'))?.value).toEqual({ _list: 1, _created: 'x' });
    await plain.stop();
  });
});
