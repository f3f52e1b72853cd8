import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { VALKEY_ACCESS_STRING, VALKEY_COMMANDS } from '../../infra/constructs/valkey-commands.ts';
import { Keys } from '../../lib/cache/keys.ts';
import { patient } from '../support/patient.ts';
import { realValkey, type System, startSystem, until } from '../support/system.ts';
import { type ClusterNode, follow, meet, ownEverySlot, startClusterNode, takeOver } from '../support/valkey-cluster.ts';
import { workload } from './workload.ts';

/** Makes the user whose rights are tested; from here on commands are counted. */
async function addUser(admin: Redis): Promise<void> {
  await admin.acl('SETUSER', 'functions', ...VALKEY_ACCESS_STRING.split(' '), '>secret');
  await admin.config('RESETSTAT');
}

/** What was refused for lack of rights, if anything. */
async function denied(admin: Redis): Promise<string[]> {
  const log = (await admin.acl('LOG')) as string[][];
  const errors = /^errorstat_NOPERM.*$/m.exec(await admin.info('errorstats'))?.[0];
  return [...log.map((entry) => entry.join(' ')), ...(errors ? [errors] : [])];
}

/** The commands that were run since they are counted, also those within scripts. */
async function commandsRun(admin: Redis): Promise<string[]> {
  const stats = await admin.info('commandstats');
  return [...stats.matchAll(/^cmdstat_([^:]+):calls=[1-9]/gm)].map(([, command]) => command!);
}

const settings = {
  ...patient,
  collections: { audited: { audited: true }, listable: { listable: true }, fresh: { refreshAheadSeconds: 60 } },
};
const write = { op: 'put', value: { n: 1 }, durability: 'cache' } as const;
const succeeds = (call: Promise<unknown>) =>
  call.then(
    () => true,
    () => false,
  );

describe.skipIf(realValkey.missing)('the rights of the functions in Valkey', { timeout: 60_000 }, () => {
  let system: System;
  const nodes: ClusterNode[] = [];
  beforeEach(async () => {
    system = await startSystem({ valkeyServer: realValkey.program, settings });
  });
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.stop()));
    await system.stop();
  });

  const urlFor = (url: string) => url.replace('redis://', 'redis://functions:secret@');

  test('are enough on a standalone server', async () => {
    await addUser(system.redis);
    await workload(system, urlFor(system.servers.valkey.url), () => system.redis.script('FLUSH'));
    expect(await denied(system.redis)).toEqual([]);
  });

  test('are enough in a cluster whose slots and roles change, and none is superfluous', async () => {
    nodes.push(...(await Promise.all([startClusterNode(), startClusterNode(), startClusterNode()])));
    const [primary, empty, replica] = nodes as [ClusterNode, ClusterNode, ClusterNode];
    await ownEverySlot(primary);
    await meet(nodes);
    await follow(replica, primary);
    for (const { admin } of nodes) await addUser(admin);

    const cache = await workload(system, `${urlFor(primary.url)}?cluster=true`, () => primary.admin.script('FLUSH'));

    // A slot moves; while it does, the new owner has to be asked for what the old one does not have.
    const key = 'moving/item';
    const slot = await primary.admin.cluster('KEYSLOT', new Keys(system.config.shards).of(key).shard.shard);
    await primary.admin.flushall();
    await empty.admin.cluster('SETSLOT', slot, 'IMPORTING', primary.id);
    await primary.admin.cluster('SETSLOT', slot, 'MIGRATING', empty.id);
    await until('all shards are read', () => succeeds(cache.stats()));
    for (const { admin } of [empty, primary]) await admin.cluster('SETSLOT', slot, 'NODE', empty.id);
    await cache.execute({ ...write, key });
    const run = new Set([...(await commandsRun(primary.admin)), ...(await commandsRun(empty.admin))]);

    // The replica takes over.
    await takeOver(replica, primary, nodes);
    await until('a write is taken', () => succeeds(cache.execute({ ...write, key: 'work/kept' })));
    await until('the client has told both nodes of their roles', async () => {
      const told = [...(await commandsRun(primary.admin)), ...(await commandsRun(replica.admin))];
      for (const command of told) if (/^read(only|write)$/.test(command)) run.add(command);
      return run.has('readonly') && run.has('readwrite');
    });

    for (const { admin } of nodes) expect(await denied(admin)).toEqual([]);
    expect(VALKEY_COMMANDS.filter((command) => !run.has(command))).toEqual([]);
  });
});
