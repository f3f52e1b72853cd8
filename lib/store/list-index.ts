import { crc32 } from 'node:zlib';

/** Name of the table's index that lists are read from; its items are the listable ones, and only their keys. */
export const LIST_INDEX = 'listing';
/** Attribute that is the index's partition key: `collection/number`. */
export const LIST_PARTITION = '_list';
/** Attribute that is its sort key: version of the write that created the item. */
export const CREATED = '_created';

/**
 * The partitions of the index that a collection is spread over: one alone takes about 1000 writes a second.
 *
 * @param count how many; while it only grows, all items are found
 */
export function listPartitions(collection: string, count: number): string[] {
  return Array.from({ length: count }, (_, number) => `${collection}/${number}`);
}

/** The partition of an item. */
export function listPartitionOf(key: string, count: number): string {
  return `${key.slice(0, key.indexOf('/'))}/${crc32(key) % count}`;
}
