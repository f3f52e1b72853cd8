import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { InvalidInputError, ItemRefusedError } from '../errors.ts';
import { type Image, timeOf } from '../model/image.ts';
import type { JsonObject } from '../model/json.ts';
import { checkKey } from '../model/key.ts';
import { storedVersion } from '../model/version.ts';
import type { TableMapping } from '../tables/table-mapping.ts';
import { fromAttributeValue, toAttributeValue } from './attribute-values.ts';
import { sendTo } from './requests.ts';
import type { KeyPage, Stored } from './store.ts';

type Item = Record<string, AttributeValue>;
const DAY_SECONDS = 86_400;

/**
 * A collection in a table of one's own: the same conditional, versioned writes (rule 5) and consistent reads, under the names and
 * with the keys of the mapping. Where attributes are shared, an item's value is the cache's share of it, and no request
 * names an attribute of anybody else.
 */
export class MappedTable {
  readonly mapping: TableMapping;
  readonly #client: DynamoDBClient;
  readonly #collection: string;
  readonly #tombstoneSeconds: number;

  constructor(client: DynamoDBClient, collection: string, mapping: TableMapping, tombstoneDays: number) {
    this.#client = client;
    this.#collection = collection;
    this.mapping = mapping;
    this.#tombstoneSeconds = tombstoneDays * DAY_SECONDS;
  }

  /**
   * Reads an item, consistently; `null` if there is none and no tombstone.
   *
   * @throws {InvalidInputError} the id has no key in the table
   * @throws {StoreUnavailableError}
   */
  async get(key: string): Promise<Image | null> {
    const Key = this.mapping.keyOf(checkKey(key).id);
    const { Item } = await sendTo('DynamoDB', () =>
      this.#client.send(new GetItemCommand({ TableName: this.#tableName, Key, ConsistentRead: true })),
    );
    return Item ? this.imageOf(Item) : null;
  }

  /**
   * Stores an image unless the table has that version or a newer one.
   *
   * @throws {ItemRefusedError} DynamoDB will never take it, or the mapping does not
   * @throws {StoreUnavailableError} trying later helps
   */
  async put(key: string, image: Image): Promise<Stored> {
    const id = this.#checked(key, image);
    try {
      await sendTo('DynamoDB', () => this.#send(id, image));
      return { version: image.version, written: true };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { version: this.#versionThere(error.Item ?? {}), written: false };
    }
  }

  /**
   * The keys in the next MB of the table, without those of deleted items and of others than this collection.
   *
   * @param from `next` of the page before; default: from the beginning
   * @throws {StoreUnavailableError} trying later helps; also where `dynamodb:Scan` is not allowed
   */
  async keys(from?: string): Promise<KeyPage> {
    const { deletedAttribute } = this.mapping.settings;
    const names = this.mapping.keyNames.map((name, index) => [`#key${index}`, name] as const);
    const { Items, LastEvaluatedKey, ConsumedCapacity } = await sendTo('DynamoDB', () =>
      this.#client.send(
        new ScanCommand({
          TableName: this.#tableName,
          ProjectionExpression: names.map(([alias]) => alias).join(),
          ExpressionAttributeNames: Object.fromEntries([
            ...names,
            ...(deletedAttribute === undefined ? [] : [['#deleted', deletedAttribute] as const]),
          ]),
          ...(deletedAttribute !== undefined && { FilterExpression: 'attribute_not_exists(#deleted)' }),
          ReturnConsumedCapacity: 'TOTAL',
          ...(from !== undefined && { ExclusiveStartKey: JSON.parse(from) }),
        }),
      ),
    );
    return {
      keys: (Items ?? []).flatMap((item) => this.keyOf(item) ?? []),
      next: LastEvaluatedKey && JSON.stringify(LastEvaluatedKey),
      readUnits: ConsumedCapacity?.CapacityUnits ?? 0,
    };
  }

  /** The key in the cache of an item of the table; `undefined` for one that is not of this collection. */
  keyOf(item: Item): string | undefined {
    const id = this.mapping.idOf(item);
    return id === undefined ? undefined : `${this.#collection}/${id}`;
  }

  /** What an item of the table is to the cache. */
  imageOf(item: Item): Image {
    const { versionAttribute, deletedAttribute, actorAttribute, commentAttribute } = this.mapping.settings;
    const deleted = deletedAttribute !== undefined && item[deletedAttribute]?.BOOL === true;
    const actor = textOf(item, actorAttribute);
    const comment = textOf(item, commentAttribute);
    return {
      version: storedVersion(item[versionAttribute]?.N) ?? 0,
      deleted,
      value: deleted ? {} : this.#valueOf(item),
      ...(actor !== undefined && { actor }),
      ...(comment !== undefined && { comment }),
    };
  }

  get #tableName(): string {
    return this.mapping.settings.name!;
  }

