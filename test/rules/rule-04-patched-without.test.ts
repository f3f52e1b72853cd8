/**
 * The known limit: a patch that starts from the stored state, after Valkey lost newer writes or never had them, does not contain
 * them. The flush sees that by the messages of those writes, and says so.
 */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { silentReport } from '../../lib/flush/report.ts';
import type { Signal } from '../../lib/queue/signal.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { messageOfSignal, type System, startSystem } from '../support/system.ts';

let system: System;
let cache: WriteBehind;
const lost = vi.fn<(key: string, version: number) => void>();
beforeAll(async () => {
  system = await startSystem({ settings: { defaultDurability: 'cache' } });
  cache = await system.another({ report: { ...silentReport, lost } });
});
beforeEach(() => lost.mockClear());
afterAll(() => system.stop());

const put = (key: string, n: number) => system.cache.execute({ op: 'put', key, value: { n } });
const add = (key: string, name = 'n') => system.cache.execute({ op: 'patch', key, add: { [name]: 1 } });
/** The message of a write at `queue` level, with the state that it left. */
const withValue = (key: string, version: number, n: number): Signal => ({
  key,
  version,
  image: { version, deleted: false, value: { n } },
});
const flush = (...signals: readonly Signal[]) => cache.flushMessages(signals.map((signal) => messageOfSignal(signal)));

/** A stored item, a write after it that Valkey forgets, and a patch after that. */
async function patchedWithout(key: string) {
  await put(key, 1);
  await system.cache.flush();
  const forgotten = await put(key, 10);
  await system.redis.flushall();
  const patch = await add(key);
  return { forgotten: forgotten.version, patch: patch.version };
}

test.each([
  ['with its value', true],
  ['without a value', false],
])('rule 4: a write %s that an item was patched without is known lost, once', async (_, value) => {
  const key = `limit/${value}`;
  const { forgotten, patch } = await patchedWithout(key);
  const signal = value ? withValue(key, forgotten, 10) : { key, version: forgotten };
  const before = (await cache.stats()).knownLost;
  for (let delivery = 0; delivery < 2; delivery++) expect(await flush(signal)).toEqual({ failed: [] });
  expect(await system.stored(key)).toMatchObject({ n: 2, _v: patch });
  expect(lost).toHaveBeenCalledExactlyOnceWith(key, forgotten);
  expect((await cache.stats()).knownLost).toBe(before + 1);
});

test('rule 4: it is seen among the messages of later writes, and after the patch was stored', async () => {
  const batch = await patchedWithout('limit/batch');
  await flush({ key: 'limit/batch', version: batch.patch }, withValue('limit/batch', batch.forgotten, 10));
  expect(lost).toHaveBeenCalledExactlyOnceWith('limit/batch', batch.forgotten);

  const late = await patchedWithout('limit/late');
  await system.cache.flush();
  await flush(withValue('limit/late', late.forgotten, 10));
  expect(lost).toHaveBeenLastCalledWith('limit/late', late.forgotten);
});

test('rule 4: a write that was sent past the cache is known lost where the entry is patched without it', async () => {
  await put('limit/past', 1);
  const { version } = await add('limit/past');
  await add('limit/past');
  await flush({ ...withValue('limit/past', version + 1, 10), pastCache: true });
  expect(lost).toHaveBeenCalledExactlyOnceWith('limit/past', version + 1);
});

test('rule 12: a write past the cache says so', async () => {
  const away = await system.another(undefined, { valkeyTimeoutMs: 100 }, { valkeyUrl: 'redis://127.0.0.1:1' });
  await away.execute({ op: 'put', key: 'limit/away', value: { n: 1 }, durability: 'queue' });
  const bodies = (await system.receive()).map(({ body }) => JSON.parse(body));
  expect(bodies.find(({ key }) => key === 'limit/away')).toMatchObject({ pastCache: true });
});

test.each(['put', 'delete'] as const)('rule 4: what a %s replaces is not lost', async (op) => {
  const key = `limit/${op}`;
  const { forgotten } = await patchedWithout(key);
  await system.cache.execute(op === 'put' ? { op, key, value: { n: 5 } } : { op, key });
  await add(key);
  await flush(withValue(key, forgotten, 10));
  expect(lost).not.toHaveBeenCalled();
});

test('rule 4: writes of one entry are never lost to its patches, however late their messages are', async () => {
  const key = 'limit/none';
  const versions = [(await put(key, 1)).version];
  for (let n = 0; n < 3; n++) versions.push((await add(key)).version);
  await system.cache.flush();
  for (let n = 0; n < 3; n++) versions.push((await add(key, 'other')).version);
  await flush(...versions.map((version) => ({ key, version })));
  await system.cache.flush();
  versions.push((await add(key)).version);
  for (const version of versions) await flush({ key, version });
  expect(lost).not.toHaveBeenCalled();
});
