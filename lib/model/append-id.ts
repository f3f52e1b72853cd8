import { decodeTime, monotonicFactory } from 'ulid';

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** A write this long after its id was made is not taken for the append any more. */
const APPEND_MS = 60_000;

/** Makes the id of an append: a ULID, ordered by time. */
export const nextAppendId: () => string = monotonicFactory();

/**
 * Whether a version of an item is probably an append: its id is a ULID, made about when the version was. A guess that nothing
 * may rely on, because ids of this form can be chosen by users, too.
 */
export function isAppend(key: string, version: number): boolean {
  const id = key.slice(key.indexOf('/') + 1);
  return ULID.test(id) && Math.abs(version / 1000 - decodeTime(id)) < APPEND_MS;
}
