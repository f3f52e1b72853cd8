import { mkdirSync, rmSync } from 'node:fs';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { Redis } from 'ioredis';
import { Keys } from '../../lib/cache/keys.ts';
import { type Config, defineConfig } from '../../lib/config.ts';
import type { Durability, SettingsInput } from '../../lib/settings.ts';
import { WriteBehind } from '../../lib/write-behind.ts';
import { localDynamodbClient, localSigning, localSqsClient } from '../../local/clients.ts';
import { startSqs } from '../../local/embedded/sqs.ts';
import { provisionQueues } from '../../local/provision.ts';
import { startFlushSide } from './flush-side.ts';
import { Gauge } from './gauge.ts';
import { peerClients, TABLE } from './table.ts';

/** Where the peer's servers are, and how it is to behave. */
export interface PeerOptions {
  /** URL of the DynamoDB. */
  readonly endpoint: string;
  /** Port of Valkey on 127.0.0.1. */
  readonly redis: number;
  /** Directory of the queue's data. */
  readonly queueDir: string;
  /** Whether what the queue holds from an earlier run is kept. */
  readonly recover: boolean;
  readonly durability: Extract<Durability, 'cache' | 'queue'>;
  readonly windowSeconds: number;
  /** Items that there are at most. */
  readonly keys: number;
}

/** The product in this process, with the queue as its child. */
export interface Peer {
  readonly cache: WriteBehind;
  readonly gauge: Gauge;
  /** Items that the table does not have in their newest state. */
  waiting(): Promise<number>;
}

/** Starts the queue and the flush side and connects to Valkey. All of it ends with this process, and the queue's data stay. */
export async function startPeer(options: PeerOptions): Promise<Peer> {
  await checkTable(options.endpoint);
  const settings = settingsOf(options);
  // Messages of another run are about items of another table.
  if (!options.recover) rmSync(options.queueDir, { recursive: true, force: true });
  mkdirSync(options.queueDir, { recursive: true });
  const sqs = await startSqs({ dataDir: options.queueDir, log: console.error });
  const provisioning = localSqsClient(sqs.url);
  const valkeyUrl = `redis://127.0.0.1:${options.redis}`;
  const unknown = { valkeyUrl, queueUrl: sqs.url, deadLetterQueueUrl: sqs.url, tableName: TABLE };
  const { queue, deadLetterQueue } = await provisionQueues(provisioning, sqs.url, defineConfig(settings, unknown));
  provisioning.destroy();
  const config = defineConfig(settings, {
    ...unknown,
    ...localSigning(),
    queueUrl: queue.url,
    deadLetterQueueUrl: deadLetterQueue.url,
    sqsEndpoint: sqs.url,
    dynamodbEndpoint: options.endpoint,
  });
  const gauge = new Gauge();
  const clients = peerClients(config, gauge);
  const cache = await WriteBehind.connect(config, { clients });
  await startFlushSide(config, queue, gauge);
  return { cache, gauge, waiting: () => waitingIn(clients.valkey as Redis, config) };
}

function settingsOf({ durability, windowSeconds, keys }: PeerOptions): SettingsInput {
  return {
    defaultDurability: durability,
    windowSeconds,
    // The sweep is all that a lost signal has left; and a comparison does not wait a minute for it.
    sweepEverySeconds: 1,
    sweepAfterSeconds: 2 * windowSeconds + 2,
    // What was in work when the peer was killed comes again after this.
    visibilityTimeoutSeconds: 10,
    // Many processes share a machine here, so an answer that takes longer is no sign of a dead Valkey yet.
    valkeyTimeoutMs: 5000,
    // Shards fill unevenly: all keys must find room at once.
    maxDirtyItems: Math.max(100_000, 4 * keys),
  };
}

/** Without the table every flush would fail and be tried again for ever. */
async function checkTable(endpoint: string): Promise<void> {
  const client = localDynamodbClient(endpoint);
  try {
    await client.send(new DescribeTableCommand({ TableName: TABLE }));
  } catch (cause) {
    const { region, credentials } = localSigning();
    throw new Error(`No table ${TABLE} at ${endpoint} in ${region} for the access key ${credentials.accessKeyId}.`, {
      cause,
    });
  } finally {
    client.destroy();
  }
}

/** Two counts a shard, in one round trip. */
async function waitingIn(valkey: Redis, { shards }: Config): Promise<number> {
  const sets = new Keys(shards).shards.flatMap(({ dirty, parked }) => [dirty, parked]);
  const counts = await Promise.all(sets.map((set) => valkey.zcard(set)));
  return counts.reduce((sum, count) => sum + count, 0);
}
