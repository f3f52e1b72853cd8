import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type { Config } from '../lib/config.ts';
import { ConfigurationError } from '../lib/errors.ts';
import type { TableSettings } from '../lib/tables/table-settings.ts';

/**
 * Looks at the tables that collections are mapped onto, and makes those that are missing, on demand and with the key of the mapping.
 * What is there is left as it is.
 *
 * @throws {ConfigurationError} a table has another key than its mapping says
 */
export async function provisionMappedTables(
  client: DynamoDBClient,
  { collections }: Pick<Config, 'collections'>,
): Promise<void> {
  const byName = new Map<string, [setting: string, table: TableSettings][]>();
  for (const [collection, { table }] of Object.entries(collections)) {
    if (!table) continue;
    const same = byName.get(table.name!) ?? [];
    byName.set(table.name!, [...same, [`settings.collections.${collection}.table`, table]]);
  }
  await Promise.all(
    [...byName].map(async ([name, mappings]) => {
      const description = (await describe(client, name)) ?? (await create(client, mappings[0]![1]));
      for (const [setting, table] of mappings) checkKey(setting, table, description);
    }),
  );
}

async function describe(client: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function create(
  client: DynamoDBClient,
  { name, partitionKey, sortKey }: TableSettings,
): Promise<TableDescription> {
  const keys = [partitionKey, ...(sortKey ? [sortKey] : [])];
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: keys.map((key) => ({
          AttributeName: key.name,
          AttributeType: key.type === 'number' ? 'N' : 'S',
        })),
        KeySchema: keys.map((key, index) => ({ AttributeName: key.name, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
      }),
    );
  } catch (error) {
    // Another process of the same start was faster.
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { TableName: name! });
  return (await describe(client, name!))!;
}

function checkKey(setting: string, { partitionKey, sortKey }: TableSettings, table: TableDescription): void {
  const typeOf = (name: string | undefined) =>
    table.AttributeDefinitions?.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
  const there = (['HASH', 'RANGE'] as const).flatMap((kind) => {
    const found = table.KeySchema?.find(({ KeyType }) => KeyType === kind)?.AttributeName;
    return found === undefined ? [] : [`${found} (${typeOf(found)})`];
  });
  const wanted = [partitionKey, ...(sortKey ? [sortKey] : [])].map(
    ({ name, type }) => `${name} (${type === 'number' ? 'N' : 'S'})`,
  );
  if (there.join(', ') === wanted.join(', ')) return;
  throw new ConfigurationError(
    `${setting}: the key of ${table.TableName} is ${there.join(', ')}, by the mapping it would be ${wanted.join(', ')}`,
    { setting },
  );
}
