/** Ways in which DynamoDB says no, and messages as if they had been received before. */
import {
  type BatchExecuteStatementCommandInput,
  type BatchExecuteStatementCommandOutput,
  type BatchStatementErrorCodeEnum,
  type DynamoDBClient,
  DynamoDBServiceException,
  ProvisionedThroughputExceededException,
} from '@aws-sdk/client-dynamodb';
import type { QueueMessage } from '../../lib/flush/flush-messages.ts';
import type { SeenRequest, WatchedClients } from './watched-clients.ts';

/** Whether a request puts one of these items. */
export function puts({ command, input }: SeenRequest, ...keys: readonly string[]): boolean {
  return command === 'PutItemCommand' && keys.includes(input.Item.pk.S);
}

/** What DynamoDB answers when it is asked for too much at once. */
export function throttled(): Error {
  return new ProvisionedThroughputExceededException({ message: 'too much', $metadata: {} });
}

/** What DynamoDB answers to an item that it will never take. */
export function refused(): Error {
  return new DynamoDBServiceException({
    name: 'ValidationException',
    $fault: 'client',
    message: 'Item size has exceeded the maximum allowed size',
    $metadata: {},
  });
}

/** From now on, statements of batches about these keys are answered with an error; the others reach the server. */
export function refuseStatements(
  client: DynamoDBClient,
  codes: ReadonlyMap<string, BatchStatementErrorCodeEnum>,
): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== 'BatchExecuteStatementCommand') return next(args);
        const { Statements = [] } = args.input as BatchExecuteStatementCommandInput;
        const errors = Statements.map(({ Parameters = [] }) =>
          Parameters.map(({ S = '' }) => codes.get(S)).find((code) => code !== undefined),
        );
        const sent = Statements.filter((_, index) => errors[index] === undefined);
        const result = await next({ ...args, input: { ...args.input, Statements: sent } });
        const output = result.output as BatchExecuteStatementCommandOutput;
        const answers = output.Responses!.values();
        const Responses = errors.map((Code) => (Code ? { Error: { Code } } : answers.next().value!));
        return { ...result, output: { ...output, Responses } };
      },
    { step: 'initialize', name: 'refuseStatements' },
  );
}

/** The same message, received for the nth time. */
export function receivedAgain<M extends QueueMessage>(message: M, receiveCount: number): M {
  return { ...message, receiveCount };
}

/** The waits that were set, by receipt handle, s. */
export function waits(clients: WatchedClients): { handle: string; seconds: number }[] {
  return clients.seen
    .filter(({ command }) => command === 'ChangeMessageVisibilityCommand')
    .map(({ input }) => ({ handle: input.ReceiptHandle, seconds: input.VisibilityTimeout }));
}
