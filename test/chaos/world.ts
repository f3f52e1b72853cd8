import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { defineConfig } from '../../lib/config.ts';
import type { SettingsInput } from '../../lib/settings.ts';
import { localDynamodbClient, localSigning, localSqsClient } from '../../local/clients.ts';
import { startDynamodb } from '../../local/embedded/dynamodb.ts';
import type { EmbeddedServer } from '../../local/embedded/server-process.ts';
import { startSqs } from '../../local/embedded/sqs.ts';
import { provisionQueues, provisionTables } from '../../local/provision.ts';
import { Instance } from './instances.ts';
import type { Sample, TableItem } from './judge/record.ts';

/** Everything short, so that much can go wrong in a minute. */
const SETTINGS: SettingsInput = {
  windowSeconds: 1,
  ttlSeconds: 10,
  refreshAheadSeconds: 2,
  leaseSeconds: 1,
  sweepEverySeconds: 3,
  sweepAfterSeconds: 5,
  visibilityTimeoutSeconds: 3,
  refusedRetrySeconds: [1, 1, 1],
  backOff: { firstSeconds: 1, maxSeconds: 3 },
  maxReceiveCount: 200,
  // Half of the keys that are written to: an outage of the database fills it.
  shards: 8,
  maxDirtyItems: 48,
};

/** A Valkey of some kind. */
export interface AnyValkey {
  readonly url: string;
  stop(): Promise<void>;
}

/** All functions, several instances of each, on servers of their own. */
export class World<V extends AnyValkey> {
  readonly valkey: V;
  readonly instances: readonly Instance[];
  readonly servers: readonly EmbeddedServer[];
  readonly #documents: DynamoDBDocumentClient;
  readonly #tableName: string;

  private constructor(
    valkey: V,
    instances: readonly Instance[],
    servers: readonly EmbeddedServer[],
    documents: DynamoDBDocumentClient,
    tableName: string,
  ) {
    this.valkey = valkey;
    this.instances = instances;
    this.servers = servers;
    this.#documents = documents;
    this.#tableName = tableName;
  }

  static async start<V extends AnyValkey>(
    valkey: V,
    seed: number,
    valkeyTimeoutMs: number,
    isCluster = false,
  ): Promise<World<V>> {
    const settings = { ...SETTINGS, valkeyTimeoutMs };
    const [sqs, dynamodb] = await Promise.all([startSqs({}), startDynamodb({})]);
    const sqsClient = localSqsClient(sqs.url);
    const dynamodbClient = localDynamodbClient(dynamodb.url);
    const unknown = { valkeyUrl: valkey.url, queueUrl: sqs.url, deadLetterQueueUrl: sqs.url };
    const config = defineConfig(settings, { ...unknown, tableName: 'unknown', historyTableName: 'unknown' });
    const { queue, deadLetterQueue } = await provisionQueues(sqsClient, sqs.url, config);
    const { streamArns: _none, ...tables } = await provisionTables(dynamodbClient, config);
    sqsClient.destroy();
    const endpoints = {
      ...unknown,
      queueUrl: queue.url,
      deadLetterQueueUrl: deadLetterQueue.url,
      ...tables,
      ...localSigning(),
    };
    const servers = { valkey: valkey.url, isCluster, sqs: sqs.url, dynamodb: dynamodb.url };
    const roles = ['api', 'api', 'flush', 'flush', 'sweep'] as const;
    const instances = await Promise.all(
      roles.map((role, i) =>
        Instance.start(
          { role, settings, endpoints, queue, clockOffsetMs: 0, seed: seed + 1000 * i, redeliveries: 0.05 },
          servers,
        ),
      ),
    );
    const documents = DynamoDBDocumentClient.from(dynamodbClient);
    return new World(valkey, instances, [sqs, dynamodb], documents, tables.tableName);
  }

  of(role: Instance['role']): readonly Instance[] {
    return this.instances.filter((instance) => instance.role === role);
  }

  /** All of the table, past every proxy. */
  async table(): Promise<Map<string, TableItem>> {
    const items = new Map<string, TableItem>();
    const pages = paginateScan({ client: this.#documents }, { TableName: this.#tableName, ConsistentRead: true });
    for await (const { Items = [] } of pages) {
      for (const { pk, _v, _at, _by, _comment, _deleted, _ttl, ...value } of Items) {
        items.set(pk, { version: _v, deleted: _deleted === true, value });
      }
    }
    return items;
  }

  async sample(): Promise<Sample> {
    const from = performance.now();
    const items = await this.table();
    return { from, to: performance.now(), items };
  }

  async stop(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.stop()));
    await this.valkey.stop();
    await Promise.all(this.servers.map((server) => server.stop()));
    this.#documents.destroy();
  }
}
