import type { PostgresPool } from './pool.ts';
import { quoted } from './schema.ts';

const PORTION = 1000;
/** A sweep has other things to do; what is left is the next one's. */
const PORTIONS = 20;

/**
 * Removes tombstones whose time is over. A row that was written anew meanwhile, or that somebody is writing, is left alone.
 *
 * @throws {StoreUnavailableError}
 */
export async function purgeTombstones(pool: PostgresPool, tableName: string, nowMs: number): Promise<void> {
  const table = quoted(tableName);
  for (let portions = 0; portions < PORTIONS; portions += 1) {
    const removed = await pool.rows(
      `DELETE FROM ${table} WHERE pk IN (
         SELECT pk FROM ${table} WHERE deleted AND expires_at <= to_timestamp($1)
         ORDER BY expires_at LIMIT ${PORTION} FOR UPDATE SKIP LOCKED
       ) RETURNING pk`,
      [nowMs / 1000],
    );
    if (removed.length < PORTION) return;
  }
}
