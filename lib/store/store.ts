import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { ItemRefusedError, StoreUnavailableError } from '../errors.ts';
import type { History } from '../history/history.ts';
import type { Source } from '../listing/sources.ts';
import type { Image } from '../model/image.ts';

/** A state that is to be stored. */
export interface Put {
  readonly image: Image;
  /** Whether the store should have no version of the item yet. That is a guess: a wrong one costs a request, never an item. */
  readonly isNew: boolean;
  /** What the store should have of the item: a version, and what the store said of its shape. A guess as well. */
  readonly over?: { readonly version: number; readonly shape: string } | undefined;
}

/** What the store is known to hold after a put. */
export interface Stored {
  readonly version: number;
  /** Whether this put wrote it; else the store had this version or a newer one already. */
  readonly written: boolean;
  /** Version of the write that created what the store holds, in listable collections. */
  readonly created?: number;
  /** Of what was written, where it helps the next put: which attributes it has, in the store's own short form. */
  readonly shape?: string;
}

/** What became of states that were to be stored. */
export interface PutAnswers {
  /** One for each key. */
  readonly answers: ReadonlyMap<string, Stored | ItemRefusedError | StoreUnavailableError>;
  /** What it took. */
  readonly requests: number;
}

/**
 * The database behind the cache: conditional, versioned writes (rule 5) and consistent reads. What it holds of an item is the newest
 * version that it was ever given, deleted items included, for as long as a tombstone is kept.
 */
export interface Store {
  /** What it is called in messages. */
  readonly database: 'DynamoDB' | 'PostgreSQL';

  /**
   * Reads an item, consistently; `null` if there is none and no tombstone.
   *
   * @throws {StoreUnavailableError}
   */
  get(key: string): Promise<Image | null>;

  /**
   * Reads items, consistently; what is not there is left out.
   *
   * @throws {StoreUnavailableError}
   */
  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Image>>;

  /**
   * Stores images, by key, each unless the store has that version of the item or a newer one. One that fails does not fail the others; never
   * rejects for an item.
   */
  putMany(puts: ReadonlyMap<string, Put>): Promise<PutAnswers>;
}

/** Some of a collection's keys. */
export interface KeyPage {
  readonly keys: readonly string[];
  /** Where the next page begins; `undefined` at the end. */
  readonly next: string | undefined;
  /** Read units of DynamoDB that the page cost; 0 where nothing is charged. */
  readonly readUnits: number;
}

/** Finds the keys of a collection, without those of deleted items; what an item holds by then has to be read. */
export interface KeyPages {
  /**
   * The next keys; a page may have none and still not be the last.
   *
   * @param from `next` of the page before; default: from the beginning
   * @throws {StoreUnavailableError}
   */
  page(collection: string, from?: string): Promise<KeyPage>;
}

/** Reads a row of a DynamoDB table as an item. */
export type ItemOf = (
  tableName: string,
  row: Record<string, AttributeValue>,
) => { readonly key: string; readonly image: Image } | undefined;

/** Everything that an instance has of its database. */
export interface Stores {
  readonly store: Store;
  /** Which item a row of a table's stream is, if it is one of ours; where the database tells what changes in it. */
  readonly itemOf?: ItemOf;
  readonly keyPages: KeyPages;
  /**
   * The places of a listable collection's items, in one or more sources, each the newest first.
   *
   * @param from none that were created after this version
   * @param limit places that are wanted in all; a source gives them in portions
   */
  readonly places: (collection: string, from: number, limit: number) => Source[];
  /** Where a history is configured. */
  readonly history: History | undefined;
  /**
   * Removes tombstones that have outlived their days, where the database does not do that by itself; harmless to repeat.
   *
   * @throws {StoreUnavailableError}
   */
  readonly purge?: (nowMs: number) => Promise<void>;
  /** Ends its connections. */
  close(): Promise<void>;
}
