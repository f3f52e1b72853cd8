import { isDeepStrictEqual } from 'node:util';
import type { Image } from '../model/image.ts';
import type { JsonObject } from '../model/json.ts';

/** A change of an item in a table, as its stream tells it. */
export interface TableChange {
  /** Names the change; the same one when it is told again. */
  readonly id: string;
  /** `collection/id` */
  readonly key: string;
  /** What the table had before; `null` if nothing. */
  readonly before: Image | null;
  /** What it had then; `null` if nothing. */
  readonly after: Image | null;
  /** When, seconds since the epoch. */
  readonly atSeconds: number;
}

/**
 * Whether another program made a change. The cache gives each write a newer version than the item had; who does not know that leaves the
 * version as it was, takes it away, or brings back an older one. What has nothing to do with the cache is nobody's: attributes of a
 * shared item that are not the cache's, and a tombstone that DynamoDB forgets when its time is over.
 */
export function isForeign({ before, after }: TableChange): boolean {
  if (!after) return before !== null && !before.deleted;
  if (after.version > (before?.version ?? 0)) return false;
  return !(before && before.version === after.version && sameState(before, after));
}

/** Whether two states have the same value; that there is nothing, and that it was deleted, is the same. */
export function sameState(a: Image | null, b: Image | null): boolean {
  const isThere = (image: Image | null): image is Image => image !== null && !image.deleted;
  if (!isThere(a) || !isThere(b)) return isThere(a) === isThere(b);
  return isDeepStrictEqual(a.value, b.value);
}

/** The attributes that a change set, and those that it removed. */
export function attributesOf({ before, after }: TableChange): { set: JsonObject; remove: string[] } {
  const old = before?.value ?? {};
  const now = after?.value ?? {};
  const set = Object.entries(now).filter(
    ([name, value]) => !(Object.hasOwn(old, name) && isDeepStrictEqual(old[name], value)),
  );
  return { set: Object.fromEntries(set), remove: Object.keys(old).filter((name) => !Object.hasOwn(now, name)) };
}
