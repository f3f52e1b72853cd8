import { ConfigurationError } from '../../errors.ts';
import type { PostgresPool } from './pool.ts';

/** The tables' names where none are given. */
export const TABLE = 'write_behind';
export const HISTORY_TABLE = 'write_behind_history';

/** Names of the tables. */
export interface TableNames {
  readonly tableName: string;
  readonly historyTableName?: string | undefined;
}

/** Columns that the statements name, and their types. */
const ITEM_COLUMNS: Readonly<Record<string, string>> = {
  pk: 'text',
  value: 'jsonb',
  version: 'bigint',
  actor: 'text',
  comment: 'text',
  deleted: 'boolean',
  expires_at: 'timestamp with time zone',
  created: 'bigint',
  collection: 'text',
};
const HISTORY_COLUMNS: Readonly<Record<string, string>> = { pk: 'text', version: 'bigint', change: 'jsonb' };

/** A name as it stands in a statement. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The statements that make the tables and their indexes; what is there already stays as it is. */
export function postgresSchema({ tableName, historyTableName }: TableNames): string {
  const items = `-- One row an item. Whoever changes rows beside write-behind gives them a greater version, or the cache's next write replaces them.
CREATE TABLE IF NOT EXISTS ${quoted(tableName)} (
  -- collection/id. Bytes decide, so that a collection is one range of keys.
  pk text COLLATE "C" PRIMARY KEY CHECK (octet_length(pk) BETWEEN 1 AND 2048),
  value jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(value) = 'object'),
  -- µs since the epoch; 0 for a row of another program.
  version bigint NOT NULL DEFAULT 0 CHECK (version BETWEEN 0 AND 9007199254740991),
  -- Of the last write: who, and why.
  actor text,
  comment text,
  -- A tombstone, which the sweep removes once its time is over.
  deleted boolean NOT NULL DEFAULT false,
  expires_at timestamptz,
  -- Version of the write that created the item, where its collection is listable.
  created bigint,
  collection text COLLATE "C" NOT NULL GENERATED ALWAYS AS (split_part(pk, '/', 1)) STORED,
  updated_at timestamptz NOT NULL GENERATED ALWAYS AS (to_timestamp(version / 1000000.0)) STORED
)
-- Room for the next version of a row on its own page: no index has to be told of it.
WITH (fillfactor = 80);
CREATE INDEX IF NOT EXISTS ${quoted(`${tableName}_listing`)}
  ON ${quoted(tableName)} (collection, created DESC) WHERE created IS NOT NULL;
CREATE INDEX IF NOT EXISTS ${quoted(`${tableName}_expiry`)}
  ON ${quoted(tableName)} (expires_at) WHERE expires_at IS NOT NULL;
`;
  if (historyTableName === undefined) return items;
  return `${items}
-- One row for each acknowledged write of an audited collection.
CREATE TABLE IF NOT EXISTS ${quoted(historyTableName)} (
  pk text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  change jsonb NOT NULL,
  PRIMARY KEY (pk, version)
);
`;
}

/**
 * Looks whether the tables are there, with the columns that are needed.
 *
 * @throws {ConfigurationError} naming the table at fault, and what makes it
 * @throws {StoreUnavailableError} that cannot be found out now
 */
export async function checkSchema(pool: PostgresPool, { tableName, historyTableName }: TableNames): Promise<void> {
  await checkTable(pool, 'tableName', tableName, ITEM_COLUMNS);
  if (historyTableName !== undefined) await checkTable(pool, 'historyTableName', historyTableName, HISTORY_COLUMNS);
}

async function checkTable(
  pool: PostgresPool,
  endpoint: 'tableName' | 'historyTableName',
  name: string,
  columns: Readonly<Record<string, string>>,
): Promise<void> {
  const rows = await pool.rows(
    `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`,
    [quoted(name)],
  );
  const found = new Map(rows.map((row) => [row.name, row.type]));
  const wrong = Object.entries(columns).find(([column, type]) => found.get(column) !== type);
  if (!wrong) return;
  const setting = `endpoints.${endpoint}`;
  const what =
    rows.length === 0
      ? `there is no table ${quoted(name)} in the database`
      : `the table ${quoted(name)} has no column ${wrong[0]} of type ${wrong[1]}`;
  throw new ConfigurationError(`${setting}: ${what}; write-behind postgres-schema makes it`, { setting });
}
