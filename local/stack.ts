import { createConsole } from '../console/console.ts';
import { Sampler } from '../console/sampler.ts';
import { deadLetterLog } from '../functions/api/dead-letter-log.ts';
import { createApiHandler } from '../functions/api/handler.ts';
import { createFlushHandler } from '../functions/flush/handler.ts';
import { flushingLog } from '../functions/flushing-log.ts';
import { logReport } from '../functions/log-report.ts';
import { createLogger, type LoggerOptions } from '../functions/logger.ts';
import { createStreamHandler } from '../functions/stream/handler.ts';
import { createSweepHandler } from '../functions/sweep/handler.ts';
import { connectXRay } from '../functions/x-ray/connect.ts';
import { type Config, defineConfig, type Endpoints } from '../lib/config.ts';
import type { LocalEnvironment } from '../lib/environment.ts';
import type { SettingsInput } from '../lib/settings.ts';
import { WriteBehind, type WriteBehindOptions } from '../lib/write-behind.ts';
import { localDynamodbClient, localSqsClient } from './clients.ts';
import { type EventSource, startEventSource } from './event-source.ts';
import { refuseForeignWrites } from './foreign-writes.ts';
import { startHttpServer } from './http-server.ts';
import type { HttpServer } from './loopback-server.ts';
import { type ProvisionedQueues, type ProvisionedTables, provisionQueues, provisionTables } from './provision.ts';
import { provisionPostgres } from './provision-postgres.ts';
import { type Schedule, startSchedule } from './schedule.ts';
import { endpointsOf, type LocalServers, startServers, stopServers } from './servers.ts';
import { startStreamSource } from './stream-source.ts';

/** Options of {@link startStack}. */
export interface StackOptions {
  /** Servers of one's own, the search path and settings, as `localEnvironment()` reads them. */
  readonly environment: LocalEnvironment;
  /** Port of the HTTP API on 127.0.0.1; 0 for any. @default 0 */
  readonly port?: number | undefined;
  /** Settings; they go before those of the environment. @default {} */
  readonly settings?: SettingsInput | undefined;
  /** The window, 0–900 s; goes before the one in `settings`. @default as in the settings */
  readonly windowSeconds?: number | undefined;
  /** URL of a PostgreSQL that is to be the store; missing tables are made there. @default the store is DynamoDB */
  readonly postgresUrl?: string | undefined;
  /** Directory that keeps the data of embedded servers across restarts. @default the data lives in memory */
  readonly dataDir?: string | undefined;
  /** More arguments for a Valkey server program, such as `['--maxmemory', '8mb']`. @default [] */
  readonly valkeyArgs?: readonly string[] | undefined;
  /** Makes what `WriteBehind.connect` gets besides the configuration, such as clients of one's own. @default nothing */
  readonly cacheOptions?: ((config: Config) => WriteBehindOptions) | undefined;
  /** Whether messages are delivered to the flush function. @default true */
  readonly eventSource?: boolean | undefined;
  /** Batches that the event source has in work at the same time. @default 8 */
  readonly concurrency?: number | undefined;
  /** Whether the sweep function is called on schedule. @default true */
  readonly sweep?: boolean | undefined;
  /** Whether the console is served at `/console`; it reads statistics and health every 2 to 5 s. @default false */
  readonly console?: boolean | undefined;
  /** Least severe level that the handlers log to standard error; at INFO it is a line per request and batch. @default WARN */
  readonly logLevel?: LoggerOptions['level'];
  /** Takes each failure of a trigger. @default console.error */
  readonly log?: ((line: string) => void) | undefined;
  /** Takes each line that an embedded server prints. @default nothing */
  readonly serverLog?: ((line: string) => void) | undefined;
}

/** The whole product on this machine. */
export interface LocalStack extends LocalServers {
  /** `http://127.0.0.1:PORT` of the HTTP API. */
  readonly url: string;
  readonly cache: WriteBehind;
  readonly config: Config;
  readonly endpoints: Endpoints;
  /** `undefined` when it was not wanted. */
  readonly eventSource: EventSource | undefined;
  /** Accepts no more requests, messages and schedules, and waits for what is in work; the servers run on. */
  quiesce(): Promise<void>;
  /** `quiesce()`, then everything is closed and the embedded servers are stopped. It flushes nothing. */
  stop(): Promise<void>;
}

/**
 * Starts the product with the handlers that get deployed: embedded servers where none are given, queues and table, the
 * HTTP server, the event source and the schedule.
 *
 * @throws {ConfigurationError} before anything is started, when a setting is wrong
 */
