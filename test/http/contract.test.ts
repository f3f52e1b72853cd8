import { describe, expect, test } from 'vitest';
import * as answers from '../../functions/api/answers.ts';
import { COLLECTION, freshId, itemPath, keyOf, useDeployment } from './deployment.ts';

const send = useDeployment();

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
    }
    expect(locations.toSorted()).toEqual(locations);
  });

  test('retried under an Idempotency-Key keeps its id', async () => {
    const append = (line: string) =>
      send('POST', `/items/${COLLECTION}`, { body: { value: { line } }, headers: { 'Idempotency-Key': key } });
    const key = freshId();
    const first = await append('one');
    expect(await append('one')).toMatchObject({ status: 202, json: first.json });
    expect(await append('two')).toMatchObject({
      status: 422,
      json: { type: 'urn:write-behind:problem:idempotency-conflict' },
    });
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
