import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { SettingsInput } from '../../lib/settings.ts';
import type { TableSettings } from '../../lib/tables/table-settings.ts';
import { refused } from './checks.ts';

type Collections = NonNullable<SettingsInput['collections']>;
/** What is needed of an `ITable`; under `exactOptionalPropertyTypes` the CDK's own tables are none. */
export interface OwnTable extends Pick<dynamodb.ITable, 'tableArn' | 'tableName'> {
  readonly encryptionKey?: IKey | undefined;
  /** Needed where the collection has `otherWriters`; of a stream with new and old images. */
  readonly tableStreamArn?: string | undefined;
}
/** Tables of one's own, by collection. */
export type TablesByCollection = Readonly<Record<string, OwnTable>>;

/** A table that a collection is mapped onto, and how its items are written. */
export interface TableAccess {
  readonly table: OwnTable;
  /** `dynamodb:PutItem`, or where attributes are shared `dynamodb:UpdateItem`. */
  readonly writeAction: string;
  /** Whether the collection looks at what other programs change. */
  readonly isWatched: boolean;
}

/**
 * The collections with the names of their tables, which are tokens where the tables are of this app.
 *
 * @throws {ConfigurationError} a mapped collection has no table, or a table no mapped collection
 */
export function withTableNames(
  collections: Collections,
  tables: TablesByCollection,
  nameOf: (table: OwnTable) => string = ({ tableName }) => tableName,
): Collections {
  for (const collection of Object.keys(tables)) {
    if (!collections[collection]?.table) {
      throw refused(`tables.${collection}`, 'a table', `a collection with a mapping, collections.${collection}.table`);
    }
  }
  return Object.fromEntries(
    Object.entries(collections).map(([collection, policy]) => {
      if (!policy.table) return [collection, policy];
      const table = tables[collection];
      if (!table) throw refused(`tables.${collection}`, 'no table', 'the one that collections.*.table maps onto');
      if (policy.table.name !== undefined) {
        throw refused(
          `collections.${collection}.table.name`,
          policy.table.name,
          `none: it is that of tables.${collection}`,
        );
      }
      return [collection, { ...policy, table: { ...policy.table, name: nameOf(table) } }];
    }),
  );
}

/** Names that stand for tables while settings are checked: what a token stands for is not known yet. */
export function standInNames(tables: TablesByCollection): (table: OwnTable) => string {
  const all = [...new Set(Object.values(tables))];
  return (table) => `table-${all.indexOf(table)}`;
}

/**
 * The tables that collections are mapped onto.
 *
 * @throws {ConfigurationError} a table of this app has another key than its mapping says
 */
export function mappedTables(
  collections: Readonly<
    Record<string, { readonly table?: TableSettings | undefined; readonly otherWriters?: string | undefined }>
  >,
  tables: TablesByCollection,
): TableAccess[] {
  return Object.entries(tables).map(([collection, table]) => {
    const { otherWriters, ...policy } = collections[collection]!;
    const mapping = policy.table!;
    const isWatched = otherWriters !== undefined;
    if (isWatched && table.tableStreamArn === undefined) {
      const needed = `a table with a stream of new and old images, because of collections.${collection}.otherWriters`;
      throw refused(`tables.${collection}`, 'a table without a stream', needed);
    }
    checkKey(`collections.${collection}.table`, mapping, table);
    return {
      table,
      isWatched,
      writeAction: mapping.attributes === 'own' ? 'dynamodb:PutItem' : 'dynamodb:UpdateItem',
    };
  });
}

/** What was imported by its name says nothing of its key. */
function checkKey(prop: string, { partitionKey, sortKey }: TableSettings, table: OwnTable): void {
  if (!(table instanceof dynamodb.Table)) return;
  const { partitionKeys, sortKeys } = table.schemaV2();
  const text = (key: { name: string; type: string } | undefined) =>
    key && `${key.name} (${key.type[0]?.toUpperCase()})`;
  const keys = (...each: (string | undefined)[]) => each.filter((key) => key !== undefined).join(', ');
  const got = keys(text(partitionKey), text(sortKey));
  const allowed = keys(...[...partitionKeys, ...sortKeys].map(text));
  if (got !== allowed) throw refused(prop, `a key of ${got}`, `the table's, ${allowed}`);
}
