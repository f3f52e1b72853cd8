import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { ItemOf } from '../store/store.ts';
import type { TableChange } from './table-change.ts';

/** A record of a table's stream, with new and old images, as far as it is needed. */
export interface StreamRecord {
  /** Name of the table. */
  readonly tableName: string;
  /** Its place in the stream. */
  readonly sequenceNumber: string;
  readonly oldImage?: Record<string, AttributeValue> | undefined;
  readonly newImage?: Record<string, AttributeValue> | undefined;
  /** Seconds since the epoch. */
  readonly atSeconds: number;
}

/** The change that a record tells; `undefined` for an item that is not the cache's. */
export function changeOf(record: StreamRecord, itemOf: ItemOf): TableChange | undefined {
  const { tableName, sequenceNumber, oldImage, newImage, atSeconds } = record;
  const before = oldImage && itemOf(tableName, oldImage);
  const after = newImage && itemOf(tableName, newImage);
  const key = (before ?? after)?.key;
  if (key === undefined) return undefined;
  return { id: sequenceNumber, key, before: before?.image ?? null, after: after?.image ?? null, atSeconds };
}
