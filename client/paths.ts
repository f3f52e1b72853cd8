/**
 * Path of an item; its collection ends at the first slash.
 *
 * @throws {TypeError} the key is none, or cannot stand in a path
 */
export function itemPath(key: string): string {
  const slash = key.indexOf('/');
  if (slash < 1) throw new TypeError(`The key must be collection/id, got ${JSON.stringify(key)}.`);
  return `/items/${segment(key.slice(0, slash))}/${segment(key.slice(slash + 1))}`;
}

/**
 * A part of a path. URLs have no way to write one of a dot or two: they name another path, of another item or of none.
 *
 * @throws {TypeError}
 */
export function segment(text: string): string {
  if (text === '.' || text === '..')
    throw new TypeError(`${JSON.stringify(text)} cannot stand in a path; use a batch.`);
  return encodeURIComponent(text);
}
