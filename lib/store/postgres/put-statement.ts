import { quoted } from './schema.ts';

/** Columns that a newer version replaces, whatever they were. */
const REPLACED = ['value', 'version', 'actor', 'comment', 'deleted', 'expires_at'];

/**
 * The statement that stores any number of rows, given as one JSON array, each unless the table has that version or a newer one; it
 * returns those that it wrote. Rows are locked in the order of their keys, so that two such statements cannot wait for each other.
 *
 * @param keepsPlace whether an item that is there already, and has a place in the list of its collection, keeps it
 */
export function putStatement(tableName: string, keepsPlace: boolean): string {
  return `INSERT INTO ${quoted(tableName)} AS stored (pk, value, version, actor, comment, deleted, expires_at, created)
SELECT pk, value, version, actor, comment, deleted, to_timestamp(expires), created
FROM jsonb_to_recordset($1::jsonb) AS given (
  pk text, value jsonb, version bigint, actor text, comment text, deleted boolean, expires bigint, created bigint
)
ORDER BY pk COLLATE "C"
ON CONFLICT (pk) DO UPDATE SET
  ${REPLACED.map((column) => `${column} = excluded.${column}`).join(', ')},
  created = ${keepsPlace ? 'coalesce(stored.created, excluded.created)' : 'excluded.created'}
WHERE excluded.version > stored.version
RETURNING pk, version, created`;
}
