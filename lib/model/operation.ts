import type { Durability } from '../settings.ts';
import type { JsonObject } from './json.ts';

/** Bounds of an `add`: the sum must stay within `min` and `max`, else nothing changes. */
export interface Increment {
  readonly by: number;
  readonly min?: number;
  readonly max?: number;
}

/** Changes to single attributes; an attribute may stand in one operator only. */
export interface Changes {
  /** Attributes that get a new value. */
  readonly set?: JsonObject;
  /** Numbers to add; a missing attribute starts at 0. */
  readonly add?: Readonly<Record<string, number | Increment>>;
  /** Numbers of which the greater is kept. */
  readonly max?: Readonly<Record<string, number>>;
  /** Numbers of which the smaller is kept. */
  readonly min?: Readonly<Record<string, number>>;
  /** Attributes that go away. */
  readonly remove?: readonly string[];
}

/** Who writes and why; kept with the item. */
export interface Author {
  /** Who made the change: one line of at most 256 characters, without control characters or controls of the text's direction. */
  readonly actor?: string;
  /** Why, at most 1 KiB of UTF-8; line breaks and anything else that is text. */
  readonly comment?: string;
}

/** A version, `'*'` for "the item exists", or `'none'` for "the item does not exist". */
export type Condition = number | '*' | 'none';

/** Options of every write. */
export interface WriteOptions extends Author {
  /** What the acknowledgement promises. @default the collection's */
  readonly durability?: Durability;
  /** The write takes place only if this holds. */
  readonly ifMatch?: Condition;
  /** Verified identity of who calls, such as an ARN; the history keeps it beside `actor`. */
  readonly caller?: string;
  /** A retry with the same key and content changes nothing and gets the first answer, 1–256 characters. */
  readonly idempotencyKey?: string;
}

/** Replaces an item, or creates it. */
export type PutOperation = {
  readonly op: 'put';
  readonly key: string;
  readonly value: JsonObject;
  /** The id was made for this item and was never used before: it need not be looked up. @default false */
  readonly isNew?: boolean;
} & WriteOptions;
/** Changes single attributes; creates the item if there is none. */
export type PatchOperation = { readonly op: 'patch'; readonly key: string } & Changes & WriteOptions;
/** Deletes an item; deleting what is not there is fine. */
export type DeleteOperation = { readonly op: 'delete'; readonly key: string } & WriteOptions;
/** Reads an item. */
export type GetOperation = { readonly op: 'get'; readonly key: string };

/** An operation that changes an item. */
export type WriteOperation = PutOperation | PatchOperation | DeleteOperation;
/** One element of a batch; `key` is `collection/id`. */
export type Operation = WriteOperation | GetOperation;

/** What a write is answered with. */
export interface Acknowledgement {
  /** `collection/id` */
  readonly key: string;
  /** Version of this write, µs since the epoch. */
  readonly version: number;
  /** The level that was achieved. */
  readonly durability: Durability;
  /** The resulting item, for a patch. */
  readonly value?: JsonObject;
}

/** An item as a read answers it. */
export interface Item<T extends object = JsonObject> {
  /** `collection/id` */
  readonly key: string;
  readonly value: T;
  /** Version of the last write, µs since the epoch; 0 for an item that another program stored without one. */
  readonly version: number;
  readonly source: 'cache' | 'database';
  /** Whether DynamoDB has this version. */
  readonly persisted: boolean;
  /** How long the item's oldest acknowledged write has waited to be in DynamoDB, ms. */
  readonly lagMs: number;
  /** Time of the last write, ISO 8601. */
  readonly updatedAt: string;
  readonly actor?: string;
  readonly comment?: string;
}

/** Result of one operation: an acknowledgement, an item (`null`: there is none), or the error that stopped this one alone. */
export type Outcome =
  | { readonly kind: 'written'; readonly acknowledgement: Acknowledgement }
  | { readonly kind: 'read'; readonly key: string; readonly item: Item | null }
  | { readonly kind: 'failed'; readonly key: string; readonly error: Error };
