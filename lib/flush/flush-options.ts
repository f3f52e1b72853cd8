import type { ItemSelection } from '../cache/indexes.ts';
import type { Config } from '../config.ts';
import { InvalidInputError } from '../errors.ts';
import { checkKey } from '../model/key.ts';
import { checkCollection, checkItemKey } from '../write/prepare.ts';

/** Which dirty items to store, and for how long. */
export interface FlushOptions {
  /** Only these items. @default all */
  readonly keys?: readonly string[];
  /** Instead of `keys`: only the items of this collection. @default all */
  readonly collection?: string;
  /** At most so many items. @default no limit */
  readonly limit?: number;
  /** For so long. @default 20,000 */
  readonly deadlineMs?: number;
}

/**
 * The items that are meant; `undefined` for all.
 *
 * @throws {InvalidInputError} {@link UnknownCollectionError}
 */
export function selectionOf({ keys, collection }: FlushOptions, config: Config): ItemSelection | undefined {
  if (keys && collection !== undefined) throw new InvalidInputError('Give keys or a collection, not both.', 'keys');
  if (keys) for (const key of keys) checkItemKey(key, config);
  if (collection?.includes('/')) throw new InvalidInputError('The name of a collection has no slash.', 'collection');
  if (collection !== undefined) checkCollection(checkKey(`${collection}/-`).collection, config);
  return keys ? { keys } : collection === undefined ? undefined : { collection };
}
