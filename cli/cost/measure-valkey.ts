/**
 * `node cli/cost/measure-valkey.ts`: what the scripts cost a real Valkey, for `figures.ts`. Needs a server program on the
 * PATH, and the scripts that `npm run generate` embeds.
 */
import { Redis } from 'ioredis';
import { Cache } from '../../lib/cache/cache.ts';
import { Valkey } from '../../lib/cache/valkey.ts';
import { defineConfig } from '../../lib/config.ts';
import { localEnvironment } from '../../lib/environment.ts';
import type { WriteOperation } from '../../lib/model/operation.ts';
import { prepare } from '../../lib/write/prepare.ts';
import { startValkey } from '../../local/embedded/valkey.ts';

const CALLS = 5000;
/** Calls at once, so that the network does not decide how long it takes. */
const AT_ONCE = 20;
const LEVEL = 'cache';
const NOT_USED = 'http://127.0.0.1';
/** An item of 1 KB. */
const VALUE = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`attribute${index}`, 'x'.repeat(90)]));

const { valkeyServer, searchPath } = localEnvironment();
const server = await startValkey({ server: valkeyServer, searchPath });
const client = new Redis(server.url);
try {
  // Only a real one says how long its commands took.
  if (server.kind === 'js-redis-server') throw new Error('No Valkey server program found: VALKEY_SERVER, PATH.');
  await measure();
} finally {
  client.disconnect();
  await server.stop();
}

async function measure(): Promise<void> {
  const endpoints = { valkeyUrl: server.url, queueUrl: NOT_USED, deadLetterQueueUrl: NOT_USED, tableName: 'none' };
  const config = defineConfig(
    { collections: { audited: { audited: true } } },
    { ...endpoints, historyTableName: 'none' },
  );
  const valkey = new Valkey(client);
  const cache = new Cache(valkey, config);
  await valkey.loadScripts();
  const keyOf = (index: number) => `items/${index}`;
  const versions: number[] = [];
  const write = async (index: number, operation: WriteOperation) => {
    const request = prepare(operation, config);
    const reply = await cache.write(request, { now: Date.now() * 1000 });
    cache.observations.duration('write', 1);
    if (reply.kind === 'ok') versions[index] = reply.version;
  };
  const put = (index: number) => write(index, { op: 'put', key: keyOf(index), value: VALUE, durability: LEVEL });
  const patch = (index: number) => write(index, { op: 'patch', key: keyOf(index), add: { n: 1 }, durability: LEVEL });
  const claim = (index: number) => cache.claim(keyOf(index), { version: versions[index]!, hasValue: true });
  const settle = (index: number) =>
    cache.settle(keyOf(index), { version: versions[index]! }, 'stored', config.ttlSeconds, Date.now());

  const set = await timeOf('set', (index) => client.set(`plain:${index}`, 'x'.repeat(1024)));
  const units = async (name: string, call: (index: number) => Promise<unknown>) =>
    console.log(name.padEnd(24), ((await timeOf('evalsha', call)) / set).toFixed(0).padStart(5));
  console.log(`in times of a SET of 1 KB, ${set.toFixed(2)} µs`);
  await units('write, first of window', put);
  await units('write, again', put);
  await units('patch', patch);
  await units('claim', claim);
  await units('settle', settle);
  await units('claim, stored already', claim);
  const auditedKey = (index: number) => `audited/${index}`;
  await units('audited write', (index) =>
    write(index, { op: 'put', key: auditedKey(index), value: VALUE, durability: LEVEL }),
  );
  await units('log, handed out', (index) => cache.log.part(auditedKey(index)));
  await units('log, recorded', (index) => cache.log.part(auditedKey(index), versions[index]!));
  const entryBytes = (await client.memory('USAGE', cache.keys.of(keyOf(0)).entry, 'SAMPLES', 0)) ?? 0;
  console.log('bytes in Valkey for each byte of the item', (entryBytes / 1024).toFixed(1));
}

/** Time that a command took inside Valkey, on average, µs. */
async function timeOf(command: string, call: (index: number) => Promise<unknown>): Promise<number> {
  await client.config('RESETSTAT');
  for (let start = 0; start < CALLS; start += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, offset) => call(start + offset)));
  }
  const stats = await client.info('commandstats');
  const [, us] = new RegExp(`^cmdstat_${command}:.*usec_per_call=([\\d.]+)`, 'm').exec(stats) ?? [];
  return Number(us);
}
