import { type Change, changeFromJson, changeJson, changeSchema } from '../../history/change.ts';
import type { History } from '../../history/history.ts';
import { readJson } from '../../model/json.ts';
import type { PostgresPool } from './pool.ts';
import { quoted } from './schema.ts';

/** The table of the history in PostgreSQL: a row for each change, which is there once, whoever adds it and how often. */
export class PostgresHistory implements History {
  readonly #pool: PostgresPool;
  readonly #table: string;

  constructor(pool: PostgresPool, tableName: string) {
    this.#pool = pool;
    this.#table = quoted(tableName);
  }

  async add(key: string, changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return;
    await this.#pool.rows(
      `INSERT INTO ${this.#table} (pk, version, change)
       SELECT $1, (change->>'version')::bigint, change FROM jsonb_array_elements($2::jsonb) AS change
       ORDER BY 2 ON CONFLICT (pk, version) DO NOTHING`,
      [key, JSON.stringify(changes.map(changeJson))],
    );
  }

  addMissing(key: string, changes: readonly Change[]): Promise<void> {
    return this.add(key, changes);
  }

  async before(key: string, version: number, limit: number): Promise<{ changes: Change[]; complete: boolean }> {
    const rows = await this.#pool.rows(
      `SELECT change FROM ${this.#table} WHERE pk = $1 AND version < $2 ORDER BY version DESC LIMIT $3`,
      [key, version, limit + 1],
    );
    const changes = rows.map(({ change }) => changeFromJson(changeSchema.parse(readJson(change!))));
    return { changes, complete: changes.length <= limit };
  }
}
