import type { Clients } from '../../clients.ts';
import type { Config } from '../../config.ts';
import { StoreUnavailableError } from '../../errors.ts';
import { portionOf } from '../../listing/sources.ts';
import { policyOf } from '../../settings.ts';
import type { Stores } from '../store.ts';
import { indexedPlaces, KeyRange } from './key-range.ts';
import { PostgresPool } from './pool.ts';
import { PostgresHistory } from './postgres-history.ts';
import { PostgresStore } from './postgres-store.ts';
import { purgeTombstones } from './purge.ts';
import { checkSchema } from './schema.ts';
import { postgresTarget } from './url.ts';

/**
 * Opens the database at `endpoints.postgresUrl`. Where it does not answer, the cache works on without it, as it does later; that its tables
 * are right is then seen by nobody.
 *
 * @throws {ConfigurationError} the URL or a table is at fault, or `pg` is not installed
 */
export async function openPostgres(config: Config, { dynamodb }: Pick<Clients, 'dynamodb'>): Promise<Stores> {
  const { postgresUrl, tableName, historyTableName } = config.endpoints;
  // Whoever signs for AWS; asked at each login, so rotated credentials are followed.
  const pool = await PostgresPool.of(postgresTarget(postgresUrl!), async () => ({
    region: await dynamodb.config.region(),
    credentials: await dynamodb.config.credentials(),
  }));
  try {
    await checkSchema(pool, { tableName, historyTableName });
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) {
      await pool.end();
      throw error;
    }
  }
  return {
    store: new PostgresStore(pool, {
      tableName,
      tombstoneDays: config.tombstoneDays,
      isListed: (key) => policyOf(config, key.slice(0, key.indexOf('/'))).listable,
    }),
    keyPages: new KeyRange(pool, tableName),
    places: (collection, from, limit) => [indexedPlaces(pool, tableName, collection, from, portionOf(limit, 1))],
    history: historyTableName === undefined ? undefined : new PostgresHistory(pool, historyTableName),
    purge: (nowMs) => purgeTombstones(pool, tableName, nowMs),
    close: () => pool.end(),
  };
}
