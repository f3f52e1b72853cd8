import * as z from 'zod';
import { InvalidInputError } from '../errors.ts';
import type { Cursors } from '../model/cursor.ts';
import type { DeadLetter } from './types.ts';

/** Where a letter stands in the list. */
export type Position = Pick<DeadLetter, 'failedAt' | 'id'>;

const position = z.tuple([z.iso.datetime(), z.string()]);

/** Oldest failure first; ids tell apart what failed in the same millisecond. */
export function comparePositions(a: Position, b: Position): number {
  if (a.failedAt !== b.failedAt) return a.failedAt < b.failedAt ? -1 : 1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

/** The cursor that continues after a letter, whether or not that is still there by then. */
export function cursorAfter(cursors: Cursors, { failedAt, id }: Position): string {
  return cursors.encode(JSON.stringify([failedAt, id]));
}

/**
 * Reads a cursor.
 *
 * @throws {InvalidInputError} with path `cursor`
 */
export function positionOf(cursors: Cursors, cursor: string): Position {
  const text = cursors.decode(cursor);
  try {
    const [failedAt, id] = position.parse(JSON.parse(text));
    return { failedAt, id };
  } catch (cause) {
    throw new InvalidInputError('The cursor names no place in this list.', 'cursor', { cause });
  }
}
