import { newestFirst } from '../../listing/place.ts';
import type { Source } from '../../listing/sources.ts';
import type { KeyPage, KeyPages } from '../store.ts';
import type { PostgresPool } from './pool.ts';
import { quoted } from './schema.ts';

const PAGE = 1000;

/** The keys of a collection: one range of the primary key. */
export class KeyRange implements KeyPages {
  readonly #pool: PostgresPool;
  readonly #table: string;

  constructor(pool: PostgresPool, tableName: string) {
    this.#pool = pool;
    this.#table = quoted(tableName);
  }

  async page(collection: string, from = `${collection}/`): Promise<KeyPage> {
    const rows = await this.#pool.rows(
      // 0 comes after the slash.
      `SELECT pk FROM ${this.#table} WHERE pk > $1 AND pk < $2 AND NOT deleted ORDER BY pk LIMIT ${PAGE}`,
      [from, `${collection}0`],
    );
    const keys = rows.map(({ pk }) => pk!);
    return { keys, next: keys.length === PAGE ? keys.at(-1) : undefined, readUnits: 0 };
  }
}

/**
 * The places of a listable collection's items.
 *
 * @param from none that were created after this version
 * @param portion places at a time; more where several were created in the same microsecond
 * @throws {StoreUnavailableError}
 */
export async function* indexedPlaces(
  pool: PostgresPool,
  tableName: string,
  collection: string,
  from: number,
  portion: number,
): Source {
  for (let next = from; ; ) {
    const rows = await pool.rows(
      `SELECT pk, created FROM ${quoted(tableName)} WHERE collection = $1 AND created <= $2
       ORDER BY created DESC FETCH FIRST $3 ROWS WITH TIES`,
      [collection, next, portion],
    );
    const places = rows.map(({ pk, created }) => ({ created: Number(created), key: pk! })).sort(newestFirst);
    yield places;
    if (places.length < portion) return;
    next = places.at(-1)!.created - 1;
  }
}
