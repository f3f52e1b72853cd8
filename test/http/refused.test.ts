import { describe, expect, test } from 'vitest';
import * as answers from '../../functions/api/answers.ts';
import { connect, freshId, type HttpAnswer, isRemote, itemPath, keyOf, useDeployment } from './deployment.ts';
import { nested } from './json-text.ts';

const send = useDeployment();

describe('refused, with nothing changed', () => {
  async function expectRefused(answer: HttpAnswer, status: number): Promise<void> {
    expect(answer.status, answer.text.slice(0, 500)).toBe(status);
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
    const problem = answers.problem.parse(answer.json);
    expect(problem.status).toBe(status);
    expect(problem.type).toMatch(/^urn:write-behind:problem:[a-z-]+$/);
    expect(answer.text).not.toMatch(/node_modules|\.ts:|\n\s+at /);
  }

  const big = JSON.stringify('x'.repeat(350 * 1024));
  const bodies: [status: number, text: string][] = [
    [400, ''],
    [400, '{"value":{}'],
    [400, "{'value':{}}"],
    [400, '{"value":{"a":01}}'],
    [400, '{"value":{"a":NaN}}'],
    [422, '[]'],
    [422, 'null'],
    [422, '{}'],
    [422, '{"value":[]}'],
    [422, '{"value":"text"}'],
    [422, '{"value":null}'],
    [422, '{"value":{},"extra":1}'],
    [422, '{"value":{},"__proto__":{}}'],
    [422, '{"value":{},"durability":"queue"}'],
    [422, '{"value":{},"actor":1}'],
    [422, `{"value":{},"actor":"${'x'.repeat(257)}"}`],
    [422, `{"value":{},"comment":"${'é'.repeat(513)}"}`],
    ...['pk', '_v', '_at', '_by', '_comment', '_deleted', '_ttl', '__proto__', ''].map((name): [number, string] => [
      422,
      `{"value":{"${name}":1}}`,
    ]),
    ...['9007199254740993', '1e400', '1e126', '-1e126', '1e-131', '0.1234567890123456789'].map(
      (number): [number, string] => [422, `{"value":{"a":[${number}]}}`],
    ),
    [422, '{"value":{"a":"\\ud800"}}'],
    [422, `{"value":${nested(33)}}`],
    [413, `{"value":{"a":${big}}}`],
  ];
  test.each(bodies.map(([status, text]) => [status, text.slice(0, 60), text] as const))(
    'PUT %i %s',
    async (status, _shown, text) => {
      const id = freshId();
      await expectRefused(
        await send('PUT', itemPath(id), { text, headers: { 'Content-Type': 'application/json' } }),
        status,
      );
      expect((await send('GET', itemPath(id))).status).toBe(404);
    },
  );

  const patches: [status: number, text: string][] = [
    [422, '{}'],
    [422, '{"set":{}}'],
    [422, '{"set":[]}'],
    [422, '{"unset":["a"]}'],
    [422, '{"set":{"n":1},"remove":["n"]}'],
    [422, '{"add":{"n":1},"max":{"n":2}}'],
    [422, '{"add":{"text":1}}'],
    [422, '{"max":{"text":1}}'],
    [422, '{"add":{"n":"1"}}'],
    [422, '{"add":{"n":null}}'],
    [422, '{"add":{"n":{"min":0}}}'],
    [422, '{"add":{"n":{"by":1,"most":3}}}'],
    [422, '{"add":{"n":1e300}}'],
    [422, '{"min":{"n":[1]}}'],
    [422, '{"remove":"n"}'],
    [422, '{"remove":[1]}'],
    ...['pk', '_v', '__proto__', ''].flatMap((name): [number, string][] => [
      [422, `{"set":{"${name}":1}}`],
      [422, `{"add":{"${name}":1}}`],
      [422, `{"max":{"${name}":1}}`],
      [422, `{"remove":["${name}"]}`],
    ]),
    [409, '{"set":{"a":1},"add":{"n":{"by":-2,"min":0}}}'],
    [413, `{"set":{"a":${big}}}`],
  ];
  test('PATCH', async () => {
    const id = freshId();
    const value = { n: 1, text: 'a' };
    await send('PUT', itemPath(id), { body: { value } });
    for (const [status, text] of patches) {
      await expectRefused(await send('PATCH', itemPath(id), { text }), status);
      expect((await send('GET', itemPath(id))).json.value, text).toEqual(value);
    }
  });

  test('other content types', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonlines']) {
      const answer = await send('PUT', itemPath(freshId()), {
        text: '{"value":{}}',
        headers: { 'Content-Type': type },
      });
      await expectRefused(answer, 415);
    }
  });

  test('bad ids and collections', async () => {
    for (const id of ['', 'a\0b', 'x'.repeat(513), 'é'.repeat(257)]) {
      await expectRefused(await send('PUT', itemPath(id), { body: { value: {} } }), 422);
      await expectRefused(await send('GET', itemPath(id)), 422);
      const operations = [{ op: 'put', key: keyOf(id), value: {} }];
      expect((await send('POST', '/batch', { body: { operations } })).json.results[0].status).toBe(422);
    }
    await expectRefused(await send('PUT', itemPath('x', 'a/b'), { body: { value: {} } }), 422);
    await expectRefused(await send('PUT', '/items//x', { body: { value: {} } }), 422);
  });

  test('bad headers', async () => {
    const bad: Record<string, string>[] = [
      { 'Write-Durability': 'disk' },
      { 'If-Match': '17' },
      { 'If-Match': 'W/"17"' },
      { 'If-None-Match': '"17"' },
      { 'Idempotency-Key': 'x'.repeat(257) },
    ];
    const id = freshId();
    for (const headers of bad) {
      await expectRefused(await send('PUT', itemPath(id), { body: { value: {} }, headers }), 400);
    }
    await expectRefused(await send('PUT', itemPath(id), { body: { value: {} }, headers: { 'If-Match': '*' } }), 412);
    expect((await send('GET', itemPath(id))).status).toBe(404);
  });

  test('batches that are empty, too long or no batch', async () => {
    const id = freshId();
    const one = { op: 'put', key: keyOf(id), value: {} };
    for (const body of [{ operations: [] }, { operations: Array(101).fill(one) }, {}, { operations: one }, [one]]) {
      await expectRefused(await send('POST', '/batch', { body }), 422);
    }
    await expectRefused(await send('POST', '/batch', { body: { operations: [one], atomic: true } }), 422);
    await expectRefused(await send('POST', '/batch', { text: `{"operations":[${JSON.stringify(one)},]}` }), 400);
    expect((await send('GET', itemPath(id))).status).toBe(404);
  });

  test('operations of a batch, each alone', async () => {
    const good = freshId();
    const refused = [
      ...bodies.filter(([status, text]) => status === 422 && text.startsWith('{"value":{"') && text.length < 1000),
      [422, '{"value":{}},"durability":"disk"}'] as const,
    ].map(([, text]) => `{"op":"put","key":"${keyOf(good)}-no",${text.replace('}},', '},').slice(1)}`);
    const operations = refused.flatMap((text) => [text, `{"op":"patch","key":"${keyOf(good)}","add":{"n":1}}`]);
    const answer = await send('POST', '/batch', { text: `{"operations":[${operations.join(',')}]}` });
    expect(answer.status).toBe(200);
    const statuses = answer.json.results.map(({ status }: { status: number }) => status);
    expect(statuses).toEqual(refused.flatMap(() => [422, 202]));
    expect((await send('GET', itemPath(good))).json.value).toEqual({ n: refused.length });
    expect((await send('GET', itemPath(`${good}-no`))).status).toBe(404);
  });

  test.skipIf(isRemote)(
    'collections that a closed configuration does not list',
    async () => {
      const closed = await connect({ closed: true, collections: { known: {} } });
      try {
        for (const [method, request] of [
          ['PUT', { body: { value: {} } }],
          ['GET', {}],
          ['DELETE', {}],
        ] as const) {
          await expectRefused(await closed.send(method, itemPath('x', 'other'), request), 404);
        }
        expect((await closed.send('PUT', itemPath('x', 'known'), { body: { value: {} } })).status).toBe(202);
      } finally {
        await closed.stop();
      }
    },
    30_000,
  );
});
