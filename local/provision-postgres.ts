import { applySchema } from '../lib/store/postgres/apply-schema.ts';
import { HISTORY_TABLE, TABLE } from '../lib/store/postgres/schema.ts';
import { needPackages } from './needed-packages.ts';
import type { ProvisionedTables } from './provision.ts';

/**
 * Makes the tables in a PostgreSQL. Harmless to repeat.
 *
 * @throws {MissingPackagesError} pg is not installed
 */
export async function provisionPostgres(url: string): Promise<ProvisionedTables> {
  needPackages([{ name: 'pg', purpose: 'PostgreSQL' }]);
  const tables = { tableName: TABLE, historyTableName: HISTORY_TABLE };
  await applySchema(url, tables);
  return { ...tables, streamArns: [] };
}
