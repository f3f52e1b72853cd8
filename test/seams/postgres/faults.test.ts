/** What PostgreSQL does when it does not do what it is told. */
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defineConfig } from '../../../lib/config.ts';
import { ConfigurationError, ItemRefusedError, StoreUnavailableError } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/model/json.ts';
import { openPostgres } from '../../../lib/store/postgres/open.ts';
import { HISTORY_TABLE, postgresSchema, TABLE } from '../../../lib/store/postgres/schema.ts';
import type { Stores } from '../../../lib/store/store.ts';
import { localDynamodbClient } from '../../../local/clients.ts';
import { freshKey, image, NOW, put, putAll, TOMBSTONE_DAYS, tombstone } from '../../contract/store.subject.ts';
import { until } from '../../support/system.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { startPostgres } from './server.ts';
import { endpointsOf } from './subject.ts';

const tables = { tableName: TABLE, historyTableName: HISTORY_TABLE };
let server: Awaited<ReturnType<typeof startPostgres>>;
let pool: Pool;
const opened: Stores[] = [];

beforeAll(async () => {
  server = await startPostgres();
  pool = new Pool({ connectionString: server.url });
  await pool.query(postgresSchema(tables));
});

afterAll(async () => {
  await Promise.all(opened.map((stores) => stores.close()));
  await pool?.end();
  await server?.stop();
});

async function open(url = server.url, tableName = TABLE): Promise<Stores> {
  const config = defineConfig({ tombstoneDays: TOMBSTONE_DAYS }, { ...endpointsOf(url), tableName });
  const stores = await openPostgres(config, { dynamodb: localDynamodbClient('http://nowhere') });
  opened.push(stores);
  return stores;
}

describe('at the start', () => {
  test('a table that is missing, or has not the columns, is named with what makes it', async () => {
    const missing = open(server.url, 'no_such_table');
    await expect(missing).rejects.toBeInstanceOf(ConfigurationError);
    await expect(missing).rejects.toThrow(
      'endpoints.tableName: there is no table "no_such_table" in the database; write-behind postgres-schema makes it',
    );
    await pool.query('CREATE TABLE other (pk text PRIMARY KEY, value json)');
    await expect(open(server.url, 'other')).rejects.toThrow('the table "other" has no column value of type jsonb');
  });

  test('a name with anything in it is taken as it is', async () => {
    const name = `Odd "name"; DROP TABLE ${TABLE}; --`;
    await pool.query(postgresSchema({ tableName: name }));
    const { store } = await open(server.url, name);
    const key = freshKey();
    expect(await put(store, key, image(0))).toMatchObject({ written: true });
  });

  test('the schema can be made again', async () => {
    await pool.query(postgresSchema(tables));
  });

  test('a database that is away is no error: what needs it says so', async () => {
    const { store, purge } = await open('postgres://nobody@127.0.0.1:1/nothing');
    const away = put(store, freshKey(), image(0));
    await expect(away).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(away).rejects.toThrow('PostgreSQL cannot be used now (ECONNREFUSED).');
    await expect(store.get('a/b')).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(purge!(0)).rejects.toBeInstanceOf(StoreUnavailableError);
  });
});

test('the rights in the docs are enough, and one that is missing is no fault of an item', async () => {
  await pool.query(`CREATE ROLE cache LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON ${TABLE} TO cache;
    GRANT SELECT, INSERT ON ${HISTORY_TABLE} TO cache`);
  const stores = await open(server.url.replace('postgres@', 'cache@'));
  const key = freshKey();
  await put(stores.store, key, tombstone(0));
  await put(stores.store, key, image(1));
  await stores.history!.add(key, [{ version: NOW, op: 'put', set: {}, removed: [] }]);
  expect((await stores.history!.before(key, NOW + 1, 1)).changes).toHaveLength(1);
  expect((await stores.keyPages.page('items')).keys).toContain(key);
  await stores.purge!(Date.now());
  await pool.query(`REVOKE UPDATE ON ${TABLE} FROM cache`);
  await expect(put(stores.store, key, image(2))).rejects.toBeInstanceOf(StoreUnavailableError);
});

