import { join } from 'node:path';
import type { Endpoints } from '../lib/config.ts';
import type { LocalEnvironment } from '../lib/environment.ts';
import { localSigning } from './clients.ts';
import { startDynamodb } from './embedded/dynamodb.ts';
import type { EmbeddedServer } from './embedded/server-process.ts';
import { startSqs } from './embedded/sqs.ts';
import { startValkey, type ValkeyKind } from './embedded/valkey.ts';
import { MissingPackagesError } from './needed-packages.ts';

/** A server that the local stack uses: an embedded one, or one that was given by its URL. */
export type LocalServer<Kind extends string> = EmbeddedServer<Kind> | { readonly url: string; readonly kind: 'given' };

/** The servers behind the local stack. */
export interface LocalServers {
  readonly valkey: LocalServer<ValkeyKind>;
  readonly sqs: LocalServer<'fauxqs'>;
  /** Without a URL where PostgreSQL is the store. */
  readonly dynamodb: LocalServer<'dynoxide'> | NotUsed;
  readonly postgres: LocalServer<never> | NotUsed;
}

/** In the place of a server that nothing is stored in. */
export interface NotUsed {
  readonly url: '';
  readonly kind: 'not used';
}

const NOT_USED: NotUsed = { url: '', kind: 'not used' };

/** Options of {@link startServers}. */
export interface ServersOptions {
  /** Servers given by URL, and where to look for a server program. */
  readonly environment: Pick<
    LocalEnvironment,
    'valkeyUrl' | 'sqsEndpoint' | 'dynamodbEndpoint' | 'valkeyServer' | 'searchPath'
  >;
  /** A PostgreSQL, which then is the store. @default the store is DynamoDB */
  readonly postgresUrl?: string | undefined;
  /** Directory that keeps the data of embedded servers across restarts. @default the data lives in memory */
  readonly dataDir?: string | undefined;
  /** More arguments for a Valkey server program. @default [] */
  readonly valkeyArgs?: readonly string[] | undefined;
  /** Takes each line that an embedded server prints. @default nothing */
  readonly log?: ((line: string) => void) | undefined;
}

/** Starts, in parallel, each server that is not given by its URL. When one fails, the others are stopped. */
export async function startServers(options: ServersOptions): Promise<LocalServers> {
  const { environment, postgresUrl, dataDir, log } = options;
  const dataOf = (server: string) => (dataDir === undefined ? undefined : join(dataDir, server));
  const starting = {
    valkey:
      given(environment.valkeyUrl) ??
      startValkey({
        server: environment.valkeyServer,
        searchPath: environment.searchPath,
        args: options.valkeyArgs,
        dataDir: dataOf('valkey'),
        log,
      }),
    sqs: given(environment.sqsEndpoint) ?? startSqs({ dataDir: dataOf('sqs'), log }),
    dynamodb:
      postgresUrl === undefined
        ? (given(environment.dynamodbEndpoint) ?? startDynamodb({ dataDir: dataOf('dynamodb'), log }))
        : Promise.resolve(NOT_USED),
  };
  const started = await Promise.allSettled(Object.values(starting));
  const reasons = started.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
  if (reasons.length > 0) {
    const running = started.filter((result) => result.status === 'fulfilled').map((result) => result.value);
    await Promise.all(running.map(stopServer));
    throw worst(reasons);
  }
  const postgres = (await given(postgresUrl)) ?? NOT_USED;
  return { valkey: await starting.valkey, sqs: await starting.sqs, dynamodb: await starting.dynamodb, postgres };
}

/** The first reason; where packages are missing all of them, so that they can be installed at once. */
function worst(reasons: readonly unknown[]): unknown {
  const missing = reasons.filter((reason) => reason instanceof MissingPackagesError);
  return missing.length > 0 ? new MissingPackagesError(missing.flatMap(({ packages }) => packages)) : reasons[0];
}

function given(url: string | undefined): Promise<{ url: string; kind: 'given' }> | undefined {
  return url === undefined ? undefined : Promise.resolve({ url, kind: 'given' });
}

async function stopServer(server: LocalServer<string> | NotUsed): Promise<void> {
  if ('stop' in server) await server.stop();
}

/** Stops the servers that were started; those given by their URL go on. */
export async function stopServers({ valkey, sqs, dynamodb }: LocalServers): Promise<void> {
  await Promise.all([valkey, sqs, dynamodb].map(stopServer));
}

/** The endpoints in the form that the product's configuration takes. */
export function endpointsOf(
  servers: LocalServers,
  names: Pick<Endpoints, 'queueUrl' | 'deadLetterQueueUrl' | 'tableName' | 'historyTableName'>,
): Endpoints {
  return {
    ...names,
    ...localSigning(),
    valkeyUrl: servers.valkey.url,
    sqsEndpoint: servers.sqs.url,
    ...(servers.dynamodb.url !== '' && { dynamodbEndpoint: servers.dynamodb.url }),
    ...(servers.postgres.url !== '' && { postgresUrl: servers.postgres.url }),
  };
}
