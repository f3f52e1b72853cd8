import type { JsonObject } from './json.ts';

/** The state of an item as it travels to the queue and the store. */
export interface Image {
  /** µs since the epoch; 0 for an item that another program stored without a version. */
  readonly version: number;
  /** Whether this is a tombstone; its value is empty. */
  readonly deleted: boolean;
  readonly value: JsonObject;
  readonly actor?: string;
  readonly comment?: string;
  /** Version of the write that created the item, in listable collections; left out where it is not known. */
  readonly created?: number;
}

/** The time of a version, ISO 8601. */
export function timeOf(version: number): string {
  return new Date(version / 1000).toISOString();
}
