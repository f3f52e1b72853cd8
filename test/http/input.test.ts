import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as answers from '../../functions/api/answers.ts';
import { canonical } from './canonical.ts';
import {
  COLLECTION,
  connect,
  type Deployment,
  freshId,
  type HttpAnswer,
  isRemote,
  itemPath,
  type Send,
} from './deployment.ts';

let deployment: Deployment;
let send: Send;

beforeAll(async () => {
  deployment = await connect();
  send = deployment.send;
}, 30_000);

afterAll(() => deployment?.stop(), 30_000);

const keyOf = (id: string) => `${COLLECTION}/${id}`;
const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

describe('accepted and read back exactly', () => {
  const ids = [
    '東京/渋谷 ☕',
    '👩‍👩‍👧',
    'e\u0301 and \u00e9',
    'a/b//c/',
    '/leading',
    'a%2Fb',
    '100%',
    '%',
    '{id} {collection}',
    'line\nbreak\r\ttab',
    '"quoted" \\ back',
    "it's; a + b & c = d ? #e",
    '__proto__',
    'constructor',
    'consistency',
    '\u0001\u007f\ufffe\uffff',
    ' ',
  ];
  test.each(ids)('the id %j', async (suffix) => {
    const id = freshId() + suffix;
    expect((await send('PUT', itemPath(id), { body: { value: { id } } })).status).toBe(202);
    const { json } = await send('GET', itemPath(id));
    expect(json).toMatchObject({ key: keyOf(id), value: { id } });
    const batch = await send('POST', '/batch', { body: { operations: [{ op: 'get', key: keyOf(id) }] } });
    expect(batch.json.results[0]).toMatchObject({ status: 200, key: keyOf(id), value: { id } });
  });

  test('ids that look like relative paths, by batch, and ids of 512 bytes', async () => {
    const long = freshId();
    for (const id of [`${long}/..`, `${long}/.`, long + 'é'.repeat((512 - long.length) >> 1)]) {
      const operations = [
        { op: 'put', key: keyOf(id), value: { id } },
        { op: 'get', key: keyOf(id) },
      ];
      const { json } = await send('POST', '/batch', { body: { operations } });
      expect(json.results).toMatchObject([{ status: 202 }, { status: 200, value: { id } }]);
    }
  });

  const values = [
    '{}',
    '{"string":"","object":{},"array":[],"nothing":null,"yes":true,"no":false}',
    '{"a":[[],[[]],{},[{}],null,"",0]}',
    '{"n":[0,1,-1,0.1,-0.5,1e-7,123456.789,9007199254740991,-9007199254740991,1e21,1e-130,9.9e125,0.30000000000000004]}',
    '{"text":"{braces} {{twice}} $(dollar) }{ [ ] , : \\" \\\\ /"}',
    '{"text":"line\\nbreak\\r\\n\\ttab\\u0000nul\\u0001\\u2028\\ufffe"}',
    '{"東京":"渋谷 ☕","👩‍👩‍👧":"e\u0301 \u00e9","a.b":1,"a b":2,"#":3,":v":4,"$x":5}',
    '{"constructor":{"constructor":"a"},"toString":null,"hasOwnProperty":1,"prototype":{}}',
    '{"a":{"__proto__":{"polluted":true},"b":[{"__proto__":null}]}}',
    '{"1":"a","0":"b","-1":"c","length":3}',
    nested(31),
  ];
  test('values, from the cache and from the database', async () => {
    const written = new Map<string, string>();
    for (const text of values) {
      const id = freshId();
      const answer = await send('PUT', itemPath(id), { text: `{"value":${text}}` });
      expect(answer, text).toMatchObject({ status: 202 });
      expect(canonical((await send('GET', itemPath(id))).json.value)).toBe(canonical(JSON.parse(text)));
      written.set(id, text);
    }
    await send('POST', '/flush');
    for (const [id, text] of written) {
      await expect
        .poll(async () => (await send('GET', `${itemPath(id)}/consistency`)).json.consistent, { timeout: 15_000 })
        .toBe(true);
      const { json } = await send('GET', `${itemPath(id)}/consistency`);
      expect(canonical(json.database.value)).toBe(canonical(JSON.parse(text)));
    }
  }, 60_000);

  test('values that a patch sets', async () => {
    for (const text of values.filter((each) => each !== '{}')) {
      const id = freshId();
      const answer = await send('PATCH', itemPath(id), { text: `{"set":${text}}` });
      expect(answer, text).toMatchObject({ status: 202 });
      expect(canonical(answer.json.value)).toBe(canonical(JSON.parse(text)));
      expect(canonical((await send('GET', itemPath(id))).json.value)).toBe(canonical(JSON.parse(text)));
    }
  });

  test('decimals that are added', async () => {
    const id = freshId();
    for (const by of [0.1, 0.2, -1e-7]) await send('PATCH', itemPath(id), { body: { add: { n: by } } });
    expect((await send('GET', itemPath(id))).json.value).toEqual({ n: 0.1 + 0.2 - 1e-7 });
  });
});

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
    const one = { op: 'put', key: keyOf(freshId()), value: {} };
    for (const body of [{ operations: [] }, { operations: Array(101).fill(one) }, {}, { operations: one }, [one]]) {
      await expectRefused(await send('POST', '/batch', { body }), 422);
    }
    await expectRefused(await send('POST', '/batch', { body: { operations: [one], atomic: true } }), 422);
    await expectRefused(await send('POST', '/batch', { text: `{"operations":[${JSON.stringify(one)},]}` }), 400);
    expect((await send('GET', itemPath(one.key.slice(COLLECTION.length + 1)))).status).toBe(404);
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
