import { Pool } from 'pg';
import { defineConfig, type Endpoints } from '../../../lib/config.ts';
import type { History } from '../../../lib/history/history.ts';
import type { JsonObject } from '../../../lib/model/json.ts';
import { openPostgres } from '../../../lib/store/postgres/open.ts';
import { HISTORY_TABLE, postgresSchema, TABLE } from '../../../lib/store/postgres/schema.ts';
import type { KeyPages, Store, Stores } from '../../../lib/store/store.ts';
import { localDynamodbClient } from '../../../local/clients.ts';
import { LISTABLE, type StoreSubject, TOMBSTONE_DAYS } from '../../contract/store.subject.ts';

/** Endpoints of which only PostgreSQL's are there. */
export function endpointsOf(postgresUrl: string): Endpoints {
  const nowhere = { valkeyUrl: 'redis://nowhere', queueUrl: 'http://nowhere', deadLetterQueueUrl: 'http://nowhere' };
  return { ...nowhere, tableName: TABLE, historyTableName: HISTORY_TABLE, postgresUrl };
}

/** Collections of the contract that are listable. */
const LISTED = ['', '-places', '-anew'].map((ending) => LISTABLE + ending);

/** A PostgreSQL as the product opens it, and a client that looks past it. */
export class PostgresSubject implements StoreSubject {
  readonly stores: Stores;
  readonly store: Store;
  readonly keyPages: KeyPages;
  readonly places: Stores['places'];
  readonly history: History;
  readonly pool: Pool;
  readonly refused = [['with a NUL character', { text: 'a\0b' }]] as const;

  private constructor(stores: Stores, pool: Pool) {
    this.stores = stores;
    this.store = stores.store;
    this.keyPages = stores.keyPages;
    this.places = stores.places;
    this.history = stores.history!;
    this.pool = pool;
  }

  /** Connects to a server and makes the tables there. */
  static async on(url: string): Promise<PostgresSubject> {
    const pool = new Pool({ connectionString: url });
    await pool.query(postgresSchema({ tableName: TABLE, historyTableName: HISTORY_TABLE }));
    const collections = Object.fromEntries(LISTED.map((name) => [name, { listable: true }]));
    const config = defineConfig({ tombstoneDays: TOMBSTONE_DAYS, collections }, endpointsOf(url));
    return new PostgresSubject(await openPostgres(config, { dynamodb: localDynamodbClient('http://nowhere') }), pool);
  }

  async whole(key: string): Promise<Record<string, unknown> | undefined> {
    return (await this.pool.query(`SELECT * FROM ${TABLE} WHERE pk = $1`, [key])).rows[0];
  }

  async seed(key: string, value: JsonObject): Promise<void> {
    await this.pool.query(`INSERT INTO ${TABLE} (pk, value) VALUES ($1, $2)`, [key, value]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.pool.end(), this.stores.close()]);
  }
}
