import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { readJson } from '../model/json.ts';
import { sendTo } from '../store/requests.ts';
import { anyChangeSchema, type Change, changeFromJson, changeJson } from './change.ts';
import { groupsOf, SPAN_US } from './groups.ts';
import type { History } from './history.ts';

/** Items of one page that is read. */
const PAGE = 20;
const FIRST_OF_ALL = 0;

const stored = z.array(anyChangeSchema);

/**
 * The table of the history. An item of it holds the changes of one item between two flushes: `pk` is the item's key, `_v` the version of the
 * first change, `changes` all of them as JSON. What it once holds it holds for good: items are added, never replaced.
 */
export class HistoryStore implements History {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  constructor(client: DynamoDBClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  /**
   * Adds changes of one item, each once: those that an earlier attempt has stored under the same first version are left out.
   *
   * @throws {StoreUnavailableError}
   */
  async add(key: string, changes: readonly Change[]): Promise<void> {
    for (const group of groupsOf(changes)) {
      let missing: readonly Change[] = group;
      while (missing.length > 0) {
        const there = await this.#put(key, missing);
        missing = there ? without(missing, there) : [];
      }
    }
  }

  /**
   * Adds changes that may be in the history under any version: those that came by messages.
   *
   * @throws {StoreUnavailableError}
   */
  async addMissing(key: string, changes: readonly Change[]): Promise<void> {
    // Each for itself: they need not have been neighbours.
    await Promise.all(
      changes.map(async (change) => {
        if (!(await this.#has(key, change))) await this.add(key, [change]);
      }),
    );
  }

  /**
   * Reads changes before a version, newest first; no change of these versions is missing.
   *
   * @returns at least `limit` changes, unless there are no more
   * @throws {StoreUnavailableError}
   */
  async before(key: string, version: number, limit: number): Promise<{ changes: Change[]; complete: boolean }> {
    const found = new Map<number, Change>();
    let changes: Change[];
    let next: Record<string, AttributeValue> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await this.#query(key, FIRST_OF_ALL, version - 1, PAGE, next);
      next = LastEvaluatedKey;
      for (const change of Items.flatMap(changesOf)) if (change.version < version) found.set(change.version, change);
      // Items that were not read yet begin before this one, and reach no further than a span beyond their beginning.
      const safe = next ? Number(Items.at(-1)?._v?.N ?? 0) + SPAN_US : 0;
      changes = [...found.values()].filter((change) => change.version >= safe).sort(newestFirst);
    } while (next && changes.length < limit);
    return { changes, complete: !next };
  }

  /** Puts a group under its first version; where there is one already, nothing changes and its changes are returned. */
  async #put(key: string, changes: readonly Change[]): Promise<Change[] | undefined> {
    const [first] = changes;
    try {
      await sendTo('The history', () =>
        this.#client.send(
          new PutItemCommand({
            TableName: this.#tableName,
            Item: {
              pk: { S: key },
              _v: { N: String(first!.version) },
              changes: { S: JSON.stringify(changes.map(changeJson)) },
            },
            ConditionExpression: 'attribute_not_exists(pk)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      return undefined;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return changesOf(error.Item ?? {});
      throw error;
    }
  }

  /** Looks from its own version back: what was recorded once is nearly always in the first item. */
  async #has(key: string, { version }: Change): Promise<boolean> {
    let next: Record<string, AttributeValue> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await this.#query(key, version - SPAN_US, version, 1, next);
      if (Items.flatMap(changesOf).some((change) => change.version === version)) return true;
      next = LastEvaluatedKey;
    } while (next);
    return false;
  }

  #query(key: string, from: number, to: number, limit: number, next: Record<string, AttributeValue> | undefined) {
    return sendTo('The history', () =>
      this.#client.send(
        new QueryCommand({
          TableName: this.#tableName,
          KeyConditionExpression: 'pk = :key AND #first BETWEEN :from AND :to',
          ExpressionAttributeNames: { '#first': '_v' },
          ExpressionAttributeValues: { ':key': { S: key }, ':from': { N: String(from) }, ':to': { N: String(to) } },
          ScanIndexForward: false,
          ConsistentRead: true,
          Limit: limit,
          ...(next && { ExclusiveStartKey: next }),
        }),
      ),
    );
  }
}

function changesOf(item: Record<string, AttributeValue>): Change[] {
  return stored.parse(readJson(item.changes?.S ?? '[]')).map(changeFromJson);
}

function without(changes: readonly Change[], others: readonly Change[]): Change[] {
  const versions = new Set(others.map(({ version }) => version));
  return changes.filter(({ version }) => !versions.has(version));
}

/** Orders changes by version, the newest first. */
export function newestFirst(a: Change, b: Change): number {
  return b.version - a.version;
}
