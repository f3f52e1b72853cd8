import {
  BatchGetItemCommand,
  type BatchStatementRequest,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { ItemRefusedError, StoreUnavailableError } from '../errors.ts';
import type { Image } from '../model/image.ts';
import { storedVersion } from '../model/version.ts';
import { type Item, ItemFormat } from './item-format.ts';
import { CREATED } from './list-index.ts';
import type { MappedTable } from './mapped-table.ts';
import { putEach } from './put-each.ts';
import { sendTo } from './requests.ts';
import {
  type BatchAnswers,
  insertStatement,
  type Statements,
  sendInBatches,
  updateStatement,
} from './statement-batches.ts';
import type { Put, PutAnswers, Store, Stored } from './store.ts';

/** Items that one request can ask for. */
const MAX_MANY = 100;

// An item without a version was stored by another program: any version of ours is newer.
const ABSENT_OR_OLDER = '(attribute_not_exists(#version) OR #version < :version)';
const CREATED_THEN = '(attribute_not_exists(#created) OR #created = :created)';

/** What a {@link DynamoDbStore} has to know. */
export interface StoreOptions {
  readonly tableName: string;
  readonly tombstoneDays: number;
  /** Partition of the table's index for a key; none for items that are not listable. Left out where the table has no index. */
  readonly listPartitionOf?: (key: string) => string | undefined;
  /** Whether other programs write the item, too: what is stored replaces all that it has, also what nobody here knows of. @default none */
  readonly isShared?: (key: string) => boolean;
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
  readonly #format: ItemFormat;
  readonly #isShared: (key: string) => boolean;
  readonly #mappedTableOf: (key: string) => MappedTable | undefined;
  readonly #mappedTables: readonly MappedTable[];

  constructor(client: DynamoDBClient, options: StoreOptions) {
    const { tableName, tombstoneDays, listPartitionOf, isShared, mappedTableOf, mappedTables = [] } = options;
    this.#client = client;
    this.#tableName = tableName;
    this.#format = new ItemFormat(tombstoneDays, listPartitionOf);
    this.#isShared = isShared ?? (() => false);
    this.#mappedTableOf = mappedTableOf ?? (() => undefined);
    this.#mappedTables = mappedTables;
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
    return Item ? this.#format.imageOf(Item) : null;
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
      for (const item of Responses[this.#tableName] ?? []) images.set(item.pk?.S ?? '', this.#format.imageOf(item));
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
    const partition = this.#format.partitionOf(key, image);
    if (!partition || image.created !== undefined) {
      const older = await this.#putIf(ABSENT_OR_OLDER, key, image);
      return older ? storedIn(older, image.version, partition) : this.written(key, image);
    }
    // Whoever wrote could not know whether the item existed; and while this looks, another flush may create it.
    let created = (await this.get(key))?.created;
    for (;;) {
      const placed = { ...image, created: created ?? image.version };
      const there = await this.#putIf(`${ABSENT_OR_OLDER} AND ${CREATED_THEN}`, key, placed);
      if (!there) return this.written(key, placed);
      const stored = storedIn(there, 0, partition);
      if (stored.version >= image.version) return stored;
      // What another program put there before the index was is no number, and goes.
      if (stored.created === undefined) return this.put(key, placed);
      created = stored.created;
    }
  }

  /** An item that a table has, and its key; `undefined` for one that is not the cache's. */
  itemOf(tableName: string, item: Item): { key: string; image: Image } | undefined {
    if (tableName === this.#tableName) {
      const key = item.pk?.S;
      return key?.includes('/') ? { key, image: this.#format.imageOf(item) } : undefined;
    }
    for (const table of this.#mappedTables) {
      const key = table.mapping.settings.name === tableName ? table.keyOf(item) : undefined;
      if (key !== undefined) return { key, image: table.imageOf(item) };
    }
    return undefined;
  }

  /** Puts an image where a condition holds; where it does not, nothing changes and what is there is returned. */
  async #putIf(condition: string, key: string, image: Image): Promise<Item | undefined> {
    const asksForCreation = condition.includes('#created');
    try {
      await sendTo('DynamoDB', () =>
        this.#client.send(
          new PutItemCommand({
            TableName: this.#tableName,
            Item: this.#format.itemOf(key, image),
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

  /** Many with one request, where it is known what the table has of them; what that cannot decide, and all others, are puts of their own. */
  putMany(puts: ReadonlyMap<string, Put>): Promise<PutAnswers> {
    return putEach(this, puts);
  }

  /**
   * What can be stored in batches: what the table should have no version of yet, and what replaces a version with the same attributes. Nothing
   * that is in a table of one's own.
   */
  statementsOf(puts: ReadonlyMap<string, Put>): Statements {
    const statements = [...puts].flatMap(([key, put]) => {
      try {
        const statement = this.#statementOf(key, put);
        return statement ? [[key, statement] as const] : [];
      } catch (error) {
        // Nested too deep, as a damaged entry may be: its put says so, and fails alone.
        if (error instanceof RangeError) return [];
        throw error;
      }
    });
    // For a single item a batch saves nothing.
    return new Map(statements.length > 1 ? statements : []);
  }

  /** Stores items by their statements. What gets no answer needs a put. */
  sendInBatches(statements: Statements): Promise<BatchAnswers> {
    return sendInBatches(this.#client, statements);
  }

  #statementOf(key: string, { image, isNew, over }: Put): BatchStatementRequest | undefined {
    if (!(isNew || over) || this.#mappedTableOf(key)) return undefined;
    if (image.created === undefined && this.#format.partitionOf(key, image)) return undefined;
    if (isNew) return insertStatement(this.#tableName, this.#format.itemOf(key, image));
    if (over!.shape !== this.#shapeOf(key, image)) return undefined;
    return updateStatement(this.#tableName, this.#format.itemOf(key, image), over!.version);
  }

  /** Not where others write, too: what they add would stay beside what is stored over it. */
  #shapeOf(key: string, image: Image): string | undefined {
    return this.#isShared(key) ? undefined : this.#format.shapeOf(key, image);
  }

  /** What the table has after an image was written to it. */
  written(key: string, image: Image): Stored {
    const { version, created } = image;
    const shape = this.#shapeOf(key, image);
    const isListed = created !== undefined && this.#format.partitionOf(key, image) !== undefined;
    return { version, written: true, ...(isListed && { created }), ...(shape && { shape }) };
  }
}

/**
 * What the table has instead of an image.
 *
 * @param without the version to assume where the item has none
 * @throws {ItemRefusedError} what stands for its version is none, and no version of ours ever gets past it
 */
function storedIn(item: Item, without: number, partition: string | undefined): Stored {
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
