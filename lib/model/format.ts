/**
 * The format that this version writes: of messages, of dead letters and of the entries in Valkey. The Lua scripts get it from here. What
 * is of format 1 has no number, so that it costs nothing: absent means 1.
 *
 * During a deployment, and after it was rolled back, two versions share queue and Valkey. So a version reads its own format, the one before
 * and the one after. It raises the number when it adds something, and may only add what the version before can do without: that passes
 * over it in a message, leaves it alone in an entry that it patches, and drops it from one that it replaces. (A field that is left alone and
 * then says nothing wrong, as an entry's `shape`, which names its version, needs no number.) Whatever the format, `format`, of an
 * entry also `version` and `persisted`, mean the same. (Decision 0031.)
 */
export const FORMAT: number = 1;

/** Whether this version reads what is of a format; what it does not read it leaves as it is. */
export function isReadable(format: number): boolean {
  return Math.abs(format - FORMAT) <= 1;
}

/** The formats that this version reads, in words. */
export const READABLE_FORMATS = `${Math.max(1, FORMAT - 1)} to ${FORMAT + 1}`;