test('connections that were cut while nobody used them are noticed by nobody', async () => {
  const { store } = await open(`${server.url}?connections=2`);
  const key = freshKey();
  await put(store, key, image(0, { n: 1 }));
  for (let n = 0; n < 5; n += 1) {
    await pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'write-behind' AND state = 'idle'",
    );
    expect(await put(store, key, image(n + 1))).toMatchObject({ version: NOW + n + 1 });
  }
});

test('there are never more connections than the URL allows', async () => {
  const { store } = await open(`${server.url}?connections=2`);
  const others = await connections();
  let done = false;
  const work = Promise.all(Array.from({ length: 60 }, (_, n) => put(store, freshKey(), image(n))));
  void work.then(() => {
    done = true;
  });
  let most = 0;
  await until('all of it is done', async () => {
    most = Math.max(most, await connections());
    return done;
  });
  expect(most - others).toBeLessThanOrEqual(2);
});

async function connections(): Promise<number> {
  const { rows } = await pool.query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'write-behind'");
  return Number(rows[0].count);
}

test('a row that another transaction holds is for later; the rest of its batch is stored', async () => {
  const { store } = await open();
  const keys = Array.from({ length: 6 }, () => freshKey());
  await put(store, keys[3]!, image(0));
  const other = await pool.connect();
  await other.query('BEGIN');
  await other.query(`UPDATE ${TABLE} SET comment = 'held' WHERE pk = $1`, [keys[3]]);
  const { answers } = await putAll(
    store,
    keys.map((key) => [key, image(5)]),
  );
  await other.query('ROLLBACK');
  other.release();
  expect(answers.get(keys[3]!)).toBeInstanceOf(StoreUnavailableError);
  const stored = keys.filter((key) => answers.get(key) && !(answers.get(key) instanceof Error));
  expect(stored).toHaveLength(5);
  expect(await put(store, keys[3]!, image(5))).toMatchObject({ written: true });
});

test('a server that says nothing is given up, and found again', async () => {
  const proxy = await TcpProxy.start(server.url);
  const { store } = await open(`${server.url.replace(/:\d+\//, `:${new URL(proxy.url).port}/`)}?connections=1`);
  const key = freshKey();
  await put(store, key, image(0));
  await proxy.swallow();
  await expect(put(store, key, image(1))).rejects.toBeInstanceOf(StoreUnavailableError);
  await proxy.pass();
  expect(await put(store, key, image(1))).toMatchObject({ version: NOW + 1 });
  await proxy.close();
});

test('what cannot even be sent is refused, alone', async () => {
  const { store } = await open();
  let deep: Json = 1;
  for (let level = 0; level < 50_000; level += 1) deep = [deep];
  const [bad, good] = [freshKey(), freshKey()];
  const { answers } = await putAll(store, [
    [bad, image(0, { deep })],
    [good, image(0)],
  ]);
  expect(answers.get(bad)).toBeInstanceOf(ItemRefusedError);
  expect(answers.get(good)).toMatchObject({ written: true });
});

test('a number of another program that no double carries is read as the nearest', async () => {
  const { store } = await open();
  const key = freshKey();
  await pool.query(
    `INSERT INTO ${TABLE} (pk, value) VALUES ($1, '{"n": 9007199254740993, "pi": 3.14159265358979323846}')`,
    [key],
  );
  expect((await store.get(key))?.value).toEqual({ n: 9007199254740992, pi: Math.PI });
});

test('tombstones go when their days are over, and nothing else', async () => {
  const { store, purge } = await open();
  const [old, young, anew, alive] = Array.from({ length: 4 }, () => freshKey('gone')) as [
    string,
    string,
    string,
    string,
  ];
  const day = 86_400_000_000;
  await putAll(store, [
    [old, tombstone(0)],
    [young, tombstone(day)],
    [anew, tombstone(0)],
    [alive, image(0)],
  ]);
  await put(store, anew, image(1));
  expect((await pool.query(`SELECT expires_at FROM ${TABLE} WHERE pk = $1`, [old])).rows[0].expires_at).toEqual(
    new Date(Math.floor(NOW / 1e6) * 1000 + TOMBSTONE_DAYS * (day / 1000)),
  );
  await purge!((NOW + TOMBSTONE_DAYS * day + 1) / 1000);
  expect([...(await store.getMany([old, young, anew, alive])).keys()].sort()).toEqual([young, anew, alive].sort());
});
