import type { Logger } from '@aws-lambda-powertools/logger';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { Clients } from '../lib/clients.ts';

type AwsClients = Partial<Pick<Clients, 'sqs' | 'dynamodb'>> & { readonly lambda?: LambdaClient };
type Input = {
  readonly QueueUrl?: string;
  /** Of an event source mapping. */
  readonly UUID?: string;
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly RequestItems?: object;
  readonly Statements?: readonly { readonly Statement: string }[];
};

/**
 * Logs each call to SQS, DynamoDB and Lambda, by what is called and on which queue, table or event source mapping; never a payload or key. Where the
 * logger does not write DEBUG, nothing is added to the clients.
 */
export function logAwsCalls(clients: AwsClients, log: Pick<Logger, 'debug' | 'getLevelName'>): void {
  if (!['TRACE', 'DEBUG'].includes(log.getLevelName())) return;
  for (const service of ['sqs', 'dynamodb', 'lambda'] as const) {
    // The clients' stacks differ in their types only.
    (clients[service] as Clients['sqs'] | undefined)?.middlewareStack.add(
      (next, { commandName = '' }) =>
        (args) => {
          const { QueueUrl, UUID, TableName, IndexName, RequestItems = {}, Statements } = args.input as Input;
          // A statement has it as its first name in double quotes.
          const table = TableName ?? Object.keys(RequestItems)[0] ?? Statements?.[0]?.Statement.split('"')[1];
          const statements = Statements?.map(({ Statement }) => Statement.split(' ', 1)[0]);
          // Not `service`: that is the logger's own.
          log.debug('aws-call', {
            awsService: service,
            command: commandName.replace(/Command$/, ''),
            resource: QueueUrl ?? UUID ?? (IndexName ? `${table}/index/${IndexName}` : table),
            ...(statements && { statements: [...new Set(statements)] }),
          });
          return next(args);
        },
      // Outside the SDK's own retries: a call is logged once.
      { step: 'initialize', name: 'logAwsCalls' },
    );
  }
}
