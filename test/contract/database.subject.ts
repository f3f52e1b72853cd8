import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type AttributeValue, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { HistoryStore } from '../../lib/history/history-store.ts';
import type { Image } from '../../lib/model/image.ts';
import type { JsonObject } from '../../lib/model/json.ts';
import { DynamoDbStore } from '../../lib/store/dynamodb-store.ts';
import { readItemsExactly } from '../../lib/store/exact-items.ts';
import { KeyScan } from '../../lib/store/key-scan.ts';
import { listPartitionOf } from '../../lib/store/list-index.ts';
import { localDynamodbClient } from '../../local/clients.ts';
import { provisionTables } from '../../local/provision.ts';
import type { Server } from './subject.ts';

/** A time of 16 digits in µs: versions of this length must not lose a digit anywhere. */
export const NOW = 1_800_000_000_123_457;
export const TOMBSTONE_DAYS = 90;
const LIST_PARTITIONS = 2;
/** Items whose collection begins so are listable. */
const LISTABLE = 'listed';

/** The product's tables on one server, what reads and writes them, and a client that looks past it. */
export class Database {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly store: DynamoDbStore;
  readonly history: HistoryStore;
  readonly scan: KeyScan;
  #keys = 0;

  private constructor(client: DynamoDBClient, names: { tableName: string; historyTableName: string }) {
    this.client = client;
    this.tableName = names.tableName;
    this.store = new DynamoDbStore(client, {
      ...names,
      tombstoneDays: TOMBSTONE_DAYS,
      listPartitionOf: (key) => (key.startsWith(LISTABLE) ? listPartitionOf(key, LIST_PARTITIONS) : undefined),
    });
    this.history = new HistoryStore(client, names.historyTableName);
    this.scan = new KeyScan(client, names.tableName);
  }

  /** Connects to a server and makes the tables there. */
  static async on(url: string): Promise<Database> {
    const client = localDynamodbClient(url);
    readItemsExactly(client);
    const names = await provisionTables(client, { collections: { [LISTABLE]: { listable: true } } });
    return new Database(client, names);
  }

  /** A key that no other test uses. */
  freshKey(collection = 'items'): string {
    this.#keys += 1;
    return `${collection}/${this.#keys}`;
  }

  /** An item as any program sees it, by a consistent read. */
  async raw(key: string): Promise<Record<string, AttributeValue> | undefined> {
    const command = new GetItemCommand({ TableName: this.tableName, Key: { pk: { S: key } }, ConsistentRead: true });
    return (await this.client.send(command)).Item;
  }

  /** Puts an item as another program would. */
  async seed(key: string, attributes: Record<string, AttributeValue>): Promise<void> {
    const Item = { ...attributes, pk: { S: key } };
    await this.client.send(new PutItemCommand({ TableName: this.tableName, Item }));
  }
}

/** A state of an item, so many µs after {@link NOW}. */
export function image(later: number, value: JsonObject = {}, more: Partial<Image> = {}): Image {
  return { version: NOW + later, deleted: false, value, ...more };
}

/** A tombstone, so many µs after {@link NOW}. */
export function tombstone(later: number): Image {
  return image(later, {}, { deleted: true });
}

/** One database for the tests of a suite. */
export function useDatabase(start: () => Promise<Server>): () => Database {
  let server: Server;
  let database: Database;
  beforeAll(async () => {
    server = await start();
    database = await Database.on(server.url);
  });
  afterAll(async () => {
    database?.client.destroy();
    await server?.stop();
  });
  return () => database;
}
