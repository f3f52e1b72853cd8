import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { HttpRequest, MiddlewareStack } from '@smithy/types';
import { UndiciHttpHandler } from '@smithy/undici-http-handler';
import { Cluster, Redis } from 'ioredis';
import { logInWithTokens } from './cache/iam-login.ts';
import type { IamSigner } from './cache/iam-token.ts';
import { iamLoginOf } from './cache/iam-url.ts';
import type { Config } from './config.ts';
import { readItemsExactly } from './store/exact-items.ts';

/** The connections of one instance. */
export interface Clients {
  readonly valkey: Redis | Cluster;
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
}

const MAX_SOCKETS = 100;
const CONNECT_TIMEOUT_MS = 1000;
const ANSWER_TIMEOUT_MS = 3000;
/** As the AWS SDKs do that say how long: longer than a window, so that a flush finds the connections of the one before. */
const KEEP_ALIVE_MS = 60_000;
const LONGEST_RECONNECT_WAIT_MS = 1000;

/** Builds every client, once per instance. Nothing waits for long: a dependency that is away must not hold requests up. */
export function createClients({ endpoints, valkeyTimeoutMs }: Config): Clients {
  const aws = (endpoint: string | undefined) => ({
    ...(endpoint && { endpoint }),
    ...(endpoints.region && { region: endpoints.region }),
    // A copy, because the SDK writes into what it is given.
    ...(endpoints.credentials && { credentials: { ...endpoints.credentials } }),
    maxAttempts: 2,
    // Every command of a kind takes the same way through the SDK: a third less of its time.
    cacheMiddleware: true,
    requestHandler: new UndiciHttpHandler({
      dispatcher: {
        connections: MAX_SOCKETS,
        connect: { timeout: CONNECT_TIMEOUT_MS },
        headersTimeout: ANSWER_TIMEOUT_MS,
        bodyTimeout: ANSWER_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
      },
    }),
  });
  const dynamodb = new DynamoDBClient(aws(endpoints.dynamodbEndpoint));
  const sqs = new SQSClient({
    ...aws(endpoints.sqsEndpoint),
    useQueueUrlAsEndpoint: endpoints.sqsEndpoint === undefined,
  });
  lighten(dynamodb.middlewareStack);
  lighten(sqs.middlewareStack);
  readItemsExactly(dynamodb);
  // What the SDK finds, or was given: where it has to be fetched it is remembered, and fetched again before it expires.
  const signer = async () => ({
    region: await dynamodb.config.region(),
    credentials: await dynamodb.config.credentials(),
  });
  return {
    valkey: createValkey(endpoints.valkeyUrl, valkeyTimeoutMs, signer),
    sqs,
    dynamodb,
  };
}

/**
 * Leaves out what takes the SDK a tenth of its time for each request: preparing what no logger takes, and composing anew who asks, which
 * CloudTrail shows and is a constant here.
 */
function lighten<Input extends object, Output extends object>(stack: MiddlewareStack<Input, Output>): void {
  stack.remove('loggerMiddleware');
  stack.remove('getUserAgentMiddleware');
  stack.add(
    (next) => (args) => {
      (args.request as HttpRequest).headers['user-agent'] = 'write-behind';
      return next(args);
    },
    { step: 'build', name: 'userAgent' },
  );
}

/**
 * A client that never sends a command twice and never keeps one for later: a write whose caller was told 503 must not
 * happen behind his back.
 *
 * @param signer who signs, where the URL asks for IAM authentication
 */
export function createValkey(url: string, timeoutMs: number, signer?: () => Promise<IamSigner>): Redis | Cluster {
  const target = new URL(url);
  const { protocol, hostname, port, username, password, searchParams } = target;
  const login = signer && iamLoginOf(target);
  const lazyConnect = login !== undefined;
  const options = {
    // Replies have the same shape from every server.
    protocol: 2 as const,
    // Two commands a connection that not every server knows.
    disableClientInfo: true,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    commandTimeout: timeoutMs,
    // A connection that answers nothing may be dead without knowing it: only a new one can find Valkey again.
    socketTimeout: 2 * timeoutMs,
    connectTimeout: timeoutMs,
    retryStrategy: (times: number) => Math.min(50 * times, LONGEST_RECONNECT_WAIT_MS),
    ...(protocol === 'rediss:' && { tls: {} }),
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
  };
  const address = { host: hostname, port: Number(port || 6379) };
  const client =
    searchParams.get('cluster') === 'true'
      ? new Cluster([address], {
          enableOfflineQueue: false,
          retryDelayOnFailover: 0,
          slotsRefreshTimeout: 5000,
          // TLS certificates of ElastiCache name hosts, not addresses.
          dnsLookup: (name, done) => done(null, name),
          redisOptions: options,
          lazyConnect,
        })
      : new Redis({ ...address, ...options, lazyConnect });
  // Every failed command says so itself; without a listener ioredis would write to the console.
  client.on('error', () => undefined);
  if (login && signer) logInWithTokens(client, login, signer);
  return client;
}

/**
 * Waits until Valkey is connected, a cluster with every node, but no longer than `timeoutMs`: without it the cache works on,
 * degraded.
 */
export async function connected(client: Redis | Cluster, timeoutMs: number): Promise<void> {
  if (client.status !== 'ready') {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, timeoutMs);
      function done(): void {
        clearTimeout(timer);
        client.off('ready', done);
        resolve();
      }
      client.once('ready', done);
    });
  }
  if ('nodes' in client && client.status === 'ready') {
    // A cluster client connects to a node at its first command, and refuses others until that has happened. A node that
    // does not answer says so to the commands that need it.
    await Promise.allSettled(client.nodes('master').map((node) => node.ping()));
  }
}

/** Closes every connection. */
export function closeClients({ valkey, sqs, dynamodb }: Clients): void {
  valkey.disconnect();
  sqs.destroy();
  dynamodb.destroy();
}
