import { describe, expect, test } from 'vitest';
import * as answers from '../../functions/api/answers.ts';
import { routes } from '../../functions/api/routes.ts';
import { COLLECTION, freshId, itemPath, keyOf, useDeployment } from './deployment.ts';

const send = useDeployment();

async function put(id: string, value: object, headers = {}) {
  const answer = await send('PUT', itemPath(id), { body: { value }, headers });
  expect(answer.status).toBeLessThan(300);
  return answers.acknowledgement.parse(answer.json);
}

describe('batch', () => {
  const batch = (operations: unknown[], headers = {}) => send('POST', '/batch', { body: { operations }, headers });

  test('carries operations on one key out in order, and one that fails fails alone', async () => {
    const [a, b] = [keyOf(freshId()), keyOf(freshId())];
    const answer = await batch([
      { op: 'put', key: a, value: { n: 1 }, actor: 'ann' },
      { op: 'patch', key: a, add: { n: { by: -5, min: 0 } } },
      { op: 'patch', key: a, add: { n: 1 } },
      { op: 'get', key: a },
      { op: 'delete', key: a, comment: 'sold out' },
      { op: 'get', key: a },
      { op: 'put', key: b, value: { pk: 1 } },
      { op: 'put', key: b, value: { ok: true }, durability: 'database' },
      { op: 'put', key: b, value: {}, ifMatch: 17 },
      { op: 'get', key: b },
    ]);
    expect(answer.status).toBe(200);
    const { results } = answers.batchResults.parse(answer.json);
    expect(results.map(({ status }) => status)).toEqual([202, 409, 202, 200, 202, 404, 422, 200, 412, 200]);
    expect(results.map(({ key }) => key)).toEqual([a, a, a, a, a, a, b, b, b, b]);
    expect(results[2]).toMatchObject({ value: { n: 2 } });
    expect(results[3]).toMatchObject({ value: { n: 2 } });
    expect(results[9]).toMatchObject({ value: { ok: true } });
  });

  test('takes its default level from the header', async () => {
    const operations = [
      { op: 'put', key: keyOf(freshId()), value: {} },
      { op: 'put', key: keyOf(freshId()), value: {}, durability: 'cache' },
    ];
    const { json } = await batch(operations, { 'Write-Durability': 'database' });
    expect(json.results).toMatchObject([
      { status: 200, durability: 'database' },
      { status: 202, durability: 'cache' },
    ]);
  });

  test('takes 100 operations', async () => {
    const id = freshId();
    const { json } = await batch(Array.from({ length: 100 }, () => ({ op: 'patch', key: keyOf(id), add: { n: 1 } })));
    expect(json.results).toHaveLength(100);
    expect(json.results[99]).toMatchObject({ status: 202, value: { n: 100 } });
  });

  test('leaves values out beyond 5 MB', async () => {
    const id = freshId();
    await put(id, { text: 'x'.repeat(340_000) }, { 'Write-Durability': 'cache' });
    const { json } = await batch(Array.from({ length: 20 }, () => ({ op: 'get', key: keyOf(id) })));
    expect(json.results).toHaveLength(20);
    expect(json.results[0].value.text).toHaveLength(340_000);
    expect(json.results[19]).toEqual({ status: 200, key: keyOf(id), version: json.results[0].version });
  });

  test('refuses to read under a key that is none', async () => {
    const { json } = await batch([
      { op: 'get', key: 'nowhere' },
      { op: 'get', key: 'a/\0' },
      { op: 'get', key: '' },
    ]);
    expect(json.results.map(({ status }: { status: number }) => status)).toEqual([422, 422, 422]);
  });

  test('over 5 MB is 413', async () => {
    const operations = [{ op: 'put', key: keyOf(freshId()), value: { text: 'x'.repeat(5 * 1024 * 1024) } }];
    expect((await batch(operations)).status).toBe(413);
  });
});

