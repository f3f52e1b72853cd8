/**
 * PostgreSQL as the store of a cache.
 *
 * @module write-behind/constructs/store/postgres-database
 */
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as rds from 'aws-cdk-lib/aws-rds';
import { HISTORY_TABLE, TABLE } from '../../../lib/store/postgres/schema.ts';
import { inRange, refused } from '../checks.ts';

/** Props of {@link PostgresDatabase}. */
export interface PostgresDatabaseProps {
  /** A cluster of Aurora, or an instance, in the `vpc` of the cache, with IAM authentication (`iamAuthentication: true`). It stays yours. */
  readonly database: rds.IDatabaseCluster | rds.IDatabaseInstance;
  /** Name of the database within it, where `write-behind postgres-schema` made the tables. */
  readonly databaseName: string;
  /** The user that the functions log in as, with tokens of IAM; `rds_iam` has to be granted to him. @default 'write_behind' */
  readonly user?: string;
  /** Table of the items. @default 'write_behind' */
  readonly tableName?: string;
  /** Table of the history, used where a collection is audited. @default 'write_behind_history' */
  readonly historyTableName?: string;
  /** Connections that an instance of a function holds at most, 1–100. It does one thing at a time. @default 2 */
  readonly connectionsPerInstance?: number;
  /**
   * Instances of the api function at most, 1–1000: reserved for it, and taken from the account's concurrency. With `maxFlushConcurrency` it bounds the
   * connections.
   *
   * @default 50
   */
  readonly maxApiConcurrency?: number;
}

/** The name of a user as a URL has it, and as PostgreSQL takes it without quotes. */
const PLAIN_NAME = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * PostgreSQL on RDS as the store, in the place of a DynamoDB table. The functions connect to it directly, log in with IAM and check its
 * certificate; no secret is kept anywhere.
 *
 * @example
 * const cluster = new rds.DatabaseCluster(this, 'Database', { vpc, iamAuthentication: true, defaultDatabaseName: 'shop', … });
 * new WriteBehindCache(this, 'Cache', { vpc, store: new PostgresDatabase({ database: cluster, databaseName: 'shop' }) });
 */
export class PostgresDatabase {
  readonly database: rds.IDatabaseCluster | rds.IDatabaseInstance;
  readonly tableName: string;
  readonly historyTableName: string;
  readonly maxApiConcurrency: number;
  readonly connectionsPerInstance: number;
  /** The value of `POSTGRES_URL`. */
  readonly url: string;
  readonly #user: string;

  /** @throws {ConfigurationError} a prop that cannot be deployed */
  constructor(props: PostgresDatabaseProps) {
    const { database, databaseName, user = 'write_behind' } = props;
    if (!PLAIN_NAME.test(user)) throw refused('store.user', user, 'a name of a-z, 0-9 and _, up to 63 characters');
    this.database = database;
    this.tableName = props.tableName ?? TABLE;
    this.historyTableName = props.historyTableName ?? HISTORY_TABLE;
    this.maxApiConcurrency = inRange('store.maxApiConcurrency', props.maxApiConcurrency ?? 50, 1, 1000);
    this.connectionsPerInstance = inRange('store.connectionsPerInstance', props.connectionsPerInstance ?? 2, 1, 100);
    this.#user = user;
    const { socketAddress } = 'clusterEndpoint' in database ? database.clusterEndpoint : database.instanceEndpoint;
    const parameters = `iam=true&sslmode=verify-full&connections=${this.connectionsPerInstance}`;
    this.url = `postgres://${user}@${socketAddress}/${encodeURIComponent(databaseName)}?${parameters}`;
  }

  /** Permission to log in: exactly `rds-db:connect` as this user. */
  grantConnect(grantee: iam.IGrantable): void {
    this.database.grantConnect(grantee, this.#user);
  }
}
