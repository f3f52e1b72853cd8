import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as answers from '../../functions/api/answers.ts';
import { routes } from '../../functions/api/routes.ts';
import { COLLECTION, connect, type Deployment, freshId, itemPath, type Send } from './deployment.ts';

let deployment: Deployment;
let send: Send;

beforeAll(async () => {
  deployment = await connect();
  send = deployment.send;
}, 30_000);

afterAll(() => deployment?.stop(), 30_000);

const keyOf = (id: string) => `${COLLECTION}/${id}`;

async function put(id: string, value: object, headers = {}) {
  const answer = await send('PUT', itemPath(id), { body: { value }, headers });
  expect(answer.status).toBeLessThan(300);
  return answers.acknowledgement.parse(answer.json);
}

describe('PUT and GET', () => {
  test('answer 202 with version and ETag, and read back what was written, by whom and why', async () => {
    const id = freshId();
    const body = { value: { stock: 3, name: 'rye' }, actor: 'ann', comment: 'opening stock' };
    const written = await send('PUT', itemPath(id), { body, headers: { 'Write-Durability': 'queue' } });
    expect(written.status).toBe(202);
    expect(written.json).toEqual({ key: keyOf(id), version: expect.any(Number), durability: 'queue' });
    expect(written.headers.get('ETag')).toBe(`"${written.json.version}"`);

    const read = await send('GET', itemPath(id));
    expect(read.status).toBe(200);
    expect(answers.item.parse(read.json)).toMatchObject({ key: keyOf(id), ...body, version: written.json.version });
    expect(read.headers.get('ETag')).toBe(written.headers.get('ETag'));
    expect(read.headers.get('Server-Timing')).toMatch(/^total;dur=/);
    expect(Math.abs(Date.parse(read.json.updatedAt) - Date.now())).toBeLessThan(60_000);
  });

  test('versions increase, and the last write replaces the item as a whole', async () => {
    const id = freshId();
    const first = await put(id, { a: 1, b: 2 });
    const second = await put(id, { c: 3 });
    expect(second.version).toBeGreaterThan(first.version);
    const { json } = await send('GET', itemPath(id));
    expect(json.value).toEqual({ c: 3 });
    expect(json).not.toHaveProperty('actor');
    expect(json).not.toHaveProperty('comment');
  });

  test.each([
    ['cache', 202],
    ['queue', 202],
    ['database', 200],
  ])('Write-Durability %s is answered %i', async (level, status) => {
    const id = freshId();
    const answer = await send('PUT', itemPath(id), { body: { value: {} }, headers: { 'Write-Durability': level } });
    expect(answer).toMatchObject({ status, json: { durability: level } });
    if (level === 'database') {
      expect((await send('GET', itemPath(id))).json).toMatchObject({ persisted: true, lagMs: 0 });
    }
  });

  test('an item that does not exist is 404', async () => {
    const answer = await send('GET', itemPath(freshId()));
    expect(answer).toMatchObject({ status: 404, json: { type: 'urn:write-behind:problem:no-such-item' } });
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
  });
});

describe('PATCH', () => {
  test('creates an item, and add starts at 0', async () => {
    const id = freshId();
    const answer = await send('PATCH', itemPath(id), { body: { set: { name: 'rye' }, add: { sold: 2.5 } } });
    expect(answer).toMatchObject({ status: 202, json: { value: { name: 'rye', sold: 2.5 } } });
    expect((await send('GET', itemPath(id))).json.value).toEqual({ name: 'rye', sold: 2.5 });
  });

  test('sets, adds, keeps the greater and the smaller, and removes', async () => {
    const id = freshId();
    await put(id, { a: 1, n: 10, high: 5, low: 5, gone: true, kept: [1, { x: null }] });
    const body = {
      set: { a: { b: 'c' } },
      add: { n: { by: -3, min: 0 } },
      max: { high: 7, fresh: 1 },
      min: { low: 6 },
      remove: ['gone', 'never'],
    };
    const answer = await send('PATCH', itemPath(id), { body });
    const value = { a: { b: 'c' }, n: 7, high: 7, fresh: 1, low: 5, kept: [1, { x: null }] };
    expect(answer.json.value).toEqual(value);
    expect((await send('GET', itemPath(id))).json.value).toEqual(value);
  });

  test('takes names literally', async () => {
    const id = freshId();
    const set = { 'a.b': 1, 'a[0]': 2, $inc: 3, '{x}': 4, 'a b': 5 };
    expect((await send('PATCH', itemPath(id), { body: { set } })).json.value).toEqual(set);
  });

  test('that would break a bound is 409 and changes nothing', async () => {
    const id = freshId();
    await put(id, { stock: 2 });
    const body = { set: { note: 'sold' }, add: { stock: { by: -3, min: 0 } } };
    const answer = await send('PATCH', itemPath(id), { body });
    expect(answer).toMatchObject({ status: 409, json: { attribute: 'stock', current: 2 } });
    expect((await send('GET', itemPath(id))).json.value).toEqual({ stock: 2 });
  });
});

