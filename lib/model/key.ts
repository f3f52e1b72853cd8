import { InvalidInputError } from '../errors.ts';

/** Longest collection name and id, bytes of UTF-8. */
export const MAX_COLLECTION_BYTES = 255;
export const MAX_ID_BYTES = 512;
/** Longest actor, in characters (code points), and comment, in bytes of UTF-8. */
export const MAX_ACTOR_CHARACTERS = 256;
export const MAX_COMMENT_BYTES = 1024;

/** The two parts of a key. */
export interface KeyParts {
  readonly collection: string;
  readonly id: string;
}

/**
 * Splits `collection/id` at the first slash, so an id may hold slashes. Both parts may hold anything but NUL and unpaired surrogates: a
 * collection 1–255 bytes of UTF-8, an id 1–512.
 *
 * @throws {InvalidInputError} with path `key`, `collection` or `id`
 */
export function checkKey(key: string): KeyParts {
  if (typeof key !== 'string') throw new InvalidInputError('The key must be a string.', 'key');
  const slash = key.indexOf('/');
  if (slash < 0) throw new InvalidInputError('The key must be collection/id.', 'key');
  const collection = key.slice(0, slash);
  const id = key.slice(slash + 1);
  checkPart(collection, 'collection', MAX_COLLECTION_BYTES);
  checkPart(id, 'id', MAX_ID_BYTES);
  return { collection, id };
}

function checkPart(part: string, path: 'collection' | 'id', maxBytes: number): void {
  const bytes = Buffer.byteLength(part);
  if (bytes < 1 || bytes > maxBytes) {
    throw new InvalidInputError(`The ${path} has ${bytes} bytes, allowed are 1 to ${maxBytes}.`, path);
  }
  if (part.includes('\0')) throw new InvalidInputError(`The ${path} has a NUL character.`, path);
  if (!part.isWellFormed()) throw new InvalidInputError(`The ${path} has an unpaired surrogate.`, path);
}

/** What an actor may not hold: what breaks or reorders a line would let one name look like another wherever it is shown. */
const MISLEADING = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/**
 * Checks who writes and why, as a caller says it: an actor of at most 256 characters, in one line that reads as it is written (no
 * control characters, line or paragraph separators, or controls of the text's direction); a comment of at most 1024 bytes of UTF-8, any text.
 *
 * @throws {InvalidInputError} with path `actor` or `comment`
 */
export function checkAuthor(actor?: string, comment?: string): void {
  checkAuthorText(actor, comment);
  if (actor !== undefined) {
    if (MISLEADING.test(actor)) {
      throw new InvalidInputError(
        'The actor has a control character, or one that separates lines or turns text.',
        'actor',
      );
    }
    // Code points are counted only where UTF-16 units leave a doubt.
    if (actor.length > MAX_ACTOR_CHARACTERS && characters(actor) > MAX_ACTOR_CHARACTERS) {
      throw new InvalidInputError(`The actor is over ${MAX_ACTOR_CHARACTERS} characters.`, 'actor');
    }
  }
  if (comment !== undefined && Buffer.byteLength(comment) > MAX_COMMENT_BYTES) {
    throw new InvalidInputError(`The comment is over ${MAX_COMMENT_BYTES} bytes.`, 'comment');
  }
}

/**
 * Checks only that who and why are text. So much is asked of what was acknowledged already: a rule that became stricter since must
 * not keep it from being stored.
 *
 * @throws {InvalidInputError} with path `actor` or `comment`
 */
export function checkAuthorText(actor?: string, comment?: string): void {
  if (actor !== undefined) checkString(actor, 'actor');
  if (comment !== undefined) checkString(comment, 'comment');
}

function checkString(text: string, path: 'actor' | 'comment'): void {
  if (typeof text !== 'string') throw new InvalidInputError(`The ${path} must be a string.`, path);
  if (!text.isWellFormed()) throw new InvalidInputError(`The ${path} has an unpaired surrogate.`, path);
}

function characters(text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF]/g)?.length ?? 0);
}
