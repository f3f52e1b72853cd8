import { beforeEach, describe, expect, test } from 'vitest';
import * as answers from '../../functions/api/answers.ts';
import { deadLetterLog } from '../../functions/api/dead-letter-log.ts';
import { apiClient, silent, type TestRequest } from './call-api.ts';
import { FakeCache } from './fake-cache.ts';

let cache: FakeCache;
let call: ReturnType<typeof apiClient>;

beforeEach(() => {
  cache = new FakeCache();
  call = apiClient(cache);
});

const why = { actor: 'ann', comment: 'sold out' };
const invalid = (path: string) => ({ status: 422, json: { type: 'urn:write-behind:problem:invalid-input', path } });

describe('GET /dead-letters', () => {
  test('hands limit and cursor on, with time left for the answer', async () => {
    const answer = await call('GET', '/dead-letters', { query: { limit: '7', cursor: 'x.y' } });
    expect(answer.status).toBe(200);
    expect(answers.deadLetterPage.parse(answer.json)).toMatchObject({ cursor: 'next', complete: true });
    await call('GET', '/dead-letters');
    expect(cache.lettersAsked).toEqual([
      { list: { limit: 7, cursor: 'x.y', deadlineMs: 20_000 } },
      { list: { limit: 50, deadlineMs: 20_000 } },
    ]);
  });

  test.each(['0', '101', '-1', '1.5', '1e1', '', ' 1', 'all', '99999999999'])('refuses the limit %j', async (limit) => {
    expect(await call('GET', '/dead-letters', { query: { limit } })).toMatchObject(invalid('limit'));
    expect(cache.lettersAsked).toEqual([]);
  });

  test('refuses an empty cursor', async () => {
    expect(await call('GET', '/dead-letters', { query: { cursor: '' } })).toMatchObject(invalid('cursor'));
  });
});

test('GET /dead-letters/{id} answers with the letter, or 404', async () => {
  const answer = await call('GET', '/dead-letters/letter-1');
  expect(answer.status).toBe(200);
  expect(answers.deadLetterDetail.parse(answer.json)).toMatchObject({ id: 'letter-1', redrive: 'stores' });
  expect(await call('GET', '/dead-letters/letter-2')).toMatchObject({
    status: 404,
    json: { type: 'urn:write-behind:problem:no-such-dead-letter', id: 'letter-2' },
  });
});

describe('POST /dead-letters/redrive and /discard', () => {
  test('hand on which letters, who and why, and who signed', async () => {
    expect(answers.deadLetterOutcome.parse((await post('redrive', { ids: ['a', 'b'] })).json).done).toBe(1);
    await post('redrive', { all: true });
    await post('discard', { ids: ['a'], ...why }, { caller: 'arn:aws:iam::111122223333:user/ann' });
    await post('discard', { all: true, ...why });
    const deadlineMs = 20_000;
    expect(cache.lettersAsked).toEqual([
      { redrive: { ids: ['a', 'b'] }, deadlineMs },
      { redrive: { all: true }, deadlineMs },
      { discard: { ids: ['a'] }, reason: { ...why, caller: 'arn:aws:iam::111122223333:user/ann' }, deadlineMs },
      { discard: { all: true }, reason: why, deadlineMs },
    ]);
  });

  test.each([
    [{}, 'ids'],
    [{ ids: [] }, 'ids'],
    [{ ids: 'a' }, 'ids'],
    [{ ids: [1] }, 'ids[0]'],
    [{ ids: [''] }, 'ids[0]'],
    [{ ids: ['x'.repeat(101)] }, 'ids[0]'],
    [{ ids: Array(101).fill('a') }, 'ids'],
    [{ ids: ['a'], all: true }, 'ids'],
    [{ all: false }, 'all'],
    [{ all: 'yes' }, 'all'],
    [{ all: true, more: 1 }, 'more'],
    [{ all: true, caller: 'me' }, 'caller'],
  ])('refuse %j', async (body, path) => {
    expect(await post('redrive', body)).toMatchObject(invalid(path));
    expect(await post('discard', { ...body, ...why })).toMatchObject(invalid(path));
    expect(cache.lettersAsked).toEqual([]);
  });

  test.each([
    [{ comment: 'why' }, 'actor'],
    [{ actor: 'ann' }, 'comment'],
    [{ actor: '', comment: 'why' }, 'actor'],
    [{ actor: 'ann', comment: '' }, 'comment'],
    [{ actor: 1, comment: 'why' }, 'actor'],
  ])('a discard says who and why: %j', async (body, path) => {
    expect(await post('discard', { all: true, ...body })).toMatchObject(invalid(path));
    expect(cache.lettersAsked).toEqual([]);
  });

  test('want a body, and take no other method', async () => {
    expect((await call('POST', '/dead-letters/redrive')).status).toBe(400);
    for (const path of ['/dead-letters/redrive', '/dead-letters/discard']) {
      expect(await call('GET', path)).toMatchObject({ status: 405, headers: { Allow: 'POST, OPTIONS' } });
    }
    expect(await call('DELETE', '/dead-letters/letter-1')).toMatchObject({ status: 405 });
  });

  function post(path: string, body: object, request: TestRequest = {}) {
    return call('POST', `/dead-letters/${path}`, { body, ...request });
  }
});

test('the OpenAPI document describes the query, and that ids and all exclude each other', async () => {
  const document = (await call('GET', '/openapi.json')).json;
  const { parameters } = document.paths['/dead-letters'].get;
  expect(parameters.map((parameter: { in: string; name: string }) => `${parameter.in} ${parameter.name}`)).toEqual([
    'query limit',
    'query cursor',
  ]);
  expect(parameters[0].schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 100, default: 50 });
  expect(document.components.schemas.Redrive).toMatchObject({
    type: 'object',
    additionalProperties: false,
    oneOf: [{ required: ['ids'] }, { required: ['all'] }],
  });
  expect(document.components.schemas.Discard).toMatchObject({ required: ['actor', 'comment'] });
});

test('who discards what and why is a warning in the log', () => {
  const lines: unknown[] = [];
  const log = { ...silent, warn: (...line: unknown[]) => void lines.push(line) };
  const letter = {
    id: 'a',
    key: 'c/x',
    version: 1,
    reason: 'refused',
    actor: 'ann',
    comment: 'sold out',
    caller: 'arn',
  };
  deadLetterLog(log).discarded(letter);
  const { reason: _mayQuoteTheValue, ...told } = letter;
  expect(lines).toEqual([['dead-letter-discarded', told]]);
});
