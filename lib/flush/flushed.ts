import type { Wanted } from '../cache/cache.ts';
import type { Change } from '../history/change.ts';
import type { Image } from '../model/image.ts';

/** An item to flush. */
export interface FlushItem {
  readonly key: string;
  /** The version that a message or a write-through asks for; without one, whatever is dirty. */
  readonly version?: number;
  /** The newest state that the messages carry; it may be older than `version`. */
  readonly image?: Image;
  /** Changes that the messages carry. */
  readonly changes?: readonly Change[];
  /** The messages' versions, and which were sent past the cache. */
  readonly sent?: Wanted['sent'];
  /** Whether it is stored whatever the rate is: SQS would soon give its message up. */
  readonly urgent?: boolean;
  /** Trace headers of what asked for it, the newest first. */
  readonly traceHeaders?: readonly string[];
}

/** What became of an item. */
export type FlushResult =
  /** In the store, by this flush or before. */
  | { readonly kind: 'stored' }
  /** In the store, but Valkey could not be told: what it holds may be older, and must be settled later. */
  | { readonly kind: 'unsettled'; readonly error: Error }
  /** Not stored: its turn comes too late. It may ask again after so many seconds. */
  | { readonly kind: 'deferred'; readonly afterSeconds: number }
  /** There was nothing to flush. */
  | { readonly kind: 'clean' }
  /** The version was acknowledged at `cache` level, and Valkey lost it. */
  | { readonly kind: 'lost' }
  /** `image` is what could not be stored, if it was known. */
  | { readonly kind: 'failed'; readonly error: Error; readonly image?: Image };

/** One result per item, in order, and what they cost. */
export interface Flushed {
  readonly results: readonly FlushResult[];
  /** Writes that no state has any more: the item was patched without them after Valkey had lost them, or never had them. */
  readonly overlooked: readonly { readonly key: string; readonly version: number }[];
  /** How many items the store was asked for. */
  readonly asked: number;
  /** The requests that this took. */
  readonly databaseCalls: number;
}
