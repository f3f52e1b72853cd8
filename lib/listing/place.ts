import { InvalidInputError } from '../errors.ts';
import type { Cursors } from '../model/cursor.ts';

/** Where an item stands in the list of its collection. */
export interface Place {
  /** Version of the write that created the item. */
  readonly created: number;
  readonly key: string;
}

/** Before every other place. */
export const TOP: Place = { created: Number.MAX_SAFE_INTEGER, key: '' };

/** Orders places, the newest first; those of one microsecond by key. */
export function newestFirst(a: Place, b: Place): number {
  return b.created - a.created || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}

/** A cursor that continues after a place. */
export function cursorAfter(cursors: Cursors, { created, key }: Place): string {
  return cursors.encode(`${created} ${key}`);
}

/**
 * The place that a cursor continues after.
 *
 * @throws {InvalidInputError} with path `cursor`
 */
export function placeOf(cursors: Cursors, cursor: string): Place {
  const text = cursors.decode(cursor);
  const [, created, key] = /^(\d+) (.*)$/s.exec(text) ?? [];
  if (key === undefined || !Number.isSafeInteger(Number(created))) {
    throw new InvalidInputError('The cursor names no place in this list.', 'cursor');
  }
  return { created: Number(created), key };
}
