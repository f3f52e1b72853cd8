/** The table in memory answers the requests of the store as DynamoDB does: both are asked the same. */
import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defineConfig } from '../../lib/config.ts';
import type { Image } from '../../lib/model/image.ts';
import { DynamoDbStore } from '../../lib/store/dynamodb-store.ts';
import type { Put, Stored } from '../../lib/store/store.ts';
import { localDynamodbClient } from '../../local/clients.ts';
import { startDynamodb } from '../../local/embedded/dynamodb.ts';
import type { EmbeddedServer } from '../../local/embedded/server-process.ts';
import { provisionTables } from '../../local/provision.ts';
import { holds } from './simulation/condition.ts';
import { MemoryTable } from './simulation/memory-table.ts';

const where = {
  valkeyUrl: 'redis://127.0.0.1',
  queueUrl: 'http://127.0.0.1',
  deadLetterQueueUrl: 'http://127.0.0.1',
  tableName: 'unknown',
};

let server: EmbeddedServer;
let client: DynamoDBClient;
let tableName: string;
let run = 0;
beforeAll(async () => {
  server = await startDynamodb();
  client = localDynamodbClient(server.url);
  ({ tableName } = await provisionTables(client, defineConfig({}, where)));
});
afterAll(async () => {
  client?.destroy();
  await server?.stop();
});

const image: fc.Arbitrary<Image> = fc.record({
  version: fc.integer({ min: 1, max: 6 }),
  deleted: fc.boolean(),
  value: fc.dictionary(fc.constantFrom('n', 'm1', 'r'), fc.integer({ min: 0, max: 9 }), { noNullPrototype: true }),
});
const step = fc.tuple(fc.constantFrom('a', 'b'), fc.option(image));

/** One over a table in memory that nothing is in, one over DynamoDB. */
function bothStores(): [DynamoDbStore, DynamoDbStore] {
  const table = new MemoryTable();
  const send = async (command: { constructor: { name: string }; input: object }) =>
    table.answer(command.constructor.name, command.input);
  const options = { tableName, tombstoneDays: 90 };
  return [new DynamoDbStore({ send } as never, options), new DynamoDbStore(client, options)];
}

test('puts and reads of two items have the same answers from the table in memory and from DynamoDB', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      run += 1;
      const stores = bothStores();
      for (const [id, to] of steps) {
        const key = `differential/${run}-${id}`;
        const answers = await Promise.all(stores.map((store) => (to ? store.put(key, to) : store.get(key))));
        expect(answers[0]).toEqual(answers[1]);
      }
    }),
    { numRuns: 60 },
  );
});

test('so have batches, whatever is thought of what they replace', async () => {
  const put = fc.record({ image, isNew: fc.boolean(), isOver: fc.boolean(), late: fc.integer({ min: 0, max: 1 }) });
  const batch = fc.record({ a: put, b: put, c: put }, { requiredKeys: [] });
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { maxLength: 6 }), async (batches) => {
      run += 1;
      const stores = bothStores();
      const known = new Map<string, Stored>();
      for (const puts of batches) {
        const asked = Object.entries(puts).map(([id, { image, isNew, isOver, late }]): [string, Put] => {
          const key = `batches/${run}-${id}`;
          const { version = 0, shape } = known.get(key) ?? {};
          const over = isOver && shape !== undefined ? { version: version - late, shape } : undefined;
          return [key, { image, isNew, over }];
        });
        const [answers, expected] = await Promise.all(stores.map((store) => store.putMany(new Map(asked))));
        expect(answers).toEqual(expected);
        for (const [key, answer] of expected!.answers) if (!(answer instanceof Error)) known.set(key, answer);
        for (const [key] of asked) expect(await stores[0].get(key)).toEqual(await stores[1].get(key));
      }
    }),
    { numRuns: 60 },
  );
});

test('conditions have the same outcome in memory and in DynamoDB, other ones than the store has, too', async () => {
  const { PutItemCommand } = await import('@aws-sdk/client-dynamodb');
  const comparison = fc
    .tuple(fc.constantFrom('#version', '#created'), fc.constantFrom('<', '<=', '>', '>=', '=', '<>'))
    .map(([name, operator]) => `${name} ${operator} :version`);
  const existence = fc
    .tuple(fc.constantFrom('attribute_exists', 'attribute_not_exists'), fc.constantFrom('#version', '#created', 'pk'))
    .map(([test, name]) => `${test}(${name})`);
  const term = fc.oneof(comparison, existence);
  const expression = fc
    .tuple(term, fc.constantFrom('AND', 'OR'), term, fc.constantFrom('AND', 'OR'), term)
    .chain(([a, x, b, y, c]) =>
      fc.constantFrom(`${a} ${x} ${b} ${y} ${c}`, `(${a} ${x} ${b}) ${y} ${c}`, `${a} ${x} (${b} ${y} ${c})`),
    );
  const old = fc.option(
    fc.record({ _v: fc.integer({ min: 1, max: 3 }), c: fc.integer({ min: 1, max: 3 }) }, { requiredKeys: [] }),
  );
  await fc.assert(
    fc.asyncProperty(expression, old, fc.integer({ min: 1, max: 3 }), async (condition, there, version) => {
      run += 1;
      const pk = { S: `conditions/${run}` };
      const item = there && { pk, ...Object.fromEntries(Object.entries(there).map(([n, v]) => [n, { N: String(v) }])) };
      if (item) await client.send(new PutItemCommand({ TableName: tableName, Item: item }));
      const names = { '#version': '_v', '#created': 'c' };
      const used = Object.fromEntries(Object.entries(names).filter(([name]) => condition.includes(name)));
      const values = { ':version': { N: String(version) } };
      const request = new PutItemCommand({
        TableName: tableName,
        Item: { pk },
        ConditionExpression: condition,
        ...(Object.keys(used).length > 0 && { ExpressionAttributeNames: used }),
        ...(condition.includes(':version') && { ExpressionAttributeValues: values }),
      });
      const outcome = await client.send(request).then(
        () => true,
        (error: unknown) => {
          if (error instanceof ConditionalCheckFailedException) return false;
          throw error;
        },
      );
      expect(holds(condition, names, values, item ?? {})).toBe(outcome);
    }),
    { numRuns: 150 },
  );
});
