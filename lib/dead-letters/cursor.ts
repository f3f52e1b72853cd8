import { createHash } from 'node:crypto';
import * as z from 'zod';
import { InvalidInputError } from '../errors.ts';
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

/** Cursors of one queue's list; those of another queue are none of its own. */
export class Cursors {
  readonly #queueUrl: string;

  constructor(queueUrl: string) {
    this.#queueUrl = queueUrl;
  }

  /** The cursor that continues after a letter, whether or not that is still there by then. */
  after({ failedAt, id }: Position): string {
    const text = Buffer.from(JSON.stringify([failedAt, id])).toString('base64url');
    return `${text}.${this.#digest(text)}`;
  }

  /**
   * Reads a cursor.
   *
   * @throws {InvalidInputError} with path `cursor`
   */
  read(cursor: string): Position {
    const [text = '', digest, ...more] = cursor.split('.');
    try {
      if (digest !== this.#digest(text) || more.length > 0) throw new TypeError('no cursor of this list');
      const [failedAt, id] = position.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
      return { failedAt, id };
    } catch (cause) {
      throw new InvalidInputError('The cursor is none that this list has given.', 'cursor', { cause });
    }
  }

  /** No secret: it finds mistakes. Who makes a cursor up sees another part of a list that he may see anyway. */
  #digest(text: string): string {
    return createHash('sha256').update(`dead letters\0${this.#queueUrl}\0${text}`).digest('base64url').slice(0, 16);
  }
}
