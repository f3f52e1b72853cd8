import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { differences, expectedItems } from '../../cli/demo/expected.ts';
import { openStage, type Stage } from '../../cli/demo/stage.ts';
import { deleteItems, storedItems } from '../../cli/demo/table.ts';
import { localEnvironment } from '../../lib/environment.ts';
import type { LocalStack } from '../../local/stack.ts';
import { flight } from './records.ts';

const expected = expectedItems([flight(0, 'LAS-PHL', 33), flight(1, 'ATL-SAV', -13)]);

let stage: Stage;
let stack: LocalStack;

beforeAll(async () => {
  stage = await openStage(localEnvironment());
  stack = await stage.openStack({});
  for (const [pk, item] of expected) await put({ pk, ...item, _v: 1, _at: 'now', _by: 'somebody', _comment: 'why' });
});

afterAll(async () => {
  await stack?.stop();
  await stage?.close();
});

async function put(item: Record<string, unknown>): Promise<void> {
  await stage.database.send(new PutCommand({ TableName: stack.endpoints.tableName, Item: item }));
}

async function found(): Promise<unknown[]> {
  const stored = await storedItems(stage.database, stack.endpoints.tableName);
  return differences(expected, stored).map(({ key, kind }) => [key, kind]);
}

test('a table that holds what it has to has no differences', async () => {
  expect(await found()).toEqual([]);
});

test('a missing, an extra and a different item are found', async () => {
  await deleteItems(stage.database, stack.endpoints.tableName, ['airports/ATL']);
  await put({ pk: 'routes/XXX-YYY', departures: 1 });
  await put({ pk: 'routes/LAS-PHL', departures: 1, totalDelay: 34, worstDelay: 33 });
  expect(await found()).toEqual(
    expect.arrayContaining([
      ['airports/ATL', 'missing'],
      ['routes/XXX-YYY', 'extra'],
      ['routes/LAS-PHL', 'different'],
    ]),
  );
  expect(await found()).toHaveLength(3);
});

test('a tombstone is not an item that has to be there', async () => {
  const key = 'departures/LAS-PHL';
  await put({ pk: key, ...expected.get(key), _deleted: true, _ttl: 1 });
  expect(await found()).toContainEqual([key, 'different']);
});
