/** Ways in which DynamoDB says no, and messages as if they had been received before. */
import { DynamoDBServiceException, ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
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
