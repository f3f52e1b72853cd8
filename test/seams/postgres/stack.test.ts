/** The product with PostgreSQL as its store: over HTTP, through the queue, into a row. */

import { parseEnv } from 'node:util';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WriteBehindClient } from '../../../client/client.ts';
import { configFromEnvironment, localEnvironment } from '../../../lib/environment.ts';
import { HISTORY_TABLE, TABLE } from '../../../lib/store/postgres/schema.ts';
import { WriteBehind } from '../../../lib/write-behind.ts';
import { environmentFile } from '../../../local/environment-file.ts';
import { type LocalStack, startStack } from '../../../local/stack.ts';
import { until } from '../../support/system.ts';
import { startPostgres } from './server.ts';

let server: Awaited<ReturnType<typeof startPostgres>>;
let stack: LocalStack;
let pool: Pool;

beforeAll(async () => {
  server = await startPostgres();
  pool = new Pool({ connectionString: server.url });
  stack = await startStack({
    environment: localEnvironment(),
    postgresUrl: server.url,
    windowSeconds: 1,
    settings: {
      valkeyTimeoutMs: 5000,
      refusedRetrySeconds: [],
      collections: { logs: { listable: true }, ledger: { audited: true } },
    },
  });
});

afterAll(async () => {
  await stack?.stop();
  await pool?.end();
  await server?.stop();
});

async function rowOf(key: string) {
  return (await pool.query(`SELECT * FROM ${TABLE} WHERE pk = $1`, [key])).rows[0];
}

