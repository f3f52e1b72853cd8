import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { ItemRefusedError, StoreUnavailableError } from '../errors.ts';
import { type Image, timeOf } from '../model/image.ts';
import type { JsonObject } from '../model/json.ts';
import { storedVersion } from '../model/version.ts';
import { fromAttributeValue, toAttributeValue } from './attribute-values.ts';
import { type Inserted, insertInBatches } from './insert-batch.ts';
import { CREATED, LIST_PARTITION } from './list-index.ts';
import type { MappedTable } from './mapped-table.ts';
import { putEach } from './put-each.ts';
import { sendTo } from './requests.ts';
import type { Put, PutAnswers, Store } from './store.ts';

const OWN_NAMES = ['pk', '_v', '_at', '_by', '_comment', '_deleted', '_ttl'];
/** Items that one request can ask for. */
const MAX_MANY = 100;
const DAY_SECONDS = 86_400;

// An item without a version was stored by another program: any version of ours is newer.
const ABSENT_OR_OLDER = '(attribute_not_exists(#version) OR #version < :version)';
const CREATED_THEN = '(attribute_not_exists(#created) OR #created = :created)';

/** What the table is known to hold after a put. */
export interface Stored {
  readonly version: number;
  /** Whether this put wrote it; else the table had this version or a newer one already. */
  readonly written: boolean;
  /** Version of the write that created what the table holds, in listable collections. */
  readonly created?: number;
}

/** What a {@link DynamoDbStore} has to know. */
export interface StoreOptions {
  readonly tableName: string;
  readonly tombstoneDays: number;
  /** Partition of the table's index for a key; none for items that are not listable. Left out where the table has no index. */
  readonly listPartitionOf?: (key: string) => string | undefined;
  /** The table of one's own that a key is in; none for the cache's. @default all are in the cache's */
  readonly mappedTableOf?: ((key: string) => MappedTable | undefined) | undefined;
  /** The tables of one's own. @default none */
  readonly mappedTables?: readonly MappedTable[] | undefined;
}

/** The table, and those that collections are mapped onto: conditional, versioned writes (rule 5) and consistent reads. */
export class DynamoDbStore implements Store {
  readonly database = 'DynamoDB';
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #tombstoneSeconds: number;
  readonly #listPartitionOf: (key: string) => string | undefined;
  readonly #mappedTableOf: (key: string) => MappedTable | undefined;
  readonly #mappedTables: readonly MappedTable[];
  readonly #ownNames: ReadonlySet<string>;

  constructor(client: DynamoDBClient, options: StoreOptions) {
    const { tableName, tombstoneDays, listPartitionOf, mappedTableOf, mappedTables = [] } = options;
    this.#client = client;
    this.#tableName = tableName;
    this.#tombstoneSeconds = tombstoneDays * DAY_SECONDS;
    this.#listPartitionOf = listPartitionOf ?? (() => undefined);
    this.#mappedTableOf = mappedTableOf ?? (() => undefined);
    this.#mappedTables = mappedTables;
    this.#ownNames = new Set([...OWN_NAMES, ...(listPartitionOf ? [LIST_PARTITION, CREATED] : [])]);
  }

