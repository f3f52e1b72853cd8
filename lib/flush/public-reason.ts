import { ItemRefusedError, WriteBehindError } from '../errors.ts';

/**
 * Why an item could not be flushed, without anything of its value: what DynamoDB says of an item that it refuses may quote it.
 * The dead letter has the whole reason.
 */
export function publicReason(error: Error): string {
  if (error instanceof ItemRefusedError && error.cause instanceof Error) {
    return `${databaseOf(error)} refuses the item (${error.cause.name}).`;
  }
  return error instanceof WriteBehindError ? error.message : 'An unexpected error.';
}

/** Who refuses, which every refusal begins with. */
function databaseOf({ message }: ItemRefusedError): string {
  return message.startsWith('PostgreSQL ') ? 'PostgreSQL' : 'DynamoDB';
}
