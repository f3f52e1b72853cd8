import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { LocalEnvironment } from '../../lib/environment.ts';
import type { SettingsInput } from '../../lib/settings.ts';
import { localDynamodbClient } from '../../local/clients.ts';
import { type LocalServers, startServers, stopServers } from '../../local/servers.ts';
import { type LocalStack, type StackOptions, startStack } from '../../local/stack.ts';
import { startFlushSide } from './flush-side.ts';
import { startWireCounter, type WireCounter } from './wire-counter.ts';

/** Five processes share a machine here, so an answer that takes longer is no sign of a dead Valkey yet. */
export const SETTINGS: SettingsInput = { valkeyTimeoutMs: 5000 };

/** Servers that outlive the two stacks of the demo, and a client that knows nothing of write-behind. */
export interface Stage {
  readonly servers: LocalServers;
  readonly wire: WireCounter;
  /** A bare client, past the wire counter. */
  readonly database: DynamoDBDocumentClient;
  /** Starts the API on these servers; the caller stops it. */
  openStack(
    options: Omit<StackOptions, 'environment' | 'log' | 'logLevel' | 'settings' | 'eventSource' | 'sweep'>,
  ): Promise<LocalStack>;
  /** Lets the flush and the sweep function run, until what it returns is called. */
  startFlushSide(windowSeconds: number): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** Starts the servers. What the triggers report while stacks run goes to standard error. */
export async function openStage(environment: LocalEnvironment): Promise<Stage> {
  const servers = await startServers({ environment });
  let wire: WireCounter;
  try {
    wire = await startWireCounter(servers.dynamodb.url);
  } catch (error) {
    await stopServers(servers);
    throw error;
  }
  const client: DynamoDBClient = localDynamodbClient(servers.dynamodb.url);
  const behindTheWire: LocalEnvironment = {
    ...environment,
    valkeyUrl: servers.valkey.url,
    sqsEndpoint: servers.sqs.url,
    dynamodbEndpoint: wire.url,
  };
  return {
    servers,
    wire,
    database: DynamoDBDocumentClient.from(client),
    openStack: (options) =>
      startStack({
        ...options,
        settings: SETTINGS,
        environment: behindTheWire,
        eventSource: false,
        sweep: false,
        log: console.error,
        // Requests answered with 429 or 503 are repeated and counted in the result.
        logLevel: 'ERROR',
      }),
    startFlushSide: (windowSeconds) =>
      startFlushSide({ environment: behindTheWire, settings: SETTINGS, windowSeconds }),
    close: async () => {
      client.destroy();
      await wire.close();
      await stopServers(servers);
    },
  };
}
