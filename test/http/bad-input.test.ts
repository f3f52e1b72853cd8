import { expect, test } from 'vitest';
import { AUDITED, freshId, type HttpAnswer, itemPath, keyOf, useDeployment } from './deployment.ts';

const send = useDeployment();

/** Expects a problem that names the part at fault. */
function expectProblem({ status, json, headers }: HttpAnswer, wanted: { status: number } & Record<string, unknown>) {
  expect({ ...json, status }).toMatchObject(wanted);
  expect(json.detail).toEqual(expect.any(String));
  expect(headers.get('Content-Type')).toBe('application/problem+json');
}

const invalid = (path: string) => ({ status: 422, type: 'urn:write-behind:problem:invalid-input', path });

const authors: [what: string, author: { actor?: unknown; comment?: unknown }, path: string][] = [
  ['an actor with a line break', { actor: 'ann\nbob' }, 'actor'],
  ['an actor with a NUL', { actor: 'ann\0' }, 'actor'],
  ['an actor with an escape', { actor: '\u001b[31mann' }, 'actor'],
  ['an actor with a DEL', { actor: 'ann\u007f' }, 'actor'],
  ['an actor with a C1 control', { actor: 'ann\u0085bob' }, 'actor'],
  ['an actor with a line separator', { actor: 'ann\u2028bob' }, 'actor'],
  ['an actor that is turned around', { actor: '\u202enna' }, 'actor'],
  ['an actor of 257 characters', { actor: 'x'.repeat(257) }, 'actor'],
  ['an actor that is no text', { actor: 7 }, 'actor'],
  ['a comment of 1,025 bytes', { comment: 'x'.repeat(1025) }, 'comment'],
  ['a comment of 1,026 bytes in 513 characters', { comment: 'é'.repeat(513) }, 'comment'],
];

test.each(authors)('%s is refused by every route that takes one, and nothing is written', async (_, author, path) => {
  const id = freshId();
  expectProblem(await send('PUT', itemPath(id), { body: { value: {}, ...author } }), invalid(path));
  expectProblem(await send('PATCH', itemPath(id), { body: { set: { n: 1 }, ...author } }), invalid(path));
  expectProblem(await send('POST', '/items/http-suite', { body: { value: {}, ...author } }), invalid(path));
  expect((await send('GET', itemPath(id))).status).toBe(404);
  const why = { actor: 'http suite', comment: 'there is no such letter', ...author };
  expectProblem(await send('POST', '/dead-letters/discard', { body: { ids: ['none'], ...why } }), invalid(path));
});

test.each([
  ...authors.map(([what, author, path]) => [what, author, path] as const),
  ['an idempotency key of 257 characters', { idempotencyKey: 'x'.repeat(257) }, 'idempotencyKey'] as const,
  ['an empty idempotency key', { idempotencyKey: '' }, 'idempotencyKey'] as const,
])('%s fails its operation of a batch alone', async (_, wrong, path) => {
  const key = keyOf(freshId());
  const good = { op: 'patch', key, add: { n: 1 } };
  const bad = [
    { op: 'put', key, value: {}, ...wrong },
    { op: 'patch', key, add: { n: 100 }, ...wrong },
    { op: 'delete', key, ...wrong },
  ];
  const operations = [good, ...bad, good];
  const { status, json } = await send('POST', '/batch', { body: { operations } });
  expect(status).toBe(200);
  const problem = expect.objectContaining(invalid(path));
  expect(json.results).toMatchObject([
    { status: 202 },
    ...bad.map(() => ({ status: 422, key, problem })),
    { status: 202, value: { n: 2 } },
  ]);
});

test('an idempotency key of 257 characters is refused by every route that takes one; 256 are not', async () => {
  const id = freshId();
  const refused = { status: 400, type: 'urn:write-behind:problem:bad-header', header: 'Idempotency-Key' };
  const requests = [
    ['PUT', itemPath(id), { value: {} }],
    ['PATCH', itemPath(id), { add: { n: 1 } }],
    ['DELETE', itemPath(id), undefined],
    ['POST', '/items/http-suite', { value: {} }],
  ] as const;
  for (const [method, path, body] of requests) {
    const headers = { 'Idempotency-Key': 'x'.repeat(257) };
    expectProblem(await send(method, path, { headers, ...(body && { body }) }), refused);
  }
  expect((await send('GET', itemPath(id))).status).toBe(404);
  for (const [method, path, body] of requests) {
    const headers = { 'Idempotency-Key': method + 'x'.repeat(256 - method.length) };
    expect((await send(method, path, { headers, ...(body && { body }) })).status).toBe(202);
  }
});

test('an actor of 256 characters of any script and a comment with line breaks are kept as they are', async () => {
  const id = freshId();
  const author = { actor: `${'李'.repeat(253)} 👩‍🚀`.slice(0, 256), comment: 'why\r\n\tand\nhow' };
  expect((await send('PUT', itemPath(id), { body: { value: {}, ...author } })).status).toBe(202);
  expect((await send('GET', itemPath(id))).json).toMatchObject(author);
});

test('a page of the history with a limit out of range, or with a cursor that is not its own, is refused', async ({
  skip,
}) => {
  const path = (id: string) => `${itemPath(id, AUDITED)}/history`;
  const id = freshId();
  skip((await send('GET', path(id))).status === 404, `the deployment has no audited collection ${AUDITED}`);
  for (const limit of ['0', '101', '-1', '1.5', '1e1', 'all', '']) {
    expectProblem(await send('GET', `${path(id)}?limit=${limit}`), invalid('limit'));
  }
  for (const n of [1, 2]) await send('PUT', itemPath(id, AUDITED), { body: { value: { n } } });
  const { cursor } = (await send('GET', `${path(id)}?limit=1`)).json;
  const asked = (text: string, of = id) => send('GET', `${path(of)}?cursor=${encodeURIComponent(text)}`);
  expect((await asked(cursor)).status).toBe(200);
  expectProblem(await asked(cursor, freshId()), invalid('cursor'));
  const [place, digest] = cursor.split('.');
  const other = Buffer.from('1').toString('base64url');
  for (const text of [
    '',
    'x',
    place,
    `${other}.${digest}`,
    `${place}.${digest}.${digest}`,
    `${cursor}x`,
    ` ${cursor}`,
  ]) {
    expectProblem(await asked(text), invalid('cursor'));
  }
  expectProblem(await send('GET', `/dead-letters?cursor=${encodeURIComponent(cursor)}`), invalid('cursor'));
});

test('the history of a collection that keeps none is not found, whatever else is asked', async () => {
  for (const query of ['', '?limit=1', '?limit=1&cursor=x']) {
    expectProblem(await send('GET', `${itemPath(freshId())}/history${query}`), {
      status: 404,
      type: 'urn:write-behind:problem:not-audited',
      collection: 'http-suite',
    });
  }
});
