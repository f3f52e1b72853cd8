import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { ItemRefusedError, StoreUnavailableError } from '../errors.ts';

/** Answers that mean "never", whatever is done about it; everything else is worth another try. */
const REFUSED: ReadonlySet<string> = new Set([
  'ValidationException',
  'ItemCollectionSizeLimitExceededException',
  'SerializationException',
]);

/**
 * Sends a request to a table, and says of its failure whether trying again can help. A failed condition is an answer, and
 * thrown as it is.
 *
 * @param table what it is called in errors
 * @throws {ItemRefusedError} DynamoDB will never take this
 * @throws {StoreUnavailableError} trying later helps
 * @throws {ConditionalCheckFailedException}
 */
export async function sendTo<T>(table: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) throw error;
    // Of the SDK on its way down: no write that was checked is nested so deep, but a damaged entry of Valkey may be.
    if (error instanceof RangeError) throw new ItemRefusedError('The item is nested too deep to be sent.');
    const { name = '', code = name } = error as { name?: string; code?: string };
    if (REFUSED.has(name)) {
      throw new ItemRefusedError(`${table} refuses the item: ${(error as Error).message}`, {}, { cause: error });
    }
    throw unavailable(table, code, error);
  }
}

/** The error for an answer that says: not now. */
export function unavailable(table: string, code: string, cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError(`${table} cannot be used now (${code}).`, {}, { cause });
}