describe('DELETE', () => {
  test('takes the item away and may be repeated', async () => {
    const id = freshId();
    await put(id, { a: 1 });
    const first = await send('DELETE', itemPath(id));
    expect(first.status).toBe(202);
    expect(answers.acknowledgement.parse(first.json).key).toBe(keyOf(id));
    expect(first.headers.get('ETag')).toBe(`"${first.json.version}"`);
    expect((await send('GET', itemPath(id))).status).toBe(404);
    expect((await send('DELETE', itemPath(id))).status).toBe(202);
    await put(id, { b: 2 });
    expect((await send('GET', itemPath(id))).json.value).toEqual({ b: 2 });
  });

  test('with a body is 400 and deletes nothing', async () => {
    const id = freshId();
    await put(id, { a: 1 });
    const answer = await send('DELETE', itemPath(id), { body: { comment: 'why' } });
    expect(answer).toMatchObject({ status: 400, json: { detail: expect.stringContaining('/batch') } });
    expect((await send('GET', itemPath(id))).status).toBe(200);
  });
});

describe('append', () => {
  test('makes time-ordered ids and says where the item is', async () => {
    const locations: string[] = [];
    for (const line of ['first', 'second']) {
      const answer = await send('POST', `/items/${COLLECTION}`, { body: { value: { line } } });
      expect(answer.status).toBe(202);
      const location = answer.headers.get('Location') ?? '';
      expect(location).toBe(itemPath(answer.json.key.slice(COLLECTION.length + 1)));
      expect((await send('GET', location)).json.value).toEqual({ line });
      locations.push(location);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(locations.toSorted()).toEqual(locations);
  });
});

describe('conditions', () => {
  test('If-Match and If-None-Match hold or are 412 with the current version', async () => {
    const id = freshId();
    const write = (headers: Record<string, string>) =>
      send('PUT', itemPath(id), { body: { value: { headers } }, headers });
    for (const missing of ['*', '"17"']) {
      const answer = await write({ 'If-Match': missing });
      expect(answer).toMatchObject({ status: 412, json: { currentVersion: null } });
    }
    expect((await send('GET', itemPath(id))).status).toBe(404);

    const created = await write({ 'If-None-Match': '*' });
    expect(created.status).toBe(202);
    expect(await write({ 'If-None-Match': '*' })).toMatchObject({
      status: 412,
      json: { currentVersion: created.json.version },
    });
    const updated = await write({ 'If-Match': `"${created.json.version}"` });
    expect(updated.status).toBe(202);
    expect(await write({ 'If-Match': `"${created.json.version}"` })).toMatchObject({
      status: 412,
      json: { currentVersion: updated.json.version },
    });
    const patch = await send('PATCH', itemPath(id), { body: { set: { a: 1 } }, headers: { 'If-Match': '*' } });
    expect(patch.status).toBe(202);
    const etag = { 'If-Match': patch.headers.get('ETag') ?? '' };
    expect((await send('DELETE', itemPath(id), { headers: etag })).status).toBe(202);
  });
});

describe('Idempotency-Key', () => {
  test('lets an increment be retried', async () => {
    const id = freshId();
    const headers = { 'Idempotency-Key': `order ${id}` };
    const body = { add: { sold: 1 } };
    const first = await send('PATCH', itemPath(id), { body, headers });
    const again = await send('PATCH', itemPath(id), { body, headers });
    expect(again.status).toBe(first.status);
    expect(again.json).toEqual(first.json);
    expect((await send('GET', itemPath(id))).json.value).toEqual({ sold: 1 });
    const other = await send('PATCH', itemPath(id), { body: { add: { sold: 2 } }, headers });
    expect(other).toMatchObject({ status: 422, json: { type: 'urn:write-behind:problem:idempotency-conflict' } });
  });
});

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

  test('flush takes a limit, and refuses what is none', async () => {
    expect((await send('POST', '/flush', { body: { limit: 1 } })).status).toBe(200);
    for (const body of [{ limit: 0 }, { limit: 'all' }, { most: 1 }]) {
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

  test.each(['/', '/item', '/items', '/items/a/b/c', '/items/a/b/consistency/d', '/stats/', '//stats'])(
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
