import type { Change } from '../cache/write-request.ts';
import { InvalidInputError } from '../errors.ts';

/** In JSON text: an escape that no backslash before it makes harmless. */
const NUL = /(?<!\\)(?:\\\\)*\\u0000/;

/**
 * PostgreSQL keeps no U+0000 in text. What it would refuse is refused before it is acknowledged.
 *
 * @throws {InvalidInputError} naming the attribute
 */
export function checkWithoutNul(change: Change, comment: string | undefined): void {
  const attributes =
    change.op === 'put'
      ? change.attributes.map(({ name, json }) => ['value', name, json] as const)
      : change.op === 'patch'
        ? change.steps
        : [];
  for (const [where, name, text] of attributes) {
    if (name.includes('\0') || NUL.test(text)) throw refused(`${where}.${name}`);
  }
  if (comment?.includes('\0')) throw refused('comment');
}

function refused(path: string): InvalidInputError {
  return new InvalidInputError('Text with the character U+0000 cannot be stored in PostgreSQL.', path);
}
