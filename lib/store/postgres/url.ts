import { ConfigurationError } from '../../errors.ts';

/** Where a PostgreSQL is, and how to log in. */
export interface PostgresTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** `undefined` where a token of IAM is the password, or none is asked for. */
  readonly password: string | undefined;
  /** Whether to log in with tokens of IAM. */
  readonly iam: boolean;
  /** `verified`: TLS with a certificate that is checked; `unverified`: TLS with any; `none`: no TLS. */
  readonly tls: 'verified' | 'unverified' | 'none';
  /** Connections at once, at most. */
  readonly connections: number;
  /** Options of the session, such as `-c search_path=cache`. */
  readonly options: string | undefined;
}

const EXPECTED = 'postgres://USER:PASSWORD@HOST:5432/DATABASE';
const DEFAULT_CONNECTIONS = 10;
const MAX_CONNECTIONS = 100;

/** What the words of libpq, and `no-verify` of node-postgres, mean here: who asks for TLS gets a checked certificate. */
const TLS: Readonly<Record<string, PostgresTarget['tls']>> = {
  disable: 'none',
  'no-verify': 'unverified',
  require: 'verified',
  'verify-ca': 'verified',
  'verify-full': 'verified',
};
const PARAMETERS: readonly string[] = ['connections', 'iam', 'options', 'sslmode'];

/**
 * Reads `endpoints.postgresUrl`.
 *
 * @throws {ConfigurationError} saying what is wrong with it, without its password
 */
export function postgresTarget(url: string): PostgresTarget {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const unknown = [...searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) throw fault(`knows no parameter ${unknown}, but ${PARAMETERS.join(', ')}`);
  const database = decodeURIComponent(pathname.slice(1));
  if (!hostname || !username || !database) throw fault(`names host, user and database: ${EXPECTED}`);
  const iam = searchParams.get('iam') === 'true';
  if (iam && password) throw fault('leaves the password out with iam=true: it is a token');
  const tls = TLS[searchParams.get('sslmode') ?? (iam ? 'verify-full' : 'disable')];
  if (tls === undefined) throw fault(`sslmode is one of ${Object.keys(TLS).join(', ')}`);
  if (iam && tls !== 'verified') throw fault('iam=true needs TLS with a checked certificate: sslmode=verify-full');
  const connections = Number(searchParams.get('connections') ?? DEFAULT_CONNECTIONS);
  if (!Number.isInteger(connections) || connections < 1 || connections > MAX_CONNECTIONS) {
    throw fault(`connections is a whole number from 1 to ${MAX_CONNECTIONS}`);
  }
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 5432),
    database,
    user: decodeURIComponent(username),
    password: password ? decodeURIComponent(password) : undefined,
    iam,
    tls,
    connections,
    options: searchParams.get('options') ?? undefined,
  };
}

function fault(what: string): ConfigurationError {
  const setting = 'endpoints.postgresUrl';
  return new ConfigurationError(`${setting}: ${what}`, { setting });
}