export async function startStack(options: StackOptions): Promise<LocalStack> {
  const settings = {
    ...options.environment.settings,
    ...options.settings,
    ...(options.windowSeconds !== undefined && { windowSeconds: options.windowSeconds }),
  };
  const checked = defineConfig(settings, UNKNOWN_ENDPOINTS);
  const servers = await startServers({ ...options, log: options.serverLog });
  try {
    return await assemble(options, settings, servers, await provision(servers, checked));
  } catch (error) {
    await stopServers(servers);
    throw error;
  }
}

/** Stand-ins that let the settings be checked while the servers that they would go to do not run yet. */
const UNKNOWN_ENDPOINTS: Endpoints = {
  valkeyUrl: 'redis://127.0.0.1',
  queueUrl: 'http://127.0.0.1',
  deadLetterQueueUrl: 'http://127.0.0.1',
  tableName: 'unknown',
  historyTableName: 'unknown',
};

async function provision(servers: LocalServers, config: Config): Promise<ProvisionedQueues & ProvisionedTables> {
  const sqs = localSqsClient(servers.sqs.url);
  const [queues, tables] = await Promise.all([
    provisionQueues(sqs, servers.sqs.url, config),
    provisionStore(servers, config),
  ]);
  sqs.destroy();
  return { ...queues, ...tables };
}

async function provisionStore({ dynamodb, postgres }: LocalServers, config: Config): Promise<ProvisionedTables> {
  if (postgres.url !== '') return provisionPostgres(postgres.url);
  const client = localDynamodbClient(dynamodb.url);
  const tables = await provisionTables(client, config);
  client.destroy();
  return tables;
}

async function assemble(
  options: StackOptions,
  settings: SettingsInput,
  servers: LocalServers,
  { queue, deadLetterQueue, streamArns, ...tables }: ProvisionedQueues & ProvisionedTables,
): Promise<LocalStack> {
  const { log = console.error, logLevel = 'WARN' } = options;
  const endpoints = endpointsOf(servers, { queueUrl: queue.url, deadLetterQueueUrl: deadLetterQueue.url, ...tables });
  const config = defineConfig(settings, endpoints);
  const tracing = connectXRay(config, options.environment.tracing);
  const watched = (service: string) => ({ logger: createLogger({ service, level: logLevel }), tracing });
  const apiLog = watched('api');
  const flushLog = watched('flush');
  let eventSource: EventSource | undefined;
  const cache = await WriteBehind.connect(config, {
    signals: 'awaited',
    report: logReport(flushLog.logger, config.name),
    deadLetterReport: deadLetterLog(apiLog.logger),
    flushingReport: flushingLog(apiLog.logger),
    // The cache is there before what delivers to it. Where nothing is delivered there is nothing to hold.
    flushSwitch: { set: async (open) => (await eventSource?.set(open)) ?? true },
    ...(tracing && { tracing }),
    ...options.cacheOptions?.(config),
  });
  // In pure JavaScript a reading of all shards takes a tenth of a second, in which nothing else is answered.
  const everyMs = servers.valkey.kind === 'js-redis-server' ? 5000 : 2000;
  const sampler = options.console ? new Sampler(cache, { everyMs }) : undefined;
  const showConsole = sampler && createConsole(sampler);
  const refuse = refuseForeignWrites(config.corsOrigins);
  let http: HttpServer;
  try {
    http = await startHttpServer({
      handler: createApiHandler(cache, apiLog),
      before: (request, response) => showConsole?.(request, response) ?? refuse(request, response),
      port: options.port ?? 0,
      log,
    });
  } catch (error) {
    await cache.close();
    throw error;
  }
  sampler?.start();
  const receiver = localSqsClient(servers.sqs.url, { maxAttempts: 1 });
  const { paused } = await cache.flushing.lastKnown();
  eventSource =
    options.eventSource === false
      ? undefined
      : startEventSource({
          client: receiver,
          queue,
          handler: createFlushHandler(cache, flushLog),
          open: !paused,
          log,
          ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
        });
  const schedule: Schedule | undefined =
    options.sweep === false
      ? undefined
      : startSchedule({
          handler: createSweepHandler(cache, watched('sweep')),
          everySeconds: config.sweepEverySeconds,
          log,
        });

  const streams =
    streamArns.length === 0
      ? undefined
      : await startStreamSource({
          endpoint: servers.dynamodb.url,
          streamArns,
          handler: createStreamHandler(cache, watched('stream')),
          log,
        });

  const quiesce = async (): Promise<void> => {
    await Promise.all([http.close(), eventSource?.stop(), streams?.stop(), schedule?.stop(), sampler?.stop()]);
  };
  return {
    ...servers,
    url: http.url,
    cache,
    config,
    endpoints,
    eventSource,
    quiesce,
    stop: async () => {
      await quiesce();
      await cache.close();
      receiver.destroy();
      await stopServers(servers);
    },
  };
}
