import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** A request that writes one item, answered. */
export interface ItemWrite {
  readonly key: string;
  readonly version: number;
  /** When the answer came, ms since the epoch. */
  readonly at: number;
  /** Whether the table took it; else it had that version or a newer one, and the request was paid for all the same. */
  readonly stored: boolean;
}

interface Put {
  readonly input: { readonly Item: { readonly pk: { readonly S: string }; readonly _v: { readonly N: string } } };
}

/** Requests that write nothing. */
const READS = ['GetItemCommand', 'BatchGetItemCommand', 'QueryCommand', 'ScanCommand', 'DescribeTableCommand'];

/**
 * Watches what a client writes, whoever uses it.
 *
 * @returns where each item write is added to as soon as it is answered
 * @throws from a request that writes otherwise than by PutItem: it could not be counted
 */
export function watchItemWrites(client: DynamoDBClient): ItemWrite[] {
  const writes: ItemWrite[] = [];
  const watch =
    (next: (put: Put) => Promise<unknown>, { commandName = '' }: { commandName?: string }) =>
    async (put: Put) => {
      if (READS.includes(commandName)) return next(put);
      if (commandName !== 'PutItemCommand') throw new Error(`${commandName} writes items that are not counted.`);
      const { pk, _v } = put.input.Item;
      const add = (stored: boolean) => writes.push({ key: pk.S, version: Number(_v.N), at: Date.now(), stored });
      try {
        const answer = await next(put);
        add(true);
        return answer;
      } catch (error) {
        add(false);
        throw error;
      }
    };
  client.middlewareStack.add(watch as never, { step: 'initialize', name: 'itemWrites' });
  return writes;
}