  /**
   * Reads an item, consistently; `null` if there is none and no tombstone.
   *
   * @throws {StoreUnavailableError}
   */
  async get(key: string): Promise<Image | null> {
    const mapped = this.#mappedTableOf(key);
    if (mapped) return mapped.get(key);
    const { Item } = await sendTo('DynamoDB', () =>
      this.#client.send(
        new GetItemCommand({ TableName: this.#tableName, Key: { pk: { S: key } }, ConsistentRead: true }),
      ),
    );
    return Item ? this.#imageOf(Item) : null;
  }

  /**
   * Reads items of the cache's table, consistently; what is not there is left out.
   *
   * @throws {StoreUnavailableError}
   */
  async getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Image>> {
    const images = new Map<string, Image>();
    // DynamoDB refuses a request that names a key twice.
    let missing = [...new Set(keys)].map((key) => ({ pk: { S: key } }));
    while (missing.length > 0) {
      const asked = missing.slice(0, MAX_MANY);
      const { Responses = {}, UnprocessedKeys = {} } = await sendTo('DynamoDB', () =>
        this.#client.send(
          new BatchGetItemCommand({ RequestItems: { [this.#tableName]: { Keys: asked, ConsistentRead: true } } }),
        ),
      );
      for (const item of Responses[this.#tableName] ?? []) images.set(item.pk?.S ?? '', this.#imageOf(item));
      // What was too much for one answer, or throttled.
      const again = (UnprocessedKeys[this.#tableName]?.Keys ?? []) as typeof missing;
      if (again.length === asked.length) throw new StoreUnavailableError('DynamoDB throttles reads.', {});
      missing = [...missing.slice(MAX_MANY), ...again];
    }
    return images;
  }

  /**
   * Stores an image unless the table has that version or a newer one.
   *
   * @throws {ItemRefusedError} DynamoDB will never take this item
   * @throws {StoreUnavailableError} trying later helps
   */
  async put(key: string, image: Image): Promise<Stored> {
    const mapped = this.#mappedTableOf(key);
    if (mapped) return mapped.put(key, image);
    const partition = this.#partitionOf(key, image);
    if (!partition || image.created !== undefined) {
      const older = await this.#putIf(ABSENT_OR_OLDER, key, image);
      return older ? storedIn(older, image.version, partition) : written(image, partition);
    }
    // Whoever wrote could not know whether the item existed; and while this looks, another flush may create it.
    let created = (await this.get(key))?.created;
    for (;;) {
      const placed = { ...image, created: created ?? image.version };
      const there = await this.#putIf(`${ABSENT_OR_OLDER} AND ${CREATED_THEN}`, key, placed);
      if (!there) return written(placed, partition);
      const stored = storedIn(there, 0, partition);
      if (stored.version >= image.version) return stored;
      // What another program put there before the index was is no number, and goes.
      if (stored.created === undefined) return this.put(key, placed);
      created = stored.created;
    }
  }

  /** An item that a table has, and its key; `undefined` for one that is not the cache's. */
  itemOf(tableName: string, item: Record<string, AttributeValue>): { key: string; image: Image } | undefined {
    if (tableName === this.#tableName) {
      const key = item.pk?.S;
      return key?.includes('/') ? { key, image: this.#imageOf(item) } : undefined;
    }
    for (const table of this.#mappedTables) {
      const key = table.mapping.settings.name === tableName ? table.keyOf(item) : undefined;
      if (key !== undefined) return { key, image: table.imageOf(item) };
    }
    return undefined;
  }

  /** Puts an image where a condition holds; where it does not, nothing changes and what is there is returned. */
  async #putIf(condition: string, key: string, image: Image): Promise<Record<string, AttributeValue> | undefined> {
    const asksForCreation = condition.includes('#created');
    try {
      await sendTo('DynamoDB', () =>
        this.#client.send(
          new PutItemCommand({
            TableName: this.#tableName,
            Item: this.#itemOf(key, image),
            ConditionExpression: condition,
            ExpressionAttributeNames: { '#version': '_v', ...(asksForCreation && { '#created': CREATED }) },
            ExpressionAttributeValues: {
              ':version': { N: String(image.version) },
              ...(asksForCreation && { ':created': { N: String(image.created) } }),
            },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      return undefined;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return error.Item ?? {};
      throw error;
    }
  }

  /**
   * Stores images that the table should have no version of yet, many with one request. What gets no answer needs a put; so does all that is
   * in a table of one's own.
   */
  insert(images: ReadonlyMap<string, Image>): Promise<Inserted> {
    const complete = [...images].filter(
      ([key, image]) => (image.created !== undefined || !this.#partitionOf(key, image)) && !this.#mappedTableOf(key),
    );
    const items = new Map(complete.map(([key, image]) => [key, this.#itemOf(key, image)]));
    return insertInBatches(this.#client, this.#tableName, items);
  }

  /** New items are inserted in batches; what a batch cannot decide, and everything else, is a put of its own. */
  putMany(puts: ReadonlyMap<string, Put>): Promise<PutAnswers> {
    return putEach(this, puts);
  }

  /** Where the index has an item, if it has it at all. */
  #partitionOf(key: string, { deleted }: Image): string | undefined {
    return deleted ? undefined : this.#listPartitionOf(key);
  }

  #itemOf(key: string, image: Image): Record<string, AttributeValue> {
    const own: Record<string, AttributeValue> = {
      pk: { S: key },
      _v: { N: String(image.version) },
      _at: { S: timeOf(image.version) },
    };
    if (image.actor !== undefined) own._by = { S: image.actor };
    if (image.comment !== undefined) own._comment = { S: image.comment };
    if (image.deleted) {
      own._deleted = { BOOL: true };
      own._ttl = { N: String(Math.floor(image.version / 1e6) + this.#tombstoneSeconds) };
    }
    const partition = this.#partitionOf(key, image);
    if (partition) {
      own[LIST_PARTITION] = { S: partition };
      own[CREATED] = { N: String(image.created) };
    }
    const attributes = Object.entries(image.value).map(([name, value]) => [name, toAttributeValue(value)] as const);
    return Object.assign(Object.fromEntries(attributes), own);
  }

  #imageOf(item: Record<string, AttributeValue>): Image {
    const attributes = Object.fromEntries(Object.entries(item).filter(([name]) => !this.#ownNames.has(name)));
    return {
      version: storedVersion(item._v?.N) ?? 0,
      deleted: item._deleted?.BOOL === true,
      value: fromAttributeValue({ M: attributes }) as JsonObject,
      ...(item._by?.S !== undefined && { actor: item._by.S }),
      ...(item._comment?.S !== undefined && { comment: item._comment.S }),
      ...(this.#ownNames.has(CREATED) && item[CREATED]?.N !== undefined && { created: Number(item[CREATED].N) }),
    };
  }
}

function written({ version, created }: Image, partition: string | undefined): Stored {
  return { version, written: true, ...(partition && created !== undefined && { created }) };
}

/**
 * What the table has instead of an image.
 *
 * @param without the version to assume where the item has none
 * @throws {ItemRefusedError} what stands for its version is none, and no version of ours ever gets past it
 */
function storedIn(item: Record<string, AttributeValue>, without: number, partition: string | undefined): Stored {
  const version = item._v ? storedVersion(item._v.N) : without;
  if (version === undefined) {
    throw new ItemRefusedError(
      'Another program gave the stored item a _v that is no version. Remove that attribute from the table, then redrive.',
    );
  }
  const created = item[CREATED]?.N;
  return {
    version,
    written: false,
    ...(partition && created && { created: Number(created) }),
  };
}
