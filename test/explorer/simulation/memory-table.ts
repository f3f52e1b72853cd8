import {
  type AttributeValue,
  type BatchExecuteStatementCommandInput,
  type BatchStatementRequest,
  type BatchStatementResponse,
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  type GetItemCommandInput,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { readStatement } from '../../support/statement.ts';
import { holds } from './condition.ts';

/** An item as DynamoDB has it. */
export type TableItem = Readonly<Record<string, AttributeValue>>;

/** A table in memory that answers the requests of the product's store as DynamoDB does. */
export class MemoryTable {
  readonly items = new Map<string, TableItem>();
  /** Keys of items that it refuses for good, for now. */
  readonly refusing = new Set<string>();
  readonly #onPut: (key: string, item: TableItem) => void;

  /** @param onPut hears of every item that was stored */
  constructor(onPut: (key: string, item: TableItem) => void = () => undefined) {
    this.#onPut = onPut;
  }

  /** Answers a request at once. */
  answer(command: string, input: object): object {
    switch (command) {
      case 'GetItemCommand':
        return this.#get(input as GetItemCommandInput);
      case 'PutItemCommand':
        return this.#put(input as PutItemCommandInput);
      case 'BatchExecuteStatementCommand':
        return this.#batch(input as BatchExecuteStatementCommandInput);
      default:
        throw new Error(`The table in memory does not know ${command}.`);
    }
  }

  #get({ Key }: GetItemCommandInput): object {
    const Item = this.items.get(Key!.pk!.S!);
    return Item ? { Item } : {};
  }

  #batch({ Statements = [] }: BatchExecuteStatementCommandInput): object {
    return { Responses: Statements.map((statement) => this.#execute(statement)) };
  }

  #execute(statement: BatchStatementRequest): BatchStatementResponse {
    const { kind, item, over } = readStatement(statement);
    const key = item.pk!.S!;
    const old = this.items.get(key);
    if (this.refusing.has(key)) return { Error: { Code: 'ValidationError' } };
    if (kind === 'INSERT' && old) return { Error: { Code: 'DuplicateItem' } };
    if (kind === 'UPDATE' && (!old || (over && old._v?.N !== over.N)))
      return { Error: { Code: 'ConditionalCheckFailed' } };
    // An update leaves what it does not name.
    this.#set(key, { ...old, ...item });
    return {};
  }

  #set(key: string, item: TableItem): void {
    this.items.set(key, item);
    this.#onPut(key, item);
  }

  #put(input: PutItemCommandInput): object {
    const { Item, ConditionExpression, ExpressionAttributeNames = {}, ExpressionAttributeValues = {} } = input;
    const key = Item!.pk!.S!;
    if (this.refusing.has(key)) throw refusal();
    const old = this.items.get(key);
    if (
      ConditionExpression &&
      !holds(ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues, old ?? {})
    ) {
      const asked = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
      throw new ConditionalCheckFailedException({
        message: 'The conditional request failed',
        $metadata: {},
        ...(asked && old && { Item: old }),
      });
    }
    this.#set(key, Item!);
    return {};
  }
}

function refusal(): Error {
  return new DynamoDBServiceException({
    name: 'ValidationException',
    $fault: 'client',
    message: 'Item size has exceeded the maximum allowed size',
    $metadata: {},
  });
}