  #valueOf(item: Item): JsonObject {
    const { reservedNames, sharedNames } = this.mapping;
    const names = sharedNames?.filter((name) => Object.hasOwn(item, name)) ?? Object.keys(item);
    const own = names.filter((name) => !reservedNames.has(name)).map((name) => [name, item[name]!] as const);
    return fromAttributeValue({ M: Object.fromEntries(own) }) as JsonObject;
  }

  /** The id. What was acknowledged under other settings, or forged, must not be stored wrongly. */
  #checked(key: string, { value, deleted }: Image): string {
    const { id } = checkKey(key);
    try {
      this.mapping.keyOf(id);
      if (deleted) this.mapping.checkDelete();
      for (const name of Object.keys(value)) this.mapping.checkName(name, name);
      return id;
    } catch (cause) {
      if (!(cause instanceof InvalidInputError)) throw cause;
      throw new ItemRefusedError(`The table of the collection cannot have the item: ${cause.message}`, {}, { cause });
    }
  }

  #send(id: string, image: Image): Promise<unknown> {
    const { partitionKey, versionAttribute, unversioned } = this.mapping.settings;
    // An item without a version is as if it were not there, or, where writes to it are refused, as if it were newer.
    const names: Record<string, string> = { '#version': versionAttribute };
    if (unversioned === 'refused') names['#there'] = partitionKey.name;
    const condition = {
      TableName: this.#tableName,
      ConditionExpression: `attribute_not_exists(${unversioned === 'refused' ? '#there' : '#version'}) OR #version < :version`,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    } as const;
    const values = { ':version': { N: String(image.version) } };
    const Key = this.mapping.keyOf(id);
    const attributes = this.#attributesOf(image);
    if (!this.mapping.sharedNames) {
      return this.#client.send(
        new PutItemCommand({
          ...condition,
          Item: { ...attributes, ...Key },
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: values,
        }),
      );
    }
    const update = this.#updateOf(attributes);
    return this.#client.send(
      new UpdateItemCommand({
        ...condition,
        Key,
        UpdateExpression: update.expression,
        ExpressionAttributeNames: { ...names, ...update.names },
        ExpressionAttributeValues: { ...values, ...update.values },
      }),
    );
  }

  /** Everything of an item but its key. */
  #attributesOf({ version, deleted, value, actor, comment }: Image): Item {
    const { settings } = this.mapping;
    const expires = Math.floor(version / 1e6) + this.#tombstoneSeconds;
    const own: [name: string | undefined, value: AttributeValue | undefined][] = [
      [settings.versionAttribute, { N: String(version) }],
      [settings.timeAttribute, { S: timeOf(version) }],
      [settings.actorAttribute, actor === undefined ? undefined : { S: actor }],
      [settings.commentAttribute, comment === undefined ? undefined : { S: comment }],
      [settings.deletedAttribute, deleted ? { BOOL: true } : undefined],
      [settings.expiresAttribute, deleted ? { N: String(expires) } : undefined],
    ];
    return Object.fromEntries([
      ...Object.entries(value).map(([name, each]) => [name, toAttributeValue(each)] as const),
      ...own.flatMap(([name, each]) => (name !== undefined && each ? [[name, each] as const] : [])),
    ]);
  }

  /** Sets these attributes, and removes those of the cache that are not among them. */
  #updateOf(attributes: Item): { expression: string; names: Record<string, string>; values: Item } {
    const { sharedNames = [], reservedNames, keyNames } = this.mapping;
    const owned = [...sharedNames, ...reservedNames].filter((name) => !keyNames.includes(name));
    const aliases = owned.map((name, index) => ({
      name,
      alias: `#a${index}`,
      value: attributes[name],
      of: `:a${index}`,
    }));
    const set = aliases.filter(({ value }) => value);
    const gone = aliases.filter(({ value }) => !value);
    return {
      expression: [
        `SET ${set.map(({ alias, of }) => `${alias}=${of}`).join()}`,
        ...(gone.length > 0 ? [`REMOVE ${gone.map(({ alias }) => alias).join()}`] : []),
      ].join(' '),
      names: Object.fromEntries(aliases.map(({ alias, name }) => [alias, name])),
      values: Object.fromEntries(set.map(({ of, value }) => [of, value!])),
    };
  }

  /** @throws {ItemRefusedError} there is no version, or none that ours ever gets past */
  #versionThere(item: Item): number {
    const { versionAttribute } = this.mapping.settings;
    const version = storedVersion(item[versionAttribute]?.N);
    if (version !== undefined) return version;
    throw new ItemRefusedError(
      item[versionAttribute]
        ? `Another program gave the stored item a ${versionAttribute} that is no version. Remove that attribute from the table, then redrive.`
        : `Another program stored the item without a version, and the setting unversioned is "refused". Give it a ${versionAttribute} of 0, then redrive.`,
    );
  }
}

function textOf(item: Item, name: string | undefined): string | undefined {
  return name === undefined ? undefined : item[name]?.S;
}
