import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Json, type JsonObject, readJson } from '../../lib/model/json.ts';
import { checkValue } from '../../lib/model/value.ts';
import { itemValue } from '../arbitraries.ts';
import { freshKey, image, put, putAll, type StoreSubject } from './store.subject.ts';

/** Values come back as they were. @param takes whether the database takes any value that write-behind accepts; default: all */
export function exactContract(subject: () => StoreSubject, takes: (value: Json) => boolean = () => true): void {
  test('every item that is accepted is read back exactly, whatever else is in its batch', async () => {
    const items = fc.array(itemValue.filter(takes), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(items, async (values) => {
        const given = values.map((value) => [freshKey('exact'), image(0, value)] as const);
        for (const value of values) checkValue(value);
        await putAll(subject().store, given);
        const stored = await subject().store.getMany(given.map(([key]) => key));
        for (const [key, { value }] of given) deepStrictEqual(stored.get(key)?.value, value);
      }),
      { numRuns: 60 },
    );
  });

  test('numbers keep every digit, and every power of ten', async () => {
    const key = freshKey('exact');
    const digits = [0.1 + 0.2, 1 / 3, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 123456789012345680000, 4.35];
    const value = { numbers: [...digits, 1e21, 1e-130, 9.99e125, -1.5e-7, 0] };
    await put(subject().store, key, image(0, value));
    expect((await subject().store.get(key))?.value).toEqual(value);
  });

  test('names and texts of any kind, and what an author said', async () => {
    const key = freshKey('exact');
    const text = String.raw`{"a\\": 1, "a\"": 2, "nested": {"__proto__": {"a": 1}}, "é 漢\n😀": "\u0001\u2028\uFFFE'", "constructor": {}}`;
    const value = readJson(text) as JsonObject;
    const said = { actor: "O'Hara", comment: '"\\,{}\n😀' };
    await put(subject().store, key, image(0, value, said));
    expect(await subject().store.get(key)).toEqual(image(0, value, said));
  });
}
