/** Who a request is from is what API Gateway verified, whatever the request says. */
import { expect, test } from 'vitest';
import { apiClient } from '../functions/call-api.ts';
import { FakeCache } from '../functions/fake-cache.ts';

const call = apiClient(new FakeCache());
const ARN = 'arn:aws:iam::1:user/mallory';
const forged = { caller: 'arn:aws:iam::1:user/ann' };

test.each([
  ['PUT', '/items/c/x', { value: {} }],
  ['PATCH', '/items/c/x', { set: { n: 1 } }],
  ['POST', '/items/c', { value: {} }],
  ['POST', '/dead-letters/discard', { all: true, actor: 'a', comment: 'b' }],
])('%s %s refuses a body that names a caller', async (method, path, body) => {
  const answer = await call(method, path, { body: { ...body, ...forged }, caller: ARN });
  expect(answer).toMatchObject({ status: 422, json: { path: 'caller' } });
});

test('an operation of a batch that names a caller is refused alone', async () => {
  const operations = [
    { op: 'put', key: 'c/x', value: {}, ...forged },
    { op: 'delete', key: 'c/x', ...forged },
  ];
  const { json } = await call('POST', '/batch', { body: { operations }, caller: ARN });
  expect(json.results).toMatchObject(operations.map(() => ({ status: 422, problem: { path: 'caller' } })));
});
