import { createHash } from 'node:crypto';
import { InvalidInputError } from '../errors.ts';

/**
 * Cursors of one list: a place in it as text. A cursor of another list, or one that was changed, is refused. No secret: this
 * finds mistakes. Who makes a cursor up sees another part of a list that he may see anyway.
 */
export class Cursors {
  readonly #list: string;

  /** @param list what tells the list from all others */
  constructor(list: string) {
    this.#list = list;
  }

  /** A cursor for a place. */
  encode(place: string): string {
    const text = Buffer.from(place).toString('base64url');
    return `${text}.${this.#digest(text)}`;
  }

  /**
   * The place of a cursor.
   *
   * @throws {InvalidInputError} with path `cursor`
   */
  decode(cursor: string): string {
    const [text = '', digest, ...more] = cursor.split('.');
    if (digest !== this.#digest(text) || more.length > 0) {
      throw new InvalidInputError('The cursor is none that this list has given.', 'cursor');
    }
    return Buffer.from(text, 'base64url').toString();
  }

  #digest(text: string): string {
    return createHash('sha256').update(`${this.#list}\0${text}`).digest('base64url').slice(0, 16);
  }
}
