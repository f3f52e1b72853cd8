import { afterAll, beforeAll, expect, test } from 'vitest';
import { VALKEY_ACCESS_STRING } from '../../infra/constructs/valkey-commands.ts';
import { Keys } from '../../lib/cache/keys.ts';
import { CacheDamagedError } from '../../lib/errors.ts';
import { patient } from '../support/patient.ts';
import { realValkey, type System, startSystem } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({
    valkeyServer: realValkey.program,
    settings: { ...patient, defaultDurability: 'cache' },
  });
});
afterAll(() => system.stop());

const stored = async (key: string) => {
  await system.cache.execute({ op: 'put', key, value: { a: 1 } });
  await system.deliverAll();
};

test('rule 6: what a settle could not record stays dirty, and the next look makes up for it', async () => {
  const key = 'settle/1';
  await system.cache.execute({ op: 'put', key, value: { a: 1 } });
  const { shard } = new Keys(system.config.shards).of(key).shard;
  await system.redis.hset(shard, 'itemsStored', 'damaged');
  // Once for the item that is stored, once for the one that is seen to be.
  expect(await system.cache.flush()).toMatchObject({ flushed: 2, remaining: 0 });
  await system.redis.hdel(shard, 'itemsStored');
  const { version, persisted } = await system.entry(key);
  expect(persisted).toBe(version);
});

test('rule 1: a write that lacks a right in Valkey, as during a deployment, leaves nothing half done', async () => {
  const key = 'rights/1';
  await stored(key);
  const before = await system.entry(key);
  // As the version had it that did not need it.
  const rights = VALKEY_ACCESS_STRING.replace(' +hlen', '').split(' ');
  await system.redis.acl('SETUSER', 'functions', ...rights, '>secret');
  const valkeyUrl = system.servers.valkey.url.replace('redis://', 'redis://functions:secret@');
  const limited = await system.another({}, {}, { valkeyUrl });
  await expect(limited.execute({ op: 'put', key, value: { b: 2 } })).rejects.toThrow(CacheDamagedError);
  expect(await system.entry(key)).toEqual(before);
  await system.cache.execute({ op: 'patch', key, set: { c: 3 } });
  await system.deliverAll();
  expect(await system.stored(key)).toMatchObject({ a: 1, c: 3 });
});
