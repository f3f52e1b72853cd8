import type { BatchStatementRequest, BatchStatementResponse, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { readStatement } from '../../test/support/statement.ts';

/** A request, or a statement of a batch, that writes one item, answered. */
export interface ItemWrite {
  readonly key: string;
  readonly version: number;
  /** When the answer came, ms since the epoch. */
  readonly at: number;
  /** Whether the table took it; else it had another version than was thought, and the request was paid for all the same. */
  readonly stored: boolean;
}

interface Put {
  readonly Item: { readonly pk: { readonly S: string }; readonly _v: { readonly N: string } };
}
interface Batch {
  readonly Statements: readonly BatchStatementRequest[];
}
interface BatchAnswer {
  readonly output: { readonly Responses: readonly BatchStatementResponse[] };
}

/** Requests that write nothing. */
const READS = ['GetItemCommand', 'BatchGetItemCommand', 'QueryCommand', 'ScanCommand', 'DescribeTableCommand'];

/**
 * Watches what a client writes, whoever uses it.
 *
 * @returns where each item write is added to as soon as it is answered
 * @throws from a request that writes otherwise than by PutItem and batches of statements: it could not be counted
 */
export function watchItemWrites(client: DynamoDBClient): ItemWrite[] {
  const writes: ItemWrite[] = [];
  const add = (write: { key: string; version: number }, stored: boolean) =>
    writes.push({ ...write, at: Date.now(), stored });
  const watch =
    (next: (args: unknown) => Promise<unknown>, { commandName = '' }: { commandName?: string }) =>
    async (args: { input: unknown }) => {
      if (READS.includes(commandName)) return next(args);
      const asked = writesOf(commandName, args.input);
      try {
        const answer = await next(args);
        const responses = commandName === 'PutItemCommand' ? [] : (answer as BatchAnswer).output.Responses;
        for (const [index, write] of asked.entries()) add(write, responses[index]?.Error === undefined);
        return answer;
      } catch (error) {
        for (const write of asked) add(write, false);
        throw error;
      }
    };
  client.middlewareStack.add(watch as never, { step: 'initialize', name: 'itemWrites' });
  return writes;
}

function writesOf(commandName: string, input: unknown): { key: string; version: number }[] {
  if (commandName === 'PutItemCommand') {
    const { pk, _v } = (input as Put).Item;
    return [{ key: pk.S, version: Number(_v.N) }];
  }
  if (commandName !== 'BatchExecuteStatementCommand')
    throw new Error(`${commandName} writes items that are not counted.`);
  return (input as Batch).Statements.map((statement) => {
    const { pk, _v } = readStatement(statement).item;
    return { key: pk!.S!, version: Number(_v!.N) };
  });
}
