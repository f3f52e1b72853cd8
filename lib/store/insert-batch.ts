import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { ItemRefusedError, type StoreUnavailableError } from '../errors.ts';
import { sendTo, unavailable } from './requests.ts';

/** What DynamoDB takes. */
const MAX_STATEMENTS = 25;
const MAX_STATEMENT_CHARACTERS = 8192;
/** Of an item's values. Beside a larger one its request costs little, and a batch stays far below the 16 MB of a request. */
const MAX_CHARACTERS = 65_536;

// Names stand in the statement as text, and users choose them: those that could mean something there are left to a put.
const PLAIN_NAME = /^[\w.:-]+$/;

/**
 * Errors of a statement after which a put decides: it finds out which version is there, or hears from DynamoDB what is wrong
 * with the item alone.
 */
const PUT_DECIDES: ReadonlySet<string> = new Set([
  'DuplicateItem',
  'ValidationError',
  'ItemCollectionSizeLimitExceeded',
]);

/** What became of items that were to be inserted. */
export interface Inserted {
  /** By key. An item that is not in here needs a put. */
  readonly answers: ReadonlyMap<string, 'stored' | StoreUnavailableError>;
  readonly requests: number;
}

interface Insert {
  readonly key: string;
  readonly statement: BatchStatementRequest;
}

/**
 * Stores items that the table should not have yet, up to 25 with one request. An `INSERT` never replaces an item, not even an
 * older version: it is stricter than the condition of a put.
 *
 * @param items by key, with all attributes
 */
export async function insertInBatches(
  client: DynamoDBClient,
  tableName: string,
  items: ReadonlyMap<string, Record<string, AttributeValue>>,
): Promise<Inserted> {
  const inserts = [...items].flatMap(([key, item]) => insertOf(key, item, tableName) ?? []);
  // For a single item a batch saves nothing.
  if (inserts.length < 2) return { answers: new Map(), requests: 0 };
  const batches = Array.from({ length: Math.ceil(inserts.length / MAX_STATEMENTS) }, (_, index) =>
    inserts.slice(index * MAX_STATEMENTS, (index + 1) * MAX_STATEMENTS),
  );
  const answers = await Promise.all(batches.map((batch) => send(client, batch)));
  return { answers: new Map(answers.flat()), requests: batches.length };
}

function insertOf(key: string, item: Record<string, AttributeValue>, tableName: string): Insert | undefined {
  const names = Object.keys(item);
  const Parameters = Object.values(item);
  const Statement = `INSERT INTO "${tableName}" VALUE {${names.map((name) => `'${name}':?`).join()}}`;
  if (!names.every((name) => PLAIN_NAME.test(name))) return undefined;
  if (Statement.length > MAX_STATEMENT_CHARACTERS) return undefined;
  if (JSON.stringify(Parameters).length > MAX_CHARACTERS) return undefined;
  return { key, statement: { Statement, Parameters } };
}

async function send(
  client: DynamoDBClient,
  inserts: readonly Insert[],
): Promise<[key: string, answer: 'stored' | StoreUnavailableError][]> {
  const command = new BatchExecuteStatementCommand({ Statements: inserts.map(({ statement }) => statement) });
  try {
    const { Responses = [] } = await sendTo('DynamoDB', () => client.send(command));
    return inserts.flatMap(({ key }, index) => {
      const response = Responses[index];
      const code = response?.Error && (response.Error.Code ?? 'unknown');
      if (!response || PUT_DECIDES.has(code ?? '')) return [];
      return [[key, code === undefined ? 'stored' : unavailable('DynamoDB', code, response.Error)]];
    });
  } catch (error) {
    // Some of what DynamoDB never takes in one item makes it refuse the whole batch.
    if (error instanceof ItemRefusedError) return [];
    return inserts.map(({ key }) => [key, error as StoreUnavailableError]);
  }
}
