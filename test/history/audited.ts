import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { Keys } from '../../lib/cache/keys.ts';
import type { HistoryEntry } from '../../lib/history/history-reader.ts';
import { type System, startSystem } from '../support/system.ts';

/** A system whose collections `gates` and `big` are audited, and ways to look at their history. */
export interface Audited extends System {
  /** A key that no other test uses. */
  freshKey(collection?: string): string;
  /** Length of the log of changes in Valkey. */
  logOf(key: string): Promise<number>;
  /** The items of the history as a plain DynamoDB client sees them. */
  recorded(key: string): Promise<{ pk: string; _v: number; changes: string }[]>;
  /** All of the history, read in pages. */
  whole(key: string, limit?: number): Promise<HistoryEntry[]>;
}

/** Starts an audited system for the tests of a file. */
export async function startAudited(): Promise<Audited> {
  const system = await startSystem({ settings: { collections: { gates: { audited: true }, big: { audited: true } } } });
  let count = 0;
  return {
    ...system,
    freshKey: (collection = 'gates') => `${collection}/${++count}`,
    logOf: (key) => system.redis.llen(new Keys(system.config.shards).of(key).log),
    async recorded(key) {
      const { Items = [] } = await DynamoDBDocumentClient.from(system.dynamodb).send(
        new QueryCommand({
          TableName: system.config.endpoints.historyTableName,
          KeyConditionExpression: 'pk = :key',
          ExpressionAttributeValues: { ':key': key },
        }),
      );
      return Items as { pk: string; _v: number; changes: string }[];
    },
    async whole(key, limit = 1000) {
      const all: HistoryEntry[] = [];
      let cursor: string | undefined;
      do {
        const page = await system.cache.history(key, { limit, ...(cursor && { cursor }) });
        all.push(...page.history);
        cursor = page.cursor;
      } while (cursor);
      return all;
    },
  };
}

/** The versions of what has one. */
export const versions = (entries: readonly { version: number }[]) => entries.map(({ version }) => version);
