import { afterAll, beforeAll, expect, test } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import { type Audited, startAudited, versions } from './audited.ts';

let system: Audited;
beforeAll(async () => {
  system = await startAudited();
});
afterAll(() => system.stop());

const changesOf = async (key: string) => (await system.recorded(key)).flatMap(({ changes }) => JSON.parse(changes));
const expires = async (key: string) => (await system.redis.pttl(new Keys(system.config.shards).of(key).log)) > 0;

test('what was logged before a collection was no longer audited is recorded with the next flush', async () => {
  const key = system.freshKey();
  const { version } = await system.cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'cache' });
  const off = await system.another({}, { collections: { big: { audited: true } } });
  await off.execute({ op: 'patch', key, add: { n: 1 }, durability: 'cache' });
  expect(await off.flush()).toMatchObject({ flushed: 1, failed: 0 });
  expect(versions(await changesOf(key))).toEqual([version]);
  expect(await system.logOf(key)).toBe(0);
  await expect(off.history(key)).rejects.toMatchObject({ code: 'not-audited' });
});

test('what only a message carries from before is recorded, too', async () => {
  const key = system.freshKey();
  const { version } = await system.cache.execute({ op: 'put', key, value: { n: 1 } });
  const off = await system.another({}, { collections: { big: { audited: true } } });
  await system.redis.flushall();
  await system.deliverAll(off);
  expect(versions(await changesOf(key))).toEqual([version]);
});

test('without a history a log expires, but a history that comes in time records it', async () => {
  const [gone, kept] = [system.freshKey(), system.freshKey()];
  const first = await system.cache.execute({ op: 'put', key: kept, value: { n: 1 }, durability: 'cache' });
  await system.cache.execute({ op: 'put', key: gone, value: { n: 1 }, durability: 'cache' });
  const off = await system.another({}, { collections: {} }, { historyTableName: undefined });
  expect(await off.flush()).toMatchObject({ flushed: 2, failed: 0 });
  expect(await system.stored(gone)).toMatchObject({ n: 1 });
  expect([await expires(gone), await expires(kept)]).toEqual([true, true]);

  const second = await system.cache.execute({ op: 'put', key: kept, value: { n: 2 }, durability: 'cache' });
  await system.cache.flush();
  expect(versions(await changesOf(kept))).toEqual(versions([first, second]));
  expect(await system.logOf(kept)).toBe(0);
});
