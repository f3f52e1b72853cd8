import {
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { ItemRefusedError, type StoreUnavailableError } from '../errors.ts';
import type { Item } from './item-format.ts';
import { sendTo, unavailable } from './requests.ts';

/** What DynamoDB takes. */
const MAX_STATEMENTS = 25;
const MAX_STATEMENT_CHARACTERS = 8192;
/** Of an item's values. Beside a larger one its request costs little, and a batch stays far below the 16 MB of a request. */
const MAX_CHARACTERS = 65_536;
/** Each is an operator of the update; DynamoDB takes 300. */
const MAX_UPDATED = 250;

// Names stand in the statement as text, and users choose them: those that could mean something there are left to a put.
const PLAIN_NAME = /^[\w.:-]+$/;
const PLAIN_IDENTIFIER = /^\w+$/;

/**
 * Errors of a statement after which a put decides: it finds out which version is there, or hears from DynamoDB what is wrong
 * with the item alone.
 */
const PUT_DECIDES: ReadonlySet<string> = new Set([
  'DuplicateItem',
  'ConditionalCheckFailed',
  'ValidationError',
  'ItemCollectionSizeLimitExceeded',
  // A role may put that has no right to statements, as in the middle of a deployment.
  'AccessDenied',
]);

/** Statements by the key of the item that each stores. */
export type Statements = ReadonlyMap<string, BatchStatementRequest>;

/** What became of items that were to be stored in batches. */
export interface BatchAnswers {
  /** By key. An item that is not in here needs a put. */
  readonly answers: ReadonlyMap<string, 'stored' | StoreUnavailableError>;
  readonly requests: number;
}

/** Stores an item that the table should not have yet: it never replaces one, not even an older version. */
export function insertStatement(tableName: string, item: Item): BatchStatementRequest | undefined {
  const names = Object.keys(item);
  if (!names.every((name) => PLAIN_NAME.test(name))) return undefined;
  const Statement = `INSERT INTO "${tableName}" VALUE {${names.map((name) => `'${name}':?`).join()}}`;
  return within({ Statement, Parameters: Object.values(item) });
}

/**
 * Stores an item over a version that has the same attributes, with other values: of one that has more, those would stay.
 *
 * @param over the version; over any other it fails
 */
export function updateStatement(tableName: string, item: Item, over: number): BatchStatementRequest | undefined {
  const { pk, ...attributes } = item;
  const names = Object.keys(attributes);
  if (names.length > MAX_UPDATED || !names.every((name) => PLAIN_IDENTIFIER.test(name))) return undefined;
  const Statement = `UPDATE "${tableName}" SET ${names.map((name) => `"${name}"=?`).join()} WHERE "pk"=? AND "_v"=?`;
  return within({ Statement, Parameters: [...Object.values(attributes), pk!, { N: String(over) }] });
}

function within(statement: BatchStatementRequest): BatchStatementRequest | undefined {
  if (statement.Statement!.length > MAX_STATEMENT_CHARACTERS) return undefined;
  return JSON.stringify(statement.Parameters).length > MAX_CHARACTERS ? undefined : statement;
}

/** Sends statements, by the key of their item, up to 25 with one request. */
export async function sendInBatches(client: DynamoDBClient, statements: Statements): Promise<BatchAnswers> {
  const all = [...statements];
  const batches = Array.from({ length: Math.ceil(all.length / MAX_STATEMENTS) }, (_, index) =>
    all.slice(index * MAX_STATEMENTS, (index + 1) * MAX_STATEMENTS),
  );
  const answers = await Promise.all(batches.map((batch) => send(client, batch)));
  return { answers: new Map(answers.flat()), requests: batches.length };
}

async function send(
  client: DynamoDBClient,
  batch: readonly (readonly [key: string, statement: BatchStatementRequest])[],
): Promise<[key: string, answer: 'stored' | StoreUnavailableError][]> {
  const command = new BatchExecuteStatementCommand({ Statements: batch.map(([, statement]) => statement) });
  try {
    const { Responses = [] } = await sendTo('DynamoDB', () => client.send(command));
    return batch.flatMap(([key], index) => {
      const response = Responses[index];
      const code = response?.Error && (response.Error.Code ?? 'unknown');
      if (!response || PUT_DECIDES.has(code ?? '')) return [];
      return [[key, code === undefined ? 'stored' : unavailable('DynamoDB', code, response.Error)]];
    });
  } catch (error) {
    // Some of what DynamoDB never takes in one item makes it refuse the whole batch.
    if (error instanceof ItemRefusedError || isDenied(error as StoreUnavailableError)) return [];
    return batch.map(([key]) => [key, error as StoreUnavailableError]);
  }
}

function isDenied({ cause }: StoreUnavailableError): boolean {
  return (cause as Error).name === 'AccessDeniedException';
}
