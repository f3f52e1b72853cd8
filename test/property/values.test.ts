import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import type { Operation } from '../../lib/model/operation.ts';
import { decodeSignal } from '../../lib/queue/signal.ts';
import { itemValue, text } from '../arbitraries.ts';
import { patient } from '../support/patient.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
let run = 0;
beforeAll(async () => {
  system = await startSystem({ settings: patient });
});
afterAll(() => system.stop());

const author = fc.record(
  {
    actor: text.filter((actor) => !/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(actor)),
    comment: text,
  },
  { requiredKeys: [] },
);

const items = fc.array(fc.tuple(itemValue, author), { minLength: 1, maxLength: 12 });

/** `toEqual` looks at `__proto__` through the prototype; this compares own properties only. */
function expectSame(where: string, actual: unknown, expected: JsonObject): void {
  if (!isDeepStrictEqual(actual, expected)) {
    throw new Error(`${where}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
  }
}

test('JSON values survive the way through Valkey, SQS without Valkey, and DynamoDB exactly', async () => {
  await fc.assert(
    fc.asyncProperty(items, async (values) => {
      run += 1;
      const key = (index: number) => `values/${run}-${index}`;
      const puts = values.map(
        ([value, by], index): Operation => ({ op: 'put', key: key(index), value, ...by, durability: 'queue' }),
      );
      const outcomes = await system.cache.batch(puts);
      expect(outcomes.filter(({ kind }) => kind !== 'written')).toEqual([]);
      for (const [index, [value, by]] of values.entries()) {
        const item = await system.cache.get(key(index));
        expectSame('Valkey', item?.value, value);
        expect(item).toMatchObject({ source: 'cache', ...by });
      }

      // From here on only the messages know the values.
      await system.redis.flushall();
      const messages = await system.receive();
      expect(messages).toHaveLength(values.length);
      for (const { body } of messages) {
        const signal = decodeSignal(body);
        const [value] = values[Number(signal.key.split('-')[1])]!;
        expectSame('SQS', signal.image?.value, value);
      }
      expect(await system.cache.flushMessages(messages)).toEqual({ failed: [] });
      await Promise.all(messages.map((message) => system.remove(message)));

      for (const [index, [value, by]] of values.entries()) {
        const item = await system.cache.get(key(index));
        expectSame('DynamoDB', item?.value, value);
        expect(item).toMatchObject({ source: 'database', ...by });
        expectSame('DynamoDB by way of Valkey', (await system.cache.get(key(index)))?.value, value);
      }
    }),
    { numRuns: 40 },
  );
}, 120_000);

test('JSON values that a patch sets survive the way to DynamoDB exactly', async () => {
  await fc.assert(
    fc.asyncProperty(itemValue, itemValue, async (before, set) => {
      fc.pre(Object.keys(set).length > 0);
      run += 1;
      const key = `values/${run}`;
      const expected = Object.fromEntries([...Object.entries(before), ...Object.entries(set)]);
      await system.cache.execute({ op: 'put', key, value: before, durability: 'cache' });
      const { value } = await system.cache.execute({ op: 'patch', key, set, durability: 'queue' });
      expectSame('the answer', value, expected);
      await system.redis.flushall();
      await system.deliverAll();
      expectSame('DynamoDB', (await system.cache.get(key))?.value, expected);
    }),
    { numRuns: 40 },
  );
}, 120_000);
