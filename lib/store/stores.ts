import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clients } from '../clients.ts';
import type { Config } from '../config.ts';
import { HistoryStore } from '../history/history-store.ts';
import { indexedItems, portionOf } from '../listing/sources.ts';
import { hasListing, policyOf } from '../settings.ts';
import { mappingOf } from '../tables/table-mapping.ts';
import { DynamoDbStore } from './dynamodb-store.ts';
import { KeyScan } from './key-scan.ts';
import { listPartitionOf, listPartitions } from './list-index.ts';
import { MappedTable } from './mapped-table.ts';
import type { Stores } from './store.ts';

/**
 * Opens the database that the configuration names: PostgreSQL where it has its URL, else DynamoDB.
 *
 * @throws {ConfigurationError} the package `pg` is not installed, or the tables of a PostgreSQL that answers are not as they should be
 */
export async function openStores(config: Config, clients: Clients): Promise<Stores> {
  if (config.endpoints.postgresUrl === undefined) return dynamodbStores(config, clients);
  // Only where it is asked for: what DynamoDB is used with neither has nor loads it.
  const { openPostgres } = await import('./postgres/open.ts');
  return openPostgres(config, clients);
}

/** The tables in DynamoDB. */
export function dynamodbStores(config: Config, { dynamodb }: Pick<Clients, 'dynamodb'>): Stores {
  const { tableName, historyTableName } = config.endpoints;
  const count = config.listPartitions;
  const partitionOf = (key: string) =>
    policyOf(config, key.slice(0, key.indexOf('/'))).listable ? listPartitionOf(key, count) : undefined;
  const mapped = mappedTables(config, dynamodb);
  const store = new DynamoDbStore(dynamodb, {
    tableName,
    tombstoneDays: config.tombstoneDays,
    isShared: (key: string) => policyOf(config, key.slice(0, key.indexOf('/'))).otherWriters !== undefined,
    // Where there is none, nothing is looked up.
    ...(mapped.size > 0 && {
      mappedTableOf: (key: string) => mapped.get(key.slice(0, key.indexOf('/'))),
      mappedTables: [...mapped.values()],
    }),
    ...(hasListing(config) && { listPartitionOf: partitionOf }),
  });
  return {
    store,
    itemOf: (table, item) => store.itemOf(table, item),
    keyPages: new KeyScan(dynamodb, tableName, mapped),
    places: (collection, from, limit) =>
      listPartitions(collection, count).map((partition) =>
        indexedItems(dynamodb, tableName, partition, from, portionOf(limit, count)),
      ),
    history: historyTableName === undefined ? undefined : new HistoryStore(dynamodb, historyTableName),
    // Its connections are those of the clients.
    close: async () => undefined,
  };
}

/** The tables of one's own, by collection. */
function mappedTables({ collections, tombstoneDays }: Config, client: DynamoDBClient): Map<string, MappedTable> {
  return new Map(
    Object.entries(collections).flatMap(([collection, { table }]) =>
      table ? [[collection, new MappedTable(client, collection, mappingOf(table), tombstoneDays)]] : [],
    ),
  );
}
