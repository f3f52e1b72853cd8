import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { InvalidInputError } from '../errors.ts';
import type { Json } from '../model/json.ts';

/**
 * A value as DynamoDB takes it. Exact for everything that `checkValue` accepts; -0 becomes 0, as in JSON. An own codec
 * because `marshall` of `@aws-sdk/util-dynamodb` loses `__proto__` and refuses 1e21.
 *
 * Maps are made by `Object.fromEntries`, which defines properties and does not assign them: a nested `__proto__` needs no
 * more on the way to DynamoDB. On the way back it needs a client with `readItemsExactly`.
 */
export function toAttributeValue(value: Json): AttributeValue {
  if (value === null) return { NULL: true };
  switch (typeof value) {
    case 'string':
      return { S: value };
    case 'number':
      return { N: String(value) };
    case 'boolean':
      return { BOOL: value };
  }
  if (Array.isArray(value)) return { L: value.map(toAttributeValue) };
  return { M: Object.fromEntries(Object.entries(value).map(([name, element]) => [name, toAttributeValue(element)])) };
}

/**
 * The value that DynamoDB returned; a whole item is `fromAttributeValue({ M: item })`. Of what only other programs store,
 * sets become arrays, binary becomes base64, and a number of more digits than a double carries becomes the nearest double.
 *
 * @throws {InvalidInputError} for a type that this version of the SDK does not know
 */
export function fromAttributeValue(av: AttributeValue): Json {
  if (av.S !== undefined) return av.S;
  if (av.N !== undefined) return Number(av.N);
  if (av.BOOL !== undefined) return av.BOOL;
  if (av.NULL !== undefined) return null;
  if (av.M !== undefined) {
    const entries = Object.entries(av.M) as [string, AttributeValue | undefined][];
    return Object.fromEntries(entries.flatMap(([name, value]) => (value ? [[name, fromAttributeValue(value)]] : [])));
  }
  if (av.L !== undefined) return av.L.map(fromAttributeValue);
  if (av.SS !== undefined) return av.SS;
  if (av.NS !== undefined) return av.NS.map(Number);
  if (av.B !== undefined) return base64(av.B);
  if (av.BS !== undefined) return av.BS.map(base64);
  throw new InvalidInputError('DynamoDB returned a value of an unknown type.', 'value');
}

function base64(bytes: Uint8Array | string): string {
  if (typeof bytes === 'string') return bytes;
  return Buffer.from(bytes).toString('base64');
}