describe('flush and consistency', () => {
  test('flush brings the item into the database, and consistency shows both sides', async () => {
    const id = freshId();
    const { version } = await put(id, { a: 1 });
    const before = answers.consistency.parse((await send('GET', `${itemPath(id)}/consistency`)).json);
    expect(before.cache).toEqual({ version, value: { a: 1 } });

    const flush = await send('POST', '/flush');
    expect(flush.status).toBe(200);
    expect(answers.drainReport.parse(flush.json).failures).toEqual([]);

    await expect
      .poll(async () => (await send('GET', `${itemPath(id)}/consistency`)).json, { timeout: 15_000, interval: 200 })
      .toMatchObject({ consistent: true, database: { version, value: { a: 1 } }, lagMs: 0 });
    expect((await send('GET', itemPath(id))).json).toMatchObject({ persisted: true, lagMs: 0 });
  }, 30_000);

  test('what is nowhere is consistent', async () => {
    const { json } = await send('GET', `${itemPath(freshId())}/consistency`);
    expect(answers.consistency.parse(json)).toMatchObject({ consistent: true, cache: null, database: null });
  });

  test('flush stores the items that are named, or those of a collection', async () => {
    const id = freshId();
    const { version } = await put(id, { a: 1 });
    const named = await send('POST', '/flush', { body: { keys: [keyOf(id)] } });
    expect(answers.drainReport.parse(named.json)).toMatchObject({ failed: 0, remaining: 0 });
    expect((await send('GET', `${itemPath(id)}/consistency`)).json).toMatchObject({ database: { version } });
    const [collection] = keyOf(id).split('/');
    const { status, json } = await send('POST', '/flush', { body: { collection } });
    expect(status).toBe(200);
    expect(answers.drainReport.parse(json).failures).toEqual([]);
  });

  test('flush takes a limit, and refuses what is none', async () => {
    expect((await send('POST', '/flush', { body: { limit: 1 } })).status).toBe(200);
    for (const body of [
      { limit: 0 },
      { limit: 'all' },
      { most: 1 },
      { keys: [] },
      { keys: ['a/b'], collection: 'a' },
    ]) {
      expect((await send('POST', '/flush', { body })).status).toBe(422);
    }
  });
});

describe('stats, health and the document', () => {
  test('stats has every number', async () => {
    await put(freshId(), {});
    const { status, json } = await send('GET', '/stats');
    expect(status).toBe(200);
    const stats = answers.stats.parse(json);
    expect(stats.writes.cache + stats.writes.queue + stats.writes.database).toBeGreaterThan(0);
  });

  test('health is not down', async () => {
    const { status, json } = await send('GET', '/health');
    expect(status).toBe(200);
    expect(answers.health.parse(json).status).not.toBe('down');
  });

  test('the OpenAPI document has every route', async () => {
    const { status, json } = await send('GET', '/openapi.json');
    expect(status).toBe(200);
    for (const { path, method } of routes) expect(json.paths).toHaveProperty([path, method.toLowerCase()]);
  });
});

describe('paths and methods', () => {
  test('405 has Allow', async () => {
    const answer = await send('DELETE', '/stats');
    expect(answer.status).toBe(405);
    expect(answer.headers.get('Allow')).toBe('GET, OPTIONS');
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
  });

  // Not `//stats`: API Gateway takes double slashes for single ones.
  test.each(['/', '/item', '/items', '/items/a/b/c', '/items/a/b/consistency/d', '/stats/'])(
    '%s is 404',
    async (path) => {
      expect(await send('GET', path)).toMatchObject({ status: 404, json: { status: 404 } });
    },
  );

  test.each(['%', '%zz', '%E0%A4%A', '%FF'])('a malformed segment %s is 400', async (segment) => {
    const answer = await send('GET', `/items/${COLLECTION}/${segment}`);
    expect(answer).toMatchObject({ status: 400, json: { type: 'urn:write-behind:problem:bad-path' } });
  });
});
