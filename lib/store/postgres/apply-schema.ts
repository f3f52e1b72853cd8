import { ConfigurationError, StoreUnavailableError } from '../../errors.ts';
import { PostgresPool } from './pool.ts';
import { postgresSchema, type TableNames } from './schema.ts';
import { postgresTarget } from './url.ts';

/**
 * Makes the tables and their indexes where they are missing.
 *
 * @param url as `endpoints.postgresUrl`, with the password of a user who may create tables
 * @throws {ConfigurationError} the URL is at fault, or `pg` is not installed
 * @throws {StoreUnavailableError} what PostgreSQL says, or that it does not answer
 */
export async function applySchema(url: string, tables: TableNames): Promise<void> {
  const target = postgresTarget(url);
  const noTokens = () => {
    const setting = 'endpoints.postgresUrl';
    return new ConfigurationError(`${setting}: tables are made by a user with a password, not with iam=true`, {
      setting,
    });
  };
  if (target.iam) throw noTokens();
  const pool = await PostgresPool.of(target, () => Promise.reject(noTokens()));
  try {
    await pool.run(postgresSchema(tables));
  } catch (cause) {
    const { code, message } = cause as { code?: string; message?: string };
    throw new StoreUnavailableError(`PostgreSQL at ${target.host}:${target.port}: ${message || code}`, {}, { cause });
  } finally {
    await pool.end();
  }
}
