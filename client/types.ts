import type { JsonObject } from '../lib/model/json.ts';
import type { Author, Changes, Condition } from '../lib/model/operation.ts';
import type { Durability } from '../lib/settings.ts';
import type { Problem } from './errors.ts';

/** Options of every call. */
export interface CallOptions {
  /** Ends the call. */
  readonly signal?: AbortSignal;
}

/** Options of every write. */
export interface WriteOptions extends Author, CallOptions {
  /** What the acknowledgement promises. @default the collection's */
  readonly durability?: Durability;
  /** The write takes place only if the item has this version, exists (`*`), or does not (`none`). */
  readonly ifMatch?: Condition;
  /**
   * A write with the same key and content takes place once, 1–256 characters. @default one for each call, so that what the
   * client repeats takes place once; none where it repeats nothing
   */
  readonly idempotencyKey?: string;
}

/** Which part of a list. */
export interface PageOptions extends CallOptions {
  /** Entries of one page. @default the API's */
  readonly limit?: number;
  /** What the page before ended with. @default from the beginning */
  readonly cursor?: string;
}

/** Which dirty items to store. */
export interface FlushOptions extends CallOptions {
  /** Only these, 1 to 100. @default all */
  readonly keys?: readonly string[];
  /** Instead of `keys`: only the items of this collection. @default all */
  readonly collection?: string;
  /** At most so many. @default all that fit into 20 s */
  readonly limit?: number;
}

/** What to wait for. */
export interface UntilStoredOptions extends CallOptions {
  /** This version or a newer one. @default the one that is cached when the wait begins */
  readonly version?: number;
  /** How long, ms. @default 30,000 */
  readonly timeoutMs?: number;
}

/** One operation of a batch; as a single call's, with the key. */
export type BatchOperation =
  | ({
      readonly op: 'put';
      readonly key: string;
      readonly value: object;
      /** The id was made for this item: it need not be looked up, which a put into a listable collection costs. @default false */
      readonly isNew?: boolean;
    } & Omit<WriteOptions, 'signal'>)
  | ({ readonly op: 'patch'; readonly key: string } & Changes & Omit<WriteOptions, 'signal'>)
  | ({ readonly op: 'delete'; readonly key: string } & Omit<WriteOptions, 'signal'>)
  | { readonly op: 'get'; readonly key: string };

/** What became of one operation of a batch. */
export type BatchResult =
  | {
      readonly status: number;
      readonly key: string;
      readonly version: number;
      readonly durability?: Durability;
      readonly value?: JsonObject;
    }
  | { readonly status: number; readonly key?: string; readonly problem: Problem };
