import { type Change, changeJson } from './change.ts';

/**
 * The versions of one group lie within this, µs. It bounds how far back one has to look to be sure that a version is not in the
 * history, or that none is missing.
 */
export const SPAN_US = 60_000_000;

/** A group's changes have no more text than this, but for one that is larger by itself; DynamoDB takes items of 400 KiB. */
export const MAX_GROUP_BYTES: number = 40 * 1024;

/** Cuts changes, ordered by version, into what one item of the history holds. The cuts depend on the first change alone. */
export function groupsOf(changes: readonly Change[]): Change[][] {
  const groups: Change[][] = [];
  let bytes = 0;
  for (const change of changes) {
    const size = Buffer.byteLength(JSON.stringify(changeJson(change)));
    const group = groups.at(-1);
    if (group && bytes + size <= MAX_GROUP_BYTES && change.version - group[0]!.version <= SPAN_US) {
      group.push(change);
      bytes += size;
    } else {
      groups.push([change]);
      bytes = size;
    }
  }
  return groups;
}
