/** The product's own clients, with every request to SQS and DynamoDB seen before it is sent and before it is answered. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { type Clients, createClients } from '../../lib/clients.ts';
import type { Config } from '../../lib/config.ts';

/** A request, as `GetItemCommand` and its input. */
export interface SeenRequest {
  readonly command: string;
  // biome-ignore lint/suspicious/noExplicitAny: the input of any command of two clients
  readonly input: any;
}

export interface Watch {
  /** Runs before a request is sent; what it throws is the request's answer. */
  readonly before?: (request: SeenRequest) => unknown;
  /** Runs when the answer is there; the caller gets it afterwards. */
  readonly after?: (request: SeenRequest) => unknown;
}

export interface WatchedClients extends Clients {
  /** Every request so far, refused ones included. */
  readonly seen: SeenRequest[];
  /** How many requests of this kind there were, such as `GetItem`. */
  count(command: string): number;
}

export function watchedClients(config: Config, { before, after }: Watch = {}): WatchedClients {
  const clients = createClients(config);
  const seen: SeenRequest[] = [];
  for (const client of [clients.sqs, clients.dynamodb]) {
    watch(client, async (request, send) => {
      seen.push(request);
      await before?.(request);
      const answer = await send();
      await after?.(request);
      return answer;
    });
  }
  return {
    ...clients,
    seen,
    count: (command) => seen.filter((request) => request.command === `${command}Command`).length,
  };
}

function watch<T>(
  client: SQSClient | DynamoDBClient,
  around: (request: SeenRequest, send: () => Promise<T>) => Promise<T>,
) {
  // biome-ignore lint/suspicious/noExplicitAny: the two clients' stacks have no common type
  (client.middlewareStack as any).add(
    (next: (args: { input: unknown }) => Promise<T>, context: { commandName: string }) => (args: { input: unknown }) =>
      around({ command: context.commandName, input: args.input }, () => next(args)),
    // The first step, outside the SDK's own retries: a request is seen once.
    { step: 'initialize', name: 'watch' },
  );
}
