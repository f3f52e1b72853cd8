import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiError, ApiUnreachableError, WriteBehindClient } from '../../client/index.ts';
import { localEnvironment } from '../../lib/environment.ts';
import { type LocalStack, startStack } from '../../local/stack.ts';
import { type WatchedClients, watchedClients } from '../support/watched-clients.ts';
import { lossyServer } from './lossy-server.ts';

let stack: LocalStack;
let api: WriteBehindClient;
let clients: WatchedClients;
/** Method and path of everything that was sent. */
const sent: string[] = [];
beforeAll(async () => {
  const collections = { flights: { audited: true }, logs: { listable: true } };
  stack = await startStack({
    port: 0,
    environment: localEnvironment(),
    settings: { windowSeconds: 1, collections },
    cacheOptions: (config) => {
      clients = watchedClients(config);
      return { clients };
    },
  });
  api = new WriteBehindClient({
    url: `${stack.url}/`,
    fetch: (url, init) => {
      sent.push(`${init?.method} ${new URL(String(url)).pathname}`);
      return fetch(url, init);
    },
  });
});
afterAll(() => stack.stop());

test('writes and reads items, whatever is in their keys', async () => {
  const key = 'flights/ü /%?#1';
  const value = { 'a"\\': [1, null], text: '🙂' };
  const first = await api.put(key, value, { durability: 'cache', actor: 'ann', comment: 'new' });
  expect(first).toMatchObject({ key, durability: 'cache' });
  expect(await api.get(key)).toMatchObject({ key, value, version: first.version, actor: 'ann', persisted: false });
  const patched = await api.patch(key, { add: { n: 2 }, remove: ['text'] }, { ifMatch: first.version });
  expect(patched.value).toEqual({ 'a"\\': [1, null], n: 2 });
  await expect(api.put(key, {}, { ifMatch: 'none' })).rejects.toMatchObject({
    name: 'ApiError',
    status: 412,
    code: 'precondition-failed',
    problem: { currentVersion: patched.version },
  });
  expect(await api.delete(key, { ifMatch: '*', actor: 'bob', comment: 'gone' })).toMatchObject({ key });
  expect(await api.get(key)).toBeNull();
  expect(await api.delete(key)).toMatchObject({ key });
  const { history } = await api.history(key, { limit: 4 });
  expect(history.map(({ op, actor }) => [op, actor])).toEqual([
    ['delete', undefined],
    ['delete', 'bob'],
    ['patch', undefined],
    ['put', 'ann'],
  ]);
});

test('appends and lists in pages', async () => {
  for (const n of [1, 2, 3]) expect((await api.append('logs', { n })).key).toMatch(/^logs\/.{26}$/);
  const first = await api.list<{ n: number }>('logs', { limit: 2 });
  const rest = await api.list<{ n: number }>('logs', { limit: 2, cursor: first.cursor! });
  expect([...first.items, ...rest.items].map(({ value }) => value.n)).toEqual([3, 2, 1]);
});

test('a batch has a result for each operation', async () => {
  const results = await api.batch(
    [
      { op: 'put', key: 'stock/a', value: { left: 1 } },
      { op: 'patch', key: 'stock/a', add: { left: { by: -2, min: 0 } } },
      { op: 'get', key: 'stock/a' },
      { op: 'delete', key: 'stock/none', durability: 'queue' },
    ],
    { durability: 'cache' },
  );
  expect(results).toMatchObject([
    { status: 202, durability: 'cache' },
    { status: 409, problem: { type: 'urn:write-behind:problem:bound' } },
    { status: 200, value: { left: 1 } },
    { status: 202, durability: 'queue' },
  ]);
});

test('puts of a batch under ids that were made for them are appends: DynamoDB is not asked for them', async () => {
  const put = (id: string, isNew: boolean) => ({ op: 'put', key: `logs/${id}`, value: { id }, isNew }) as const;
  expect(await api.batch([put('made-1', true), put('made-2', true)])).toMatchObject([{ status: 202 }, { status: 202 }]);
  const looked = clients.seen.filter(
    ({ command, input }) => command === 'GetItemCommand' && /made/.test(input.Key.pk.S),
  );
  expect(looked).toEqual([]);
  const { items } = await api.list('logs', { limit: 2 });
  expect(items.map(({ key }) => key).sort()).toEqual(['logs/made-1', 'logs/made-2']);
});

