import type { Pool } from 'pg';
import { ConfigurationError } from '../../errors.ts';
import { type IamSigner, presignedConnect } from '../../presigned.ts';
import { translated, wasCut } from './faults.ts';
import type { PostgresTarget } from './url.ts';

const STATEMENT_TIMEOUT_MS = 3000;
/** A row that somebody else's transaction holds must not hold up a batch for long. */
const LOCK_TIMEOUT_MS = 1000;
/** For a server that does not answer at all; longer than it gives a statement. */
const ANSWER_TIMEOUT_MS = 4000;
/** For a connection, also where all are in use. */
const CONNECT_TIMEOUT_MS = 3000;
const IDLE_MS = 30_000;

/** A row, each column as PostgreSQL writes it: nothing is parsed on the way that could lose a digit. */
export type Row = Readonly<Record<string, string | null>>;

/** Statements, on connections that are made when they are needed, and never more of them than the URL allows. */
export class PostgresPool {
  readonly #pool: Pool;

  private constructor(pool: Pool) {
    this.#pool = pool;
  }

  /**
   * Makes a pool; it does not connect.
   *
   * @param signer who signs, where the URL asks for IAM
   * @throws {ConfigurationError} the package `pg` is not installed
   */
  static async of(target: PostgresTarget, signer: () => Promise<IamSigner>): Promise<PostgresPool> {
    const { host, port, user, database, tls, connections, options, password } = target;
    const token = async () =>
      presignedConnect(
        { service: 'rds-db', host: `${host}:${port}`, query: { Action: 'connect', DBUser: user } },
        await signer(),
        Date.now(),
      );
    const pool = new (await loadPg()).Pool({
      ...{ host, port, user, database, max: connections, ssl: tls !== 'none' && tlsOf(target) },
      // Of every connection its own: a token that was signed earlier may be out of date.
      ...(target.iam ? { password: token } : password !== undefined && { password }),
      ...(options !== undefined && { options }),
      application_name: 'write-behind',
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_MS,
      keepAlive: true,
      types: { getTypeParser: () => (text: string) => text },
    });
    // Of an idle connection: whoever needs one gets another.
    pool.on('error', () => undefined);
    return new PostgresPool(pool);
  }

  /**
   * Carries out a statement that may be repeated: where a connection turns out to be cut, as after a while in which Lambda had stopped
   * the process, it is sent once more.
   *
   * @throws {ItemRefusedError} PostgreSQL will never take this
   * @throws {StoreUnavailableError} trying later helps
   */
  async rows(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const send = async () => (await this.#pool.query<Row>(text, [...values])).rows;
    try {
      return await send().catch((error: unknown) => {
        if (!wasCut(error)) throw error;
        return send();
      });
    } catch (error) {
      throw translated(error);
    }
  }

  /** Runs a script of statements; throws what `pg` throws. */
  async run(script: string): Promise<void> {
    await this.#pool.query(script);
  }

  async end(): Promise<void> {
    await this.#pool.end();
  }
}

function tlsOf({ host, tls }: PostgresTarget): object {
  return tls === 'unverified' ? { rejectUnauthorized: false } : { servername: host };
}

async function loadPg(): Promise<typeof import('pg')> {
  try {
    return await import('pg');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const setting = 'endpoints.postgresUrl';
    throw new ConfigurationError(`${setting}: needs the package pg: npm install pg`, { setting }, { cause });
  }
}
