import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Cache } from '../cache/cache.ts';
import { InvalidInputError, StoreUnavailableError } from '../errors.ts';
import { checkKey } from '../model/key.ts';
import type { KeyPages } from '../store/store.ts';
import { Pace } from './pace.ts';
import type { ReadPath } from './read-path.ts';

/** What to load: items by their keys (`collection/id`), or a whole collection, for which all of the table is scanned. */
export type WarmTarget = { readonly keys: readonly string[] | AsyncIterable<string> } | { readonly collection: string };

/** How to load. */
export interface WarmOptions {
  /**
   * Items to read from DynamoDB a second at most, 1–10,000. An item of up to 4 KB costs a read unit, a larger one a unit for each 4 KB;
   * the scan for a collection's keys is charged by its units. One process manages one or two thousand. @default 500
   */
  readonly itemsPerSecond?: number;
  /** Ends it early: what has begun is finished, and the call throws the signal's reason. @default never */
  readonly signal?: AbortSignal;
  /** Hears of every key, and once more at the end. What it throws ends the warm-up. @default nobody */
  readonly onProgress?: (progress: WarmProgress) => void;
}

/** What became of the keys. */
export interface WarmReport {
  /** Keys dealt with: the sum of the others. */
  readonly seen: number;
  /** Put into the cache. */
  readonly loaded: number;
  /** Left alone: cached already, or another caller was loading or writing the item. */
  readonly skipped: number;
  /** Items that do not exist or were deleted; the cache does not remember that. */
  readonly missing: number;
}

/** How far it is. */
export interface WarmProgress extends WarmReport {
  /** Keys in all; left out until they are known: of a collection or an iterable when the last one was found. */
  readonly total?: number;
}

/** What a warm-up works with. */
export interface WarmParts {
  readonly cache: Cache;
  readonly readPath: ReadPath;
  readonly keyPages: KeyPages;
  /** Throws if items of this collection may not be read. */
  readonly checkCollection: (collection: string) => void;
  /** Throws if the item of this key may not be read. */
  readonly checkItemKey: (key: string) => void;
  /** Gives numbers from 0 to 1, for jitter. */
  readonly random: () => number;
}

const DEFAULT_ITEMS_PER_SECOND = 500;
const MAX_ITEMS_PER_SECOND = 10_000;
/** Keys in hand at once: enough to keep up the rate while each waits for DynamoDB. */
const AT_ONCE = 32;
/** A read that DynamoDB does not answer is made so often, with growing waits: about 13 s of them on average. */
const TRIES = 8;
const FIRST_WAIT_MS = 200;

/**
 * Loads items into the cache ahead of their readers. Each is loaded as a reader would: under its lease, read consistently, and
 * filled only if nothing happened to it meanwhile (rule 8). So writers and readers need not stop.
 */
export class WarmUp {
  readonly #parts: WarmParts;
  readonly #pace: Pace;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #onProgress: (progress: WarmProgress) => void;
  readonly #counts = { seen: 0, loaded: 0, skipped: 0, missing: 0 };
  #total: number | undefined;

  /** @throws {InvalidInputError} for a rate out of range */
  constructor(parts: WarmParts, { itemsPerSecond = DEFAULT_ITEMS_PER_SECOND, signal, onProgress }: WarmOptions) {
    if (!(itemsPerSecond >= 1 && itemsPerSecond <= MAX_ITEMS_PER_SECOND)) {
      const message = `itemsPerSecond is ${itemsPerSecond}, allowed are 1 to ${MAX_ITEMS_PER_SECOND}.`;
      throw new InvalidInputError(message, 'itemsPerSecond');
    }
    this.#parts = parts;
    this.#pace = new Pace(itemsPerSecond);
    this.#signal = AbortSignal.any([this.#stop.signal, ...(signal ? [signal] : [])]);
    this.#onProgress = onProgress ?? (() => undefined);
  }

  /** Loads it all. Throws as `WriteBehind.warm` does. */
  async run(target: WarmTarget): Promise<WarmReport> {
    const keys = this.#counted('keys' in target ? target.keys : this.#keysOf(target.collection));
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.#work(keys)));
    this.#signal.throwIfAborted();
    this.#tell();
    return { ...this.#counts };
  }

  /** One of those who share the keys. The first failure ends all of them, each after the key that it has in hand. */
  async #work(keys: AsyncGenerator<string>): Promise<void> {
    try {
      for await (const key of keys) {
        this.#signal.throwIfAborted();
        const became = await this.#load(key);
        this.#counts[became] += 1;
        this.#counts.seen += 1;
        this.#tell();
      }
    } catch (error) {
      this.#stop.abort(error);
    }
  }

  async #load(key: string): Promise<'loaded' | 'skipped' | 'missing'> {
    const { cache, readPath } = this.#parts;
    this.#check(key);
    if ((await cache.lease(key)) === 'cached') return 'skipped';
    return this.#patiently(async () => {
      // The turn comes before the lease, which is short.
      await this.#pace.turn(this.#signal);
      const token = randomUUID();
      if ((await cache.lease(key, token)) !== 'leased') return 'skipped';
      const image = await readPath.load(key, token);
      if (image && !image.deleted) return (await readPath.fillStrictly(key, token, image)) ? 'loaded' : 'skipped';
      await cache.release(key, token);
      return 'missing';
    });
  }

  /** Counts the keys, until the last of them is known. */
  async *#counted(keys: readonly string[] | AsyncIterable<string>): AsyncGenerator<string> {
    if (Array.isArray(keys)) this.#total = keys.length;
    let found = 0;
    for await (const key of keys) {
      found += 1;
      yield key;
    }
    this.#total = found;
  }

  async *#keysOf(collection: string): AsyncGenerator<string> {
    // A name with a slash would find the ids of another collection that begin so.
    if (checkKey(`${collection}/id`).collection !== collection) {
      throw new InvalidInputError(`The collection ${JSON.stringify(collection)} has a slash.`, 'collection');
    }
    this.#parts.checkCollection(collection);
    let next: string | undefined;
    do {
      const page = await this.#patiently(async () => {
        await this.#pace.turn(this.#signal);
        return this.#parts.keyPages.page(collection, next);
      });
      this.#pace.charge(page.readUnits);
      yield* page.keys;
      next = page.next;
    } while (next !== undefined);
  }

  #check(key: string): void {
    try {
      this.#parts.checkItemKey(key);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      throw new InvalidInputError(`${JSON.stringify(key)}: ${error.message}`, 'keys', { cause: error });
    }
  }

  /** Tries again what DynamoDB did not answer, as when it throttles: later, and less and less often. */
  async #patiently<T>(read: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; failures += 1) {
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof StoreUnavailableError) || failures + 1 === TRIES) throw error;
        await wait(this.#parts.random() * FIRST_WAIT_MS * 2 ** failures, undefined, { signal: this.#signal });
      }
    }
  }

  #tell(): void {
    this.#onProgress({ ...this.#counts, ...(this.#total !== undefined && { total: this.#total }) });
  }
}
