import { deepStrictEqual } from 'node:assert/strict';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ResourceNotFoundException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../../lib/model/json.ts';
import { checkValue, encodeAttribute, MAX_ATTRIBUTES, MAX_LEVELS } from '../../lib/model/value.ts';
import { MAX_ITEM_BYTES } from '../../lib/settings.ts';
import { fromAttributeValue, toAttributeValue } from '../../lib/store/attribute-values.ts';
import { itemValue, nested, number } from '../arbitraries.ts';
import type { Database } from './database.subject.ts';

export function codecContract(database: () => Database): void {
  const Key = { pk: { S: 'codec/1' } };
  const there = () => ({ TableName: database().tableName });
  const put = (value: JsonObject) => putItem({ ...toAttributeValue(value).M, ...Key });
  const putItem = (Item: Record<string, AttributeValue>) =>
    database().client.send(new PutItemCommand({ ...there(), Item }));
  const read = (item: Record<string, AttributeValue> = {}): Json => {
    const { pk, ...attributes } = item;
    return fromAttributeValue({ M: attributes });
  };
  const get = async () =>
    read((await database().client.send(new GetItemCommand({ ...there(), Key, ConsistentRead: true }))).Item);

  /** The error of a write whose condition fails and which asks for the old item. */
  const refusal = async (through: DynamoDBClient): Promise<ConditionalCheckFailedException> => {
    const command = new PutItemCommand({
      ...there(),
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
    const updated = await database().client.send(
      new UpdateItemCommand({
        ...there(),
        Key,
        UpdateExpression: 'SET a = :a, #list = :list',
        ExpressionAttributeNames: { '#list': 'list' },
        ExpressionAttributeValues: { ':a': toAttributeValue(inner), ':list': toAttributeValue([inner]) },
        ReturnValues: 'ALL_NEW',
      }),
    );
    deepStrictEqual(read(updated.Attributes), value);
    deepStrictEqual(read((await refusal(database().client)).Item), value);
    deepStrictEqual(await get(), value);
  });

  test('a failed condition is read like before where no __proto__ is involved, and other errors too', async () => {
    await put({ a: '__proto__', b: [1.5, null] });
    const error = await refusal(database().client);
    deepStrictEqual(read(error.Item), { a: '__proto__', b: [1.5, null] });
    expect(error.$metadata).toMatchObject({ httpStatusCode: 400, attempts: 1 });
    await expect(database().client.send(new GetItemCommand({ TableName: 'none', Key }))).rejects.toBeInstanceOf(
      ResourceNotFoundException,
    );
    await expect(database().client.send(new PutItemCommand({ ...there(), Item: {} }))).rejects.toThrow(/key/);
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
      await putItem(Item);
      deepStrictEqual(await get(), { text, b: 'AP8Q', bs: ['AP8Q'] });
    }
  });

  test('the SDK alone still needs readItemsExactly', async () => {
    const { endpoint, region, credentials } = database().client.config;
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
}
