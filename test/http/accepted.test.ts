import { describe, expect, test } from 'vitest';
import { freshId, itemPath, keyOf, useDeployment } from './deployment.ts';
import { canonical, nested } from './json-text.ts';

const send = useDeployment();

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
