import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Image, timeOf } from '../model/image.ts';
import type { JsonObject } from '../model/json.ts';
import { fromAttributeValue, toAttributeValue } from './attribute-values.ts';
import { sendTo } from './requests.ts';

const OWN_NAMES: ReadonlySet<string> = new Set(['pk', '_v', '_at', '_by', '_comment', '_deleted', '_ttl']);
const DAY_SECONDS = 86_400;

// An item without a version was stored by another program: any version of ours is newer.
const ABSENT_OR_OLDER = 'attribute_not_exists(#version) OR #version < :version';

/** What the table is known to hold after a put. */
export interface Stored {
  readonly version: number;
  /** Whether this put wrote it; else the table had this version or a newer one already. */
  readonly written: boolean;
}

/** The table: conditional, versioned writes (rule 5) and consistent reads. */
export class DynamoDbStore {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #tombstoneSeconds: number;

  constructor(client: DynamoDBClient, tableName: string, tombstoneDays: number) {
    this.#client = client;
    this.#tableName = tableName;
    this.#tombstoneSeconds = tombstoneDays * DAY_SECONDS;
  }

  /**
   * Reads an item, consistently; `null` if there is none and no tombstone.
   *
   * @throws {StoreUnavailableError}
   */
  async get(key: string): Promise<Image | null> {
    const { Item } = await sendTo('DynamoDB', () =>
      this.#client.send(
        new GetItemCommand({ TableName: this.#tableName, Key: { pk: { S: key } }, ConsistentRead: true }),
      ),
    );
    return Item ? imageOf(Item) : null;
  }

  /**
   * Stores an image unless the table has that version or a newer one.
   *
   * @throws {ItemRefusedError} DynamoDB will never take this item
   * @throws {StoreUnavailableError} trying later helps
   */
  async put(key: string, image: Image): Promise<Stored> {
    try {
      await sendTo('DynamoDB', () =>
        this.#client.send(
          new PutItemCommand({
            TableName: this.#tableName,
            Item: this.#itemOf(key, image),
            ConditionExpression: ABSENT_OR_OLDER,
            ExpressionAttributeNames: { '#version': '_v' },
            ExpressionAttributeValues: { ':version': { N: String(image.version) } },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      return { version: image.version, written: true };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { version: Number(error.Item?._v?.N ?? image.version), written: false };
    }
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
    const attributes = Object.entries(image.value).map(([name, value]) => [name, toAttributeValue(value)] as const);
    return Object.assign(Object.fromEntries(attributes), own);
  }
}

function imageOf(item: Record<string, AttributeValue>): Image {
  const attributes = Object.fromEntries(Object.entries(item).filter(([name]) => !OWN_NAMES.has(name)));
  return {
    version: Number(item._v?.N ?? 0),
    deleted: item._deleted?.BOOL === true,
    value: fromAttributeValue({ M: attributes }) as JsonObject,
    ...(item._by?.S !== undefined && { actor: item._by.S }),
    ...(item._comment?.S !== undefined && { comment: item._comment.S }),
  };
}