async function api(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${stack.url}${path}`, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: any answer of the API
  return { status: response.status, body: (await response.json()) as any };
}

test('no DynamoDB runs', () => {
  expect(stack.dynamodb.kind).toBe('not used');
  expect(stack.config.endpoints.dynamodbEndpoint).toBeUndefined();
});

test('increments of a window become one row, by the queue, with the last state', async () => {
  await pool.query(`CREATE TABLE seen (pk text, version bigint);
    CREATE FUNCTION note() RETURNS trigger AS $$ BEGIN INSERT INTO seen VALUES (new.pk, new.version); RETURN new; END $$ LANGUAGE plpgsql;
    CREATE TRIGGER note AFTER INSERT OR UPDATE ON ${TABLE} FOR EACH ROW EXECUTE FUNCTION note()`);
  const writes = Array.from({ length: 40 }, () =>
    api('PATCH', '/items/stock/croissant', { add: { sold: 1 } }, { 'write-durability': 'cache' }),
  );
  for (const { status } of await Promise.all(writes)) expect(status).toBe(202);
  await until('it is stored', async () => (await rowOf('stock/croissant'))?.value.sold === 40);
  const { rows } = await pool.query("SELECT * FROM seen WHERE pk = 'stock/croissant'");
  expect(rows.length).toBeLessThan(10);
  const { body } = await api('GET', '/items/stock/croissant/consistency');
  expect(body).toMatchObject({ consistent: true, database: { value: { sold: 40 } } });
  await pool.query('DROP TRIGGER note ON write_behind');
});

test('a write at database level is there when it is acknowledged, and a delete leaves a tombstone', async () => {
  const { status } = await api(
    'PUT',
    '/items/things/one',
    { value: { n: 0.1 }, actor: 'Ann' },
    { 'write-durability': 'database' },
  );
  expect(status).toBe(200);
  expect(await rowOf('things/one')).toMatchObject({
    value: { n: 0.1 },
    actor: 'Ann',
    collection: 'things',
    deleted: false,
  });
  await api('DELETE', '/items/things/one', undefined, { 'write-durability': 'database' });
  expect(await rowOf('things/one')).toMatchObject({ value: {}, deleted: true, expires_at: expect.any(Date) });
  expect((await api('GET', '/items/things/one')).status).toBe(404);
});

test('appends are listed, newest first, stored or not', async () => {
  const keys: string[] = [];
  for (let n = 0; n < 5; n += 1) keys.unshift((await api('POST', '/items/logs', { value: { n } })).body.key);
  const listed = async () => (await api('GET', '/items/logs')).body.items.map(({ key }: { key: string }) => key);
  expect(await listed()).toEqual(keys);
  await api('POST', '/flush', { collection: 'logs' });
  await pool.query('SELECT 1');
  expect((await rowOf(keys[0]!)).created).not.toBeNull();
  expect(await listed()).toEqual(keys);
});

test('a flush of many items takes one statement for each round', async () => {
  const operations = Array.from({ length: 100 }, (_, n) => ({ op: 'put', key: `round/${n}`, value: { n } }));
  await api('POST', '/batch', { operations }, { 'write-durability': 'cache' });
  const { body } = await api('POST', '/flush', { collection: 'round' });
  expect(body).toMatchObject({ flushed: 100, failed: 0, databaseCalls: 2, remaining: 0 });
});

test('every write of an audited collection is in the history', async () => {
  for (const n of [1, 2, 3]) await api('PUT', '/items/ledger/a', { value: { n }, comment: `step ${n}` });
  await api('POST', '/flush', { collection: 'ledger' });
  const { rows } = await pool.query(`SELECT change->>'comment' AS said FROM ${HISTORY_TABLE} ORDER BY version`);
  expect(rows.map(({ said }) => said)).toEqual(['step 1', 'step 2', 'step 3']);
  expect((await api('GET', '/items/ledger/a/history')).body.history).toHaveLength(3);
});

test('text with U+0000 is refused before it is acknowledged, in a value, a name, a patch and a comment', async () => {
  const path = '/items/text/nul';
  for (const [method, body, where] of [
    ['PUT', { value: { a: { deep: ['x\0'] } } }, 'value.a'],
    ['PUT', { value: { 'a\0': 1 } }, 'value.a\0'],
    ['PATCH', { set: { a: '\\\0' } }, 'set.a'],
    ['PATCH', { add: { 'a\0': 1 } }, 'add.a\0'],
    ['PUT', { value: {}, comment: '\0' }, 'comment'],
  ] as const) {
    const answer = await api(method, path, body);
    expect([answer.status, answer.body.path]).toEqual([422, where]);
  }
  expect((await api('PUT', path, { value: { a: '\\u0000 \\\\u0000' } })).status).toBe(202);
});

test('a row that a constraint refuses becomes a dead letter; its neighbours are stored', async () => {
  await pool.query(`ALTER TABLE ${TABLE} ADD CONSTRAINT sane CHECK (pk <> 'limits/bad' OR (value->>'n')::int < 10)`);
  const operations = ['good', 'bad', 'fine'].map((id) => ({ op: 'put', key: `limits/${id}`, value: { n: 11 } }));
  await api('POST', '/batch', { operations });
  await until('it is a dead letter', async () => (await stack.cache.stats()).parkedItems === 1);
  expect((await rowOf('limits/good')).value).toEqual({ n: 11 });
  expect((await rowOf('limits/fine')).value).toEqual({ n: 11 });
  expect(await rowOf('limits/bad')).toBeUndefined();
  const { body } = await api('GET', '/dead-letters');
  expect(body.deadLetters).toMatchObject([{ key: 'limits/bad', reason: expect.stringContaining('sane') }]);
  const recent = (await api('GET', '/stats')).body;
  expect(JSON.stringify(recent)).not.toContain('sane');
  await pool.query(`ALTER TABLE ${TABLE} DROP CONSTRAINT sane`);
  await api('POST', '/dead-letters/redrive', { all: true });
  await until('it is stored', async () => (await rowOf('limits/bad'))?.value.n === 11);
});

test('a program with the environment of the stack uses the same store', async () => {
  const cache = await WriteBehind.connect(configFromEnvironment(parseEnv(environmentFile(stack.config))));
  try {
    await cache.execute({ op: 'put', key: 'other/program', value: { n: 1 }, durability: 'database' });
    expect((await rowOf('other/program')).value).toEqual({ n: 1 });
    expect(await cache.warm({ collection: 'things' })).toMatchObject({ missing: 0 });
  } finally {
    await cache.close();
  }
});

test('the client and the health know nothing of the difference', async () => {
  const client = new WriteBehindClient({ url: stack.url });
  expect((await client.health()).checks.database).toEqual({ status: 'ok' });
});