test('operators see and do everything', async () => {
  await api.put('stock/b', { left: 1 });
  expect(await api.consistency('stock/b')).toMatchObject({ consistent: false, database: null });
  expect(await api.flush({ limit: 1000 })).toMatchObject({ failed: 0, remaining: 0 });
  expect(await api.consistency('stock/b')).toMatchObject({ consistent: true });
  const paused = { actor: 'ann', reason: 'index rebuild' };
  expect(await api.pause(paused)).toMatchObject({ paused, held: true });
  await expect(api.flush()).rejects.toMatchObject({ code: 'flush-paused' });
  expect(await api.resume({ itemsPerSecond: 5 })).toMatchObject({ paused: null, drain: { itemsPerSecond: 5 } });
  expect(await api.stats()).toMatchObject({ dirtyItems: 0 });
  expect(await api.health()).toMatchObject({ status: 'ok' });
  expect(await api.deadLetters.list({ limit: 5 })).toEqual({ deadLetters: [], complete: true });
  expect(await api.deadLetters.show('nowhere')).toBeNull();
  const failed = [{ id: 'nowhere', reason: 'not there' }];
  expect(await api.deadLetters.redrive({ ids: ['nowhere'] })).toMatchObject({ done: 0, failed });
  const reason = { actor: 'ann', comment: 'test' };
  expect(await api.deadLetters.discard({ ids: ['nowhere'] }, reason)).toMatchObject({ done: 0, failed });
});

test('every operation of /openapi.json has been called by now', async () => {
  const { paths } = (await api.openApi()) as { paths: Record<string, Record<string, object>> };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      method: method.toUpperCase(),
      pattern: path.replaceAll(/\{\w+\}/g, '[^/]+'),
    })),
  );
  expect(operations.length).toBeGreaterThan(15);
  const never = operations.filter(
    ({ method, pattern }) => !sent.some((call) => new RegExp(`^${method} ${pattern}$`).test(call)),
  );
  expect(never).toEqual([]);
});

describe('what is repeated takes place once', () => {
  test('where the answer was lost on its way', async () => {
    const server = await lossyServer(stack.url, { lost: 2 });
    const remote = new WriteBehindClient({ url: server.url });
    expect((await remote.patch('once/patch', { add: { n: 1 } })).value).toEqual({ n: 1 });
    expect(server.requests).toBe(3);
    await server.close();
  });

  test('also in a batch and of an append', async () => {
    const server = await lossyServer(stack.url, { lost: 1 });
    const remote = new WriteBehindClient({ url: server.url });
    await remote.batch([{ op: 'patch', key: 'once/batch', add: { n: 1 } }]);
    expect((await api.get('once/batch'))?.value).toEqual({ n: 1 });
    server.lose(1);
    const before = (await api.list('logs')).items.length;
    await remote.append('logs', { once: true });
    expect((await api.list('logs')).items).toHaveLength(before + 1);
    await server.close();
  });

  test('where the API asks for a pause, after it', async () => {
    const server = await lossyServer(stack.url, { refused: 1, retryAfterSeconds: 1 });
    const startedAt = performance.now();
    await new WriteBehindClient({ url: server.url }).put('once/pause', {});
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1000);
    await server.close();
  });
});

describe('an error is thrown', () => {
  test('at once where trying again does not help', async () => {
    sent.length = 0;
    const error = await api.put('flights/1', { pk: 1 }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 422, code: 'invalid-input', problem: { path: 'value.pk' } });
    expect(sent).toHaveLength(1);
    await expect(api.list('flights')).rejects.toMatchObject({ code: 'not-listable' });
    await expect(api.put('no-slash', {})).rejects.toThrow('collection/id');
  });

  test('after the last attempt where it does', async () => {
    const server = await lossyServer(stack.url, { refused: 9 });
    const remote = new WriteBehindClient({ url: server.url, retries: 2 });
    await expect(remote.get('flights/1')).rejects.toMatchObject({ status: 503, code: 'unknown' });
    expect(server.requests).toBe(3);
    server.lose(9);
    await expect(new WriteBehindClient({ url: server.url, retries: 0 }).stats()).rejects.toThrow(ApiUnreachableError);
    await server.close();
  });

  test('when the caller gives up, also while it waits to try again', async () => {
    const server = await lossyServer(stack.url, { refused: 9, retryAfterSeconds: 1000 });
    const controller = new AbortController();
    const call = new WriteBehindClient({ url: server.url }).get('flights/1', { signal: controller.signal });
    await server.answered;
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    await server.close();
  });
});
