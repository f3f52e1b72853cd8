import {
  type AttributeValue,
  type BatchExecuteStatementCommandOutput,
  type BatchStatementRequest,
  type DynamoDBClient,
  InternalServerError,
} from '@aws-sdk/client-dynamodb';
import { type Clients, createClients } from '../../lib/clients.ts';
import type { Config } from '../../lib/config.ts';
import { readStatement } from '../../test/support/statement.ts';
import type { Gauge } from './gauge.ts';

/** Name of the table, and of the collection whose items go there. */
export const TABLE = 'items';
const PREFIX = `${TABLE}/`;

/** Key by which write-behind knows an item, from the key of its row. */
export function itemKey(name: string): string {
  return PREFIX + name;
}

/** The product's own clients; the one for DynamoDB names the rows as the comparison wants it, and is gauged. */
export function peerClients(config: Config, gauge: Gauge): Clients {
  const clients = createClients(config);
  nameRowsWithoutCollection(clients.dynamodb);
  gaugeRequests(clients.dynamodb, gauge);
  return clients;
}

interface Keyed {
  readonly pk?: AttributeValue;
}
interface Input {
  readonly Item?: Keyed;
  readonly Key?: Keyed;
  readonly Statements?: readonly BatchStatementRequest[];
}

/**
 * write-behind calls a row `collection/id`; here all items are of one collection, and their rows have the bare id. Conditions, versions
 * and answers stay as they are. A command of which this does not know where its key stands must not write a row of another name.
 */
function nameRowsWithoutCollection(client: DynamoDBClient): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        const input = args.input as Input;
        if (commandName === 'PutItemCommand')
          return next({ ...args, input: { ...input, Item: renamed(input.Item) } as never });
        if (commandName === 'BatchExecuteStatementCommand')
          return next({ ...args, input: { ...input, Statements: input.Statements!.map(renamedIn) } as never });
        if (commandName === 'GetItemCommand')
          return next({ ...args, input: { ...input, Key: renamed(input.Key) } as never });
        throw new TypeError(`The peer does not know how ${commandName} names its rows.`);
      },
    { step: 'initialize', name: 'nameRowsWithoutCollection' },
  );
}

function renamed(row: Keyed | undefined): { readonly pk: AttributeValue } {
  const key = row?.pk?.S ?? '';
  if (!key.startsWith(PREFIX)) throw new TypeError(`${JSON.stringify(key)} is of another collection than ${TABLE}.`);
  return { ...row, pk: { S: key.slice(PREFIX.length) } };
}

function renamedIn(statement: BatchStatementRequest): BatchStatementRequest {
  const { item, keyAt } = readStatement(statement);
  return { ...statement, Parameters: statement.Parameters!.with(keyAt, renamed({ pk: item.pk! }).pk) };
}

/** Counts every request that would go out, those of the SDK's own retries too, and lets them fail while the store is to fail. */
function gaugeRequests(client: DynamoDBClient, gauge: Gauge): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        gauge.countCall();
        if (gauge.failsNow()) {
          throw new InternalServerError({ message: 'The store throws.', $metadata: { httpStatusCode: 500 } });
        }
        const result = await next(args);
        if (commandName === 'PutItemCommand') gauge.countItems(1);
        if (commandName === 'BatchExecuteStatementCommand') {
          const { Responses = [] } = result.output as BatchExecuteStatementCommandOutput;
          gauge.countItems(Responses.filter((response) => !response.Error).length);
        }
        return result;
      },
    // Low runs next to the network, within the SDK's retries.
    { step: 'finalizeRequest', priority: 'low', name: 'gaugeRequests' },
  );
}
