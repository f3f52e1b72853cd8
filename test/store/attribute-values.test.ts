import { deepStrictEqual } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../lib/model/json.ts';
import { checkValue, encodeAttribute, MAX_ATTRIBUTES, MAX_LEVELS } from '../../lib/model/value.ts';
import { MAX_ITEM_BYTES } from '../../lib/settings.ts';
import { fromAttributeValue, toAttributeValue } from '../../lib/store/attribute-values.ts';
import { readItemsExactly } from '../../lib/store/exact-items.ts';
import { itemValue, json, nested, number } from '../arbitraries.ts';

describe('the codec', () => {
  test('gives back every value exactly, with the prototype and the own __proto__ of its objects', () => {
    fc.assert(fc.property(json, (value) => deepStrictEqual(fromAttributeValue(toAttributeValue(value)), value)));
  });

  test('writes numbers in decimal, -0 as 0', () => {
    expect([0, -0, -1.5, 1e21, 1e-7].map(toAttributeValue)).toEqual(
      ['0', '0', '-1.5', '1e+21', '1e-7'].map((N) => ({ N })),
    );
  });

  test('reads what only other programs store', () => {
    const read: [AttributeValue, Json][] = [
      [{ SS: ['a', ''] }, ['a', '']],
      [{ NS: ['1', '2.5'] }, [1, 2.5]],
      [{ B: new Uint8Array([0, 255, 16]) }, 'AP8Q'],
      [{ BS: [new Uint8Array([0, 255, 16]), new Uint8Array()] }, ['AP8Q', '']],
      [{ N: '0.1000000000000000000000000000000000001' }, 0.1],
      [{ N: '9007199254740993' }, 9007199254740992],
    ];
    for (const [stored, value] of read) expect(fromAttributeValue(stored)).toEqual(value);
  });

  test('reads an item from which the SDK lost a top-level __proto__', () => {
    const item = Object.fromEntries([
      ['__proto__', undefined],
      ['a', { N: '1' }],
    ]) as Record<string, AttributeValue>;
    deepStrictEqual(fromAttributeValue({ M: item }), { a: 1 });
  });

  test('refuses a type that it does not know', () => {
    expect(() => fromAttributeValue({ $unknown: ['X', 1] })).toThrow('unknown type');
  });
});

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('through the SDK and a DynamoDB server', () => {
  let server: ChildProcess;
  let client: DynamoDBClient;
  const TableName = 'codec';
  const Key = { pk: { S: 'items/1' } };
  const itemOf = (value: JsonObject) => ({ ...toAttributeValue(value).M, ...Key });
  const put = (value: JsonObject) => client.send(new PutItemCommand({ TableName, Item: itemOf(value) }));
  const read = (item: Record<string, AttributeValue> = {}): Json => {
    const { pk, ...attributes } = item;
    return fromAttributeValue({ M: attributes });
  };
  const get = async () => read((await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item);

  /** The error of a write whose condition fails and which asks for the old item. */
  const refusal = async (through: DynamoDBClient): Promise<ConditionalCheckFailedException> => {
    const command = new PutItemCommand({
      TableName,
      Item: Key,
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const error: unknown = await through.send(command).then(
      () => new Error('was stored'),
      (reason: unknown) => reason,
    );
    if (error instanceof ConditionalCheckFailedException) return error;
    throw error;
  };

  beforeAll(async () => {
    const port = await freePort();
    const program = createRequire(import.meta.url).resolve('@dynoxide/linux-x64/dynoxide');
    server = spawn(program, ['serve', '--host', '127.0.0.1', '--port', String(port)]);
    await Promise.race([once(server.stderr!, 'data'), once(server.stdout!, 'data')]);
    client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    readItemsExactly(client);
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      }),
    );
  });

  afterAll(() => {
    client?.destroy();
    server?.kill();
  });

  test('every item that checkValue accepts is accepted and read back exactly', async () => {
    await fc.assert(
      fc.asyncProperty(itemValue, async (value) => {
        checkValue(value);
        await put(value);
        deepStrictEqual(await get(), value);
      }),
      { numRuns: 150 },
    );
  });

  test('every number is accepted in the form that JavaScript writes it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(number, { minLength: 1, maxLength: 100 }), async (numbers) => {
        await put({ numbers });
        deepStrictEqual(await get(), { numbers });
      }),
      { numRuns: 30 },
    );
  });

  test('a nested __proto__ survives updates and failed conditions too', async () => {
    const inner = Object.fromEntries<Json>([
      [
        '__proto__',
        Object.fromEntries<Json>([
          ['__proto__', 'x'],
          ['b', 1],
        ]),
      ],
    ]);
    const value: JsonObject = { a: inner, list: [inner] };
    await put({});
    const updated = await client.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET a = :a, #list = :list',
        ExpressionAttributeNames: { '#list': 'list' },
        ExpressionAttributeValues: { ':a': toAttributeValue(inner), ':list': toAttributeValue([inner]) },
        ReturnValues: 'ALL_NEW',
      }),
    );
    deepStrictEqual(read(updated.Attributes), value);
    deepStrictEqual(read((await refusal(client)).Item), value);
    deepStrictEqual(await get(), value);
  });

  test('a failed condition is read like before where no __proto__ is involved, and other errors too', async () => {
    await put({ a: '__proto__', b: [1.5, null] });
    const error = await refusal(client);
    deepStrictEqual(read(error.Item), { a: '__proto__', b: [1.5, null] });
    expect(error.$metadata).toMatchObject({ httpStatusCode: 400, attempts: 1 });
    await expect(client.send(new GetItemCommand({ TableName: 'none', Key }))).rejects.toThrow(/not found/);
    await expect(client.send(new PutItemCommand({ TableName, Item: {} }))).rejects.toThrow(/key/);
  });

  test('names with escapes are read right, whatever names with backslashes were read before', async () => {
    for (const first of ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7']) {
      for (const name of ['\\', '\n', '5\\', '5"']) {
        const value = { a: { [first]: 1, [name]: 2 } };
        await put(value);
        deepStrictEqual(await get(), value);
      }
    }
  });

  test('binary attributes of other programs read the same where an item is parsed with care', async () => {
    const bytes = new Uint8Array([0, 255, 16]);
    for (const text of ['plain', 'a "quoted" \\ text']) {
      const Item: Record<string, AttributeValue> = { ...Key, text: { S: text }, b: { B: bytes }, bs: { BS: [bytes] } };
      await client.send(new PutItemCommand({ TableName, Item }));
      deepStrictEqual(await get(), { text, b: 'AP8Q', bs: ['AP8Q'] });
    }
  });

  test('the SDK alone still needs readItemsExactly', async () => {
    const { endpoint, region, credentials } = client.config;
    const bare = new DynamoDBClient({ ...(endpoint && { endpoint }), region, credentials });
    await put({ a: Object.fromEntries([['__proto__', 1]]) });
    await expect(refusal(bare)).rejects.toThrow(TypeError);
    bare.destroy();
  });

  test('the deepest and the widest items that checkValue accepts are accepted', async () => {
    const wide = Object.fromEntries(Array.from({ length: MAX_ATTRIBUTES }, (_, i) => [`a${i}`, i]));
    for (const value of [{ v: nested(MAX_LEVELS, 1) }, { v: nested(MAX_LEVELS - 1, {}) }, wide]) {
      checkValue(value);
      await put(value);
      deepStrictEqual(await get(), value);
    }
  });

  test('one level more than checkValue accepts is refused', async () => {
    await expect(put({ v: nested(MAX_LEVELS + 1, 1) })).rejects.toThrow(/nest/i);
  });

  test.each([1e126, 1e-131, -1e126])('%d, which checkValue refuses, is refused', async (n) => {
    await expect(put({ n })).rejects.toThrow(/Number (over|under)flow/);
  });

  test('an item that counts at most the largest size is accepted, whatever it is made of', async () => {
    const fillers: Json[] = ['漢'.repeat(100), -0.1234567890123456, { n: [1.5] }];
    for (const filler of fillers) {
      const each = encodeAttribute('a', [filler]).bytes;
      const count = Math.floor((0.99 * MAX_ITEM_BYTES) / each);
      const value = { list: Array.from({ length: count }, () => filler) };
      const { bytes } = encodeAttribute('list', value.list);
      expect(bytes).toBeLessThanOrEqual(MAX_ITEM_BYTES);
      await put(value);
    }
  }, 30_000);
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
