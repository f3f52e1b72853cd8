import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { localEnvironment } from '../../lib/environment.ts';
import { localDynamodbClient } from '../../local/clients.ts';
import { environmentFile } from '../../local/environment-file.ts';
import { type LocalStack, startStack } from '../../local/stack.ts';
import { commandLine, type Given } from './command-line.ts';

let stack: LocalStack;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'write-behind-'));
  const collections = { flights: { audited: true }, logs: { listable: true } };
  stack = await startStack({ environment: localEnvironment(), settings: { windowSeconds: 1, collections } });
});
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true });
});

const wb = (...args: string[]) => commandLine([...args, '--api', stack.url]);
const wbWith = (given: Given, ...args: string[]) => commandLine([...args, '--api', stack.url], given);

function fileOf(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('items', () => {
  test('are put, patched, read and deleted', async () => {
    const put = await wb(
      'put',
      'flights/1',
      '{"delay": 12, "gone": 1}',
      '--durability',
      'cache',
      '--actor',
      'gate 7',
      '--json',
    );
    expect(put).toMatchObject({ code: 0, err: '' });
    expect(put.json()).toEqual([{ key: 'flights/1', version: expect.any(Number), durability: 'cache' }]);

    const changes = ['--set', 'gate="B=7"', '--set', 'open=true', '--add', 'delay=-5', '--add', 'n={"by":1,"max":1}'];
    const more = ['--max', 'worst=33', '--min', 'best=-3', '--remove', 'gone', '--if-match', '*'];
    const value = { delay: 7, gate: 'B=7', open: true, n: 1, worst: 33, best: -3 };
    const patched = await wb('patch', 'flights/1', ...changes, ...more, '--json');
    expect(patched.json()).toMatchObject([{ key: 'flights/1', value }]);

    const read = await wb('get', 'flights/1');
    expect(read.code).toBe(0);
    expect(read.out).toMatch(/^flights\/1 {2}version \d+, from the cache, (stored|not stored yet)/);
    expect(read.out).toContain('"gate": "B=7"');
    expect((await wb('get', 'flights/1', '--json')).json()).toMatchObject([
      { key: 'flights/1', value, source: 'cache' },
    ]);

    expect(await wb('delete', 'flights/1', '--actor', 'ann', '--comment', 'cancelled')).toMatchObject({ code: 0 });
    const gone = await wb('get', 'flights/1');
    expect(gone).toMatchObject({ code: 1, out: '', err: 'There is no item "flights/1".\n' });

    const history = await wb('history', 'flights/1', '--json');
    expect(history.json()).toMatchObject([
      { op: 'delete', actor: 'ann', comment: 'cancelled' },
      { op: 'patch' },
      { op: 'put', actor: 'gate 7' },
    ]);
    const short = await wb('history', 'flights/1', '--limit', '2');
    expect(short.out).toMatch(/delete, version \d+, by ann: cancelled\n.*patch, version/);
    expect(short).toMatchObject({
      out: expect.not.stringContaining('put'),
      err: expect.stringContaining('--all shows all'),
    });
    expect((await wb('history', 'flights/1', '--limit', '1', '--all', '--json')).json()).toHaveLength(3);
  });

  test('are read from standard input', async () => {
    const args = ['put', 'stock/rye', '-', '--if-match', 'none', '--json'];
    expect(await wbWith({ input: '{"left": 3}' }, ...args)).toMatchObject({ code: 0 });
    expect((await wb('get', 'stock/rye', '--json')).json()).toMatchObject([{ value: { left: 3 } }]);
    const again = await wbWith({ input: '{"left": 4}' }, ...args);
    expect(again).toMatchObject({ code: 1, out: '' });
    expect(JSON.parse(again.err)).toMatchObject({ error: { code: 'precondition-failed', problem: { status: 412 } } });
    const bad = await wbWith({ input: '[3]' }, ...args);
    expect(bad).toMatchObject({ code: 2, out: '' });
    expect(bad.err).toContain('JSON object');
  });

  test('take place once under an idempotency key', async () => {
    const sell = () => wb('patch', 'stock/bun', '--add', 'sold=1', '--idempotency-key', 'order-1', '--json');
    expect((await sell()).json()).toEqual((await sell()).json());
    expect((await wb('get', 'stock/bun', '--json')).json()).toMatchObject([{ value: { sold: 1 } }]);
  });

  test('of the API in the environment where no other is named', async () => {
    vi.stubEnv('WRITE_BEHIND_API', stack.url);
    expect(await commandLine(['put', 'stock/scone', '{}'])).toMatchObject({ code: 0 });
    vi.unstubAllEnvs();
  });
});

describe('batch', () => {
  test('keeps the order of operations on a key over several requests, and says which failed', async () => {
    const adds = Array.from({ length: 250 }, (_, n) =>
      JSON.stringify({ op: 'patch', key: 'batch/sum', set: { last: n }, add: { n: 1 } }),
    );
    const file = fileOf('operations', [...adds, '', '{"op": "get", "key": "batch/sum"}', '{"op": "patch"}'].join('\n'));
    const { code, err, json } = await wb('batch', file, '--durability', 'cache', '--json');
    expect({ code, err }).toEqual({ code: 1, err: '251 done, 1 failed\n' });
    const results = json();
    expect(results).toHaveLength(252);
    expect(results.slice(0, 3)).toMatchObject([1, 2, 3].map((line) => ({ line, status: 202, durability: 'cache' })));
    expect(results.slice(250)).toMatchObject([
      { line: 252, status: 200, value: { n: 250, last: 249 } },
      { line: 253, status: 422, problem: { title: expect.any(String) } },
    ]);
  });

  test('reads standard input', async () => {
    const { code, out } = await wbWith({ input: '{"op": "put", "key": "batch/one", "value": {}}\n' }, 'batch', '-');
    expect(code).toBe(0);
    expect(out).toMatch(/^1: 202 {2}batch\/one {2}version \d+, durability queue\n$/);
  });

  test('ends at a line that is no JSON, and says what was not sent', async () => {
    const put = '{"op": "put", "key": "batch/kept", "value": {}}\n';
    const { code, out, err } = await wbWith({ input: `${put.repeat(100)}${put}oops\n` }, 'batch', '-');
    expect(code).toBe(2);
    expect(out.split('\n')).toHaveLength(101);
    expect(err).toBe('line 102: The text is not JSON. Nothing from line 101 on was sent.\n');
  });
});

describe('list', () => {
  test('shows items in pages, and all with --all', async () => {
    const puts = Array.from({ length: 120 }, (_, n) => JSON.stringify({ op: 'put', key: `logs/${n}`, value: { n } }));
    await wbWith({ input: puts.join('\n') }, 'batch', '-', '--durability', 'cache');
    const first = await wb('list', 'logs', '--limit', '110', '--json');
    expect(first.json()).toHaveLength(110);
    expect(first.err).toContain('--all');
    const all = await wb('list', 'logs', '--all', '--json');
    expect(all).toMatchObject({ code: 0, err: '' });
    expect(new Set(all.json().map((item) => (item as { key: string }).key)).size).toBe(120);
    expect((await wb('list', 'logs', '--limit', '1')).out).toMatch(/^logs\/\d+ {2}version/);
  });

  test('fails for a collection that is not listable', async () => {
    expect(await wb('list', 'stock')).toMatchObject({
      code: 1,
      err: expect.stringContaining('"stock" is not listable'),
    });
  });
});

describe('stats and health', () => {
  test('are printed as text and as JSON', async () => {
    expect((await wb('stats', '--json')).json()).toMatchObject([{ maxDirtyItems: 100_000, writes: {} }]);
    expect((await wb('stats')).out).toMatch(/of at most +100,000\n/);
    expect(await wb('health')).toMatchObject({ code: 0, out: expect.stringMatching(/^ok\n {2}valkey +ok\n/) });
    expect((await wb('health', '--json')).json()).toMatchObject([
      { status: 'ok', checks: { queue: { status: 'ok' } } },
    ]);
  });

  test('are watched so many times', async () => {
    const { code, out } = await wb('stats', '--watch', '--times', '2', '--every', '0.1');
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n')).toHaveLength(3);
  });

  test('are watched until Ctrl-C', async () => {
    const controller = new AbortController();
    const given = { interrupted: controller.signal, onOut: () => controller.abort() };
    expect((await wbWith(given, 'stats', '--watch', '--every', '3600', '--json')).json()).toHaveLength(1);
  });
});

describe('verify', () => {
  test('waits for dirty items, and counts what there is nothing to compare of', async () => {
    await wb('put', 'verify/a', '{"n": 1}', '--durability', 'database');
    await wb('put', 'verify/b', '{"n": 1}');
    const { code, json } = await wb('verify', 'verify/a', 'verify/b', 'verify/none', '--json');
    expect(code).toBe(0);
    const [{ equal, stored, ...rest }] = json() as [{ equal: number; stored: number }];
    // The second may have been stored before anybody looked.
    expect([equal + stored, equal >= 1]).toEqual([2, true]);
    expect(rest).toEqual({ keys: 3, uncached: 0, missing: 1, different: 0, differences: [] });
  });

  test('lists what differs, with exit code 1', async () => {
    await wb('put', 'verify/wrong', '{"n": 1}', '--durability', 'database');
    const { version } = (await stack.cache.get('verify/wrong'))!;
    const database = DynamoDBDocumentClient.from(localDynamodbClient(stack.dynamodb.url));
    const Item = { pk: 'verify/wrong', _v: version, _at: new Date().toISOString(), n: 2 };
    await database.send(new PutCommand({ TableName: stack.endpoints.tableName, Item }));
    const file = fileOf('keys', 'verify/a\nverify/wrong\n');
    const { code, json } = await wb('verify', '--keys', file, '--wait', '0', '--json');
    expect(code).toBe(1);
    expect(json()).toMatchObject([
      {
        keys: 2,
        different: 1,
        differences: [{ key: 'verify/wrong', cache: { value: { n: 1 } }, database: { value: { n: 2 } } }],
      },
    ]);
    const text = await wb('verify', 'verify/wrong', '--wait', '0');
    expect(text.out).toContain(`different: verify/wrong\n  cache     version ${version}  {"n":1}\n`);
  });

  test('takes the keys of a listable collection, all or a sample; of another one it cannot', async () => {
    await wb('put', 'logs/verified', '{}', '--durability', 'database');
    const all = (await wb('verify', '--collection', 'logs', '--json')).json() as [{ keys: number; different: number }];
    expect(all[0].keys).toBeGreaterThanOrEqual(1);
    expect(all[0].different).toBe(0);
    expect((await wb('verify', '--collection', 'logs', '--sample', '1', '--json')).json()).toMatchObject([{ keys: 1 }]);
    const other = await wb('verify', '--collection', 'stock');
    expect(other).toMatchObject({ code: 2, out: '' });
    expect(other.err).toContain('give the keys, or --keys FILE');
    expect(await wb('verify')).toMatchObject({
      code: 2,
      err: 'verify: needs either keys, --keys FILE or --collection NAME\n',
    });
  });
});

describe('warm', () => {
  test('loads what is stored, on the servers of the file', async () => {
    const file = fileOf('local.env', environmentFile(stack.config));
    const database = DynamoDBDocumentClient.from(localDynamodbClient(stack.dynamodb.url));
    for (const pk of ['warm/1', 'warm/2']) {
      await database.send(new PutCommand({ TableName: stack.endpoints.tableName, Item: { pk, n: 1 } }));
    }
    const { code, json } = await commandLine(['warm', 'warm/1', 'warm/none', '--env-file', file, '--json']);
    expect(code).toBe(0);
    expect(json()).toEqual([{ seen: 2, loaded: 1, skipped: 0, missing: 1 }]);
    expect(await stack.cache.get('warm/1')).toMatchObject({ source: 'cache' });
    const collection = await commandLine(['warm', '--collection', 'warm', '--env-file', file]);
    expect(collection.out).toBe('1 of 2 loaded, 1 cached already, 0 do not exist\n');
  });

  test('says which variable it lacks', async () => {
    const file = fileOf('empty.env', 'VALKEY_URL=\n');
    expect(await commandLine(['warm', 'a/1', '--env-file', file])).toMatchObject({
      code: 2,
      err: 'VALKEY_URL: is not set\n',
    });
    const none = join(folder, 'none.env');
    expect(await commandLine(['warm', 'a/1', '--env-file', none])).toMatchObject({
      code: 2,
      err: `${none}: cannot be read\n`,
    });
  });
});

describe('reshape', () => {
  test('moves the items to another number of shards while the stack goes on', async () => {
    const file = fileOf('shape.env', environmentFile(stack.config));
    await wb('put', 'shape/a', '{"n":1}', '--durability', 'cache');
    const { code, json } = await commandLine(['reshape', '--shards', '16', '--env-file', file, '--json']);
    expect(code).toBe(0);
    expect(json()).toEqual([{ shards: 16, formerShards: 64, closedMs: expect.any(Number) }]);
    expect((await wb('get', 'shape/a', '--json')).json()).toMatchObject([{ value: { n: 1 } }]);
    expect((await wb('health', '--json')).out).toContain('Valkey has 16 shards, the setting says 64: reshape it');
    expect((await commandLine(['reshape', '--shards', '64', '--env-file', file])).out).toMatch(
      /^moved from 16 to 64 shards; writes waited for \d+ ms\n$/,
    );
    expect((await commandLine(['reshape', '--shards', '64', '--env-file', file])).out).toBe(
      'there are 64 shards already\n',
    );
  });

  test('needs a number of shards that there can be', async () => {
    expect(await commandLine(['reshape', '--shards', '2000'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--shards'),
    });
  });
});

describe('load', () => {
  test('reports as many operations as were asked for, and every update took place', async () => {
    const args = [
      'load',
      '--operations',
      '300',
      '--keys',
      '20',
      '--lanes',
      '4',
      '--durability',
      'cache',
      '--seed',
      '7',
    ];
    const { code, err, json } = await wb(...args, '--json');
    expect(code).toBe(0);
    expect(err).toContain('20 of 20 items put');
    const [report] = json() as [
      {
        operations: number;
        kinds: Record<'read' | 'update', { operations: number; latencyMs: Record<string, number> }>;
        coalescing: { writes: number; itemsStored: number; ratio: number; drained: boolean };
      },
    ];
    const { read, update } = report.kinds;
    expect(report).toMatchObject({ workload: 'A', operations: 300, errors: {}, lanes: 4, ratePerSecond: null });
    expect(read.operations + update.operations).toBe(300);
    for (const { latencyMs } of [read, update]) {
      const { p50, p95, p99, p999, max } = latencyMs as Record<string, number>;
      expect([p50, p95, p99, p999, max]).toEqual([p50, p95, p99, p999, max].toSorted((a, b) => a! - b!));
    }
    const { writes, itemsStored, ratio, drained } = report.coalescing;
    expect({ writes, drained }).toEqual({ writes: update.operations, drained: true });
    expect(ratio).toBe(writes / itemsStored);

    const gets = Array.from(
      { length: 20 },
      (_, n) => ({ op: 'get', key: `load/${String(n).padStart(8, '0')}` }) as const,
    );
    const items = await stack.cache.batch(gets);
    const updates = items.map((outcome) =>
      outcome.kind === 'read' ? Number(outcome.item?.value.updates) : Number.NaN,
    );
    expect(updates.reduce((sum, n) => sum + n, 0)).toBe(update.operations);
  });

  test('prints a table, and what failed makes the exit code 1', async () => {
    const args = ['load', '--operations', '40', '--keys', '5', '--workload', 'F', '--rate', '1000', '--no-prepare'];
    const fine = await wb(...args);
    expect(fine).toMatchObject({ code: 0, out: expect.stringMatching(/\n {2}read-modify-write +\d+ .*\n/) });
    const controller = new AbortController();
    controller.abort();
    const interrupted = await wbWith({ interrupted: controller.signal }, ...args, '--json');
    expect(interrupted.json()).toMatchObject([{ operations: 0, kinds: {} }]);
  });
});
