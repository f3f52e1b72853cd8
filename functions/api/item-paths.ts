import { InvalidInputError } from '../../lib/errors.ts';
import type { Call } from './route.ts';

/** Problems of everything that reads an item. */
export const READ_PROBLEMS = ['invalid-input', 'unknown-collection', 'cache-unavailable', 'store-unavailable'];

/**
 * The collection that a path names.
 *
 * @throws {InvalidInputError}
 */
export function collectionOf({ params }: Call): string {
  const collection = params.collection ?? '';
  // A key ends its collection at the first slash: with one inside, this path would name an item of another collection.
  if (collection.includes('/')) throw new InvalidInputError('A collection name holds no slash.', 'collection');
  return collection;
}

/** The key of the item that a path names. Throws as {@link collectionOf}. */
export const keyOf = (call: Call) => `${collectionOf(call)}/${call.params.id}`;
