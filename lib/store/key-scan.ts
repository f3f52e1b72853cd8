import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { MappedTable } from './mapped-table.ts';
import { sendTo } from './requests.ts';
import type { KeyPage, KeyPages } from './store.ts';

/**
 * Finds the keys of a collection by scanning the table, which has no index by collection: all of it is read, and paid for, other
 * collections and attributes that are left out included.
 *
 * Keys only, and eventually consistent: what an item holds by now has to be read after its lease was taken, because an older state
 * that is cached as clean would be served for its whole time to live.
 */
export class KeyScan implements KeyPages {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #mapped: ReadonlyMap<string, MappedTable>;

  /** @param mapped tables of one's own, by collection */
  constructor(client: DynamoDBClient, tableName: string, mapped: ReadonlyMap<string, MappedTable> = new Map()) {
    this.#client = client;
    this.#tableName = tableName;
    this.#mapped = mapped;
  }

  /**
   * The keys in the next MB of the table, without those of deleted items; often none. It costs half a unit for each 4 KB that were looked at.
   *
   * @param from `next` of the page before; default: from the beginning
   * @throws {StoreUnavailableError} trying later helps; also where `dynamodb:Scan` is not allowed
   */
  async page(collection: string, from?: string): Promise<KeyPage> {
    const mapped = this.#mapped.get(collection);
    if (mapped) return mapped.keys(from);
    const { Items, LastEvaluatedKey, ConsumedCapacity } = await sendTo('DynamoDB', () =>
      this.#client.send(
        new ScanCommand({
          TableName: this.#tableName,
          ProjectionExpression: 'pk',
          FilterExpression: 'begins_with(pk, :prefix) AND attribute_not_exists(#deleted)',
          ExpressionAttributeNames: { '#deleted': '_deleted' },
          ExpressionAttributeValues: { ':prefix': { S: `${collection}/` } },
          ReturnConsumedCapacity: 'TOTAL',
          ...(from !== undefined && { ExclusiveStartKey: { pk: { S: from } } }),
        }),
      ),
    );
    return {
      keys: (Items ?? []).map((item) => item.pk!.S!),
      next: LastEvaluatedKey?.pk?.S,
      readUnits: ConsumedCapacity?.CapacityUnits ?? 0,
    };
  }
}
