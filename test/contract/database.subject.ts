import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type AttributeValue, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { defineConfig } from '../../lib/config.ts';
import { HistoryStore } from '../../lib/history/history-store.ts';
import type { Image } from '../../lib/model/image.ts';
import type { JsonObject } from '../../lib/model/json.ts';
import { MAX_LEVELS } from '../../lib/model/value.ts';
import { toAttributeValue } from '../../lib/store/attribute-values.ts';
import { DynamoDbStore } from '../../lib/store/dynamodb-store.ts';
import { readItemsExactly } from '../../lib/store/exact-items.ts';
import { listPartitionOf } from '../../lib/store/list-index.ts';
import type { BatchAnswers } from '../../lib/store/statement-batches.ts';
import type { KeyPages, Put, Stores } from '../../lib/store/store.ts';
import { dynamodbStores } from '../../lib/store/stores.ts';
import { localDynamodbClient } from '../../local/clients.ts';
import { provisionTables } from '../../local/provision.ts';
import { nested } from '../arbitraries.ts';
import { freshKey, LISTABLE, type StoreSubject, TOMBSTONE_DAYS } from './store.subject.ts';

export { image, NOW, TOMBSTONE_DAYS, tombstone } from './store.subject.ts';

const LIST_PARTITIONS = 2;

/** The product's tables on one server, what reads and writes them, and a client that looks past it. */
export class Database implements StoreSubject {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly store: DynamoDbStore;
  readonly history: HistoryStore;
  readonly keyPages: KeyPages;
  readonly places: Stores['places'];
  readonly refused = [
    ['of over 400 KiB', { text: 'x'.repeat(400 * 1024) }],
    ['with one level too many', { v: nested(MAX_LEVELS + 1, 1) }],
    ['with a number beyond its range', { n: 1e126 }],
  ] as const;

  private constructor(client: DynamoDBClient, names: { tableName: string; historyTableName: string }) {
    this.client = client;
    this.tableName = names.tableName;
    this.store = new DynamoDbStore(client, {
      ...names,
      tombstoneDays: TOMBSTONE_DAYS,
      listPartitionOf: (key) => (key.startsWith(LISTABLE) ? listPartitionOf(key, LIST_PARTITIONS) : undefined),
    });
    this.history = new HistoryStore(client, names.historyTableName);
    const nowhere = { valkeyUrl: 'redis://nowhere', queueUrl: 'http://nowhere', deadLetterQueueUrl: 'http://nowhere' };
    const config = defineConfig({ listPartitions: LIST_PARTITIONS }, { ...nowhere, ...names });
    const { keyPages, places } = dynamodbStores(config, { dynamodb: client });
    this.keyPages = keyPages;
    this.places = places;
  }

  /** Connects to a server and makes the tables there. */
  static async on(url: string): Promise<Database> {
    const client = localDynamodbClient(url);
    readItemsExactly(client);
    const settings = { collections: { [LISTABLE]: { listable: true } } };
    const { tableName, historyTableName } = await provisionTables(client, settings);
    return new Database(client, { tableName, historyTableName });
  }

  /** A key that no other test uses. */
  freshKey(collection?: string): string {
    return freshKey(collection);
  }

  /** An item as any program sees it, by a consistent read. */
  async raw(key: string): Promise<Record<string, AttributeValue> | undefined> {
    const command = new GetItemCommand({ TableName: this.tableName, Key: { pk: { S: key } }, ConsistentRead: true });
    return (await this.client.send(command)).Item;
  }

  whole(key: string): Promise<unknown> {
    return this.raw(key);
  }

  seed(key: string, value: JsonObject): Promise<void> {
    return this.seedRaw(key, toAttributeValue(value).M ?? {});
  }

  /** Puts an item with these attributes. */
  async seedRaw(key: string, attributes: Record<string, AttributeValue>): Promise<void> {
    const Item = { ...attributes, pk: { S: key } };
    await this.client.send(new PutItemCommand({ TableName: this.tableName, Item }));
  }

  /** Stores items in batches alone, as such that the table should not have. */
  insert(images: ReadonlyMap<string, Image>): Promise<BatchAnswers> {
    const puts = [...images].map(([key, image]): [string, Put] => [key, { image, isNew: true }]);
    return this.store.sendInBatches(this.store.statementsOf(new Map(puts)));
  }

  async stop(): Promise<void> {
    this.client.destroy();
  }
}
