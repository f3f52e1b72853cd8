import { beforeEach, expect, test } from 'vitest';
import { historyPage } from '../../functions/api/answers.ts';
import { apiClient } from './call-api.ts';
import { FakeCache } from './fake-cache.ts';

let cache: FakeCache;
let call: ReturnType<typeof apiClient>;
beforeEach(() => {
  cache = new FakeCache();
  call = apiClient(cache);
});

test('a history is answered in pages', async () => {
  const answer = await call('GET', '/items/c/x/history', { query: { limit: '7', cursor: 'here' } });
  expect(answer.status).toBe(200);
  expect(historyPage.strict().parse(answer.json)).toMatchObject({ history: [{ op: 'put' }], cursor: 'next' });
  expect(cache.pages).toEqual([{ key: 'c/x', limit: 7, cursor: 'here' }]);
});

test.each([{ limit: '0' }, { limit: '101' }, { limit: 'x' }, { limit: '' }])('a limit of %o is 422', async (query) => {
  const answer = await call('GET', '/items/c/x/history', { query: query as Record<string, string> });
  expect(answer).toMatchObject({
    status: 422,
    json: { type: 'urn:write-behind:problem:invalid-input', path: 'limit' },
  });
  expect(cache.pages).toEqual([]);
});

test('each write knows the verified identity of its caller, beside what he says of himself, and nobody can make it up', async () => {
  const caller = 'arn:aws:iam::111122223333:user/ann';
  const body = { value: {}, actor: 'somebody else' };
  await call('PUT', '/items/c/x', { body, caller });
  await call('PATCH', '/items/c/x', { body: { set: { n: 1 } }, caller });
  await call('DELETE', '/items/c/x', { caller });
  await call('POST', '/items/c', { body, caller });
  await call('POST', '/batch', { body: { operations: [{ op: 'put', key: 'c/x', ...body }] }, caller });
  expect(cache.asked).toHaveLength(5);
  for (const asked of cache.asked) expect(asked).toMatchObject({ caller });
  expect(cache.asked[0]).toMatchObject({ actor: 'somebody else' });

  await call('PUT', '/items/c/x', { body });
  expect(cache.asked.at(-1)).not.toHaveProperty('caller');
  expect(await call('PUT', '/items/c/x', { body: { ...body, caller } })).toMatchObject({ status: 422 });
  const made = { operations: [{ op: 'put', key: 'c/x', value: {}, caller }] };
  expect((await call('POST', '/batch', { body: made })).json.results).toMatchObject([{ status: 422 }]);
});
