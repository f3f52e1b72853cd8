import type { Cache } from '../cache/cache.ts';
import { isValkeyAway } from '../cache/valkey.ts';
import { InvalidInputError, NoRoomError } from '../errors.ts';
import { Cursors } from '../model/cursor.ts';
import type { JsonObject } from '../model/json.ts';
import type { Item } from '../model/operation.ts';
import type { ReadPath } from '../read/read-path.ts';
import type { Store, Stores } from '../store/store.ts';
import { cursorAfter, newestFirst, type Place, placeOf, TOP } from './place.ts';
import { merged, portionOf, recentItems, type Source } from './sources.ts';

/** Items on one page unless asked otherwise, and at most. */
export const DEFAULT_PAGE = 50;
export const MAX_PAGE = 100;
/** A page ends early where its items are longer than this, as an answer carries them: JSON text within a JSON string. Lambda takes 6 MB. */
const MAX_PAGE_BYTES = 5 * 1024 * 1024;

/** A part of a list, newest first. */
export interface ItemPage<T extends object = JsonObject> {
  readonly items: readonly Item<T>[];
  /** What to ask on with; absent when there is no more. */
  readonly cursor?: string;
}

/** Which part of a list. */
export interface PageOptions {
  /** Items of one page, 1–100. @default 50 */
  readonly limit?: number;
  /** What the page before ended with. @default from the newest */
  readonly cursor?: string;
}

/** What a {@link ListReader} works with. */
export interface ListReaderParts {
  readonly cache: Cache;
  readonly readPath: ReadPath;
  readonly store: Store;
  readonly ttlSecondsOf: (key: string) => number;
  readonly nowMs: () => number;
  readonly places: Stores['places'];
}

/**
 * Lists collections by creation: what the table's index has, and what was created so recently that it may not have it. Where
 * an item stands never changes as long as it exists, so pages neither repeat an item nor miss one, whatever is written meanwhile.
 */
export class ListReader {
  readonly #parts: ListReaderParts;

  constructor(parts: ListReaderParts) {
    this.#parts = parts;
  }

  /** Throws as `WriteBehind.list` does. */
  async page(collection: string, { limit = DEFAULT_PAGE, cursor }: PageOptions): Promise<ItemPage> {
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
      throw new InvalidInputError(`A limit is a whole number from 1 to ${MAX_PAGE}.`, 'limit');
    }
    const cursors = new Cursors(`items\0${collection}`);
    const after = cursor === undefined ? TOP : placeOf(cursors, cursor);
    const items: Item[] = [];
    let last = after;
    let bytes = 0;
    for await (const found of this.#portions(collection, after, limit)) {
      for (const { place, item } of found) {
        bytes += Buffer.byteLength(JSON.stringify(JSON.stringify(item)));
        if (items.length === limit || (bytes > MAX_PAGE_BYTES && items.length > 0)) {
          return { items, cursor: cursorAfter(cursors, last) };
        }
        items.push(item);
        last = place;
      }
    }
    return { items };
  }

  /** The items after a place that exist now, in portions: each portion costs one request to each, cache and table. */
  async *#portions(collection: string, after: Place, limit: number) {
    const places: Place[] = [];
    for await (const place of merged(this.#sources(collection, after, limit))) {
      if (newestFirst(place, after) <= 0) continue;
      places.push(place);
      if (places.length > limit) yield await this.#existing(places.splice(0));
    }
    yield await this.#existing(places);
  }

  async #existing(places: readonly Place[]): Promise<{ place: Place; item: Item }[]> {
    let states = await this.#parts.readPath.peek(places.map(({ key }) => key));
    // The table's index is never ahead of the table: an entry that is older than what it shows was brought back.
    const behind = places.filter(({ created }, index) => (states[index]?.created ?? created) < created);
    if (behind.length > 0) {
      await this.#dropOlder(behind.map(({ key }) => key));
      states = await this.#parts.readPath.peek(places.map(({ key }) => key));
    }
    return places.flatMap((place, index) => {
      const state = states[index];
      // One that was deleted and created again stands elsewhere; the table's index may still show where it was.
      const moved = state?.created !== undefined && state.created !== place.created;
      return state && !moved ? [{ place, item: state.item }] : [];
    });
  }

  /** Drops entries that are older than the table, as after a rollback of Valkey; a settle does that (rule 6). */
  async #dropOlder(keys: readonly string[]): Promise<void> {
    const { cache, store, ttlSecondsOf, nowMs } = this.#parts;
    const stored = await store.getMany(keys);
    await Promise.all(
      [...stored].map(async ([key, { version, created }]) => {
        try {
          await cache.settle(key, { version, created }, 'seen', ttlSecondsOf(key), nowMs());
        } catch (error) {
          if (!(isValkeyAway(error) || error instanceof NoRoomError)) throw error;
        }
      }),
    );
  }

  #sources(collection: string, after: Place, limit: number): Source[] {
    const { cache, places } = this.#parts;
    const sets = cache.keys.recent(collection);
    const recent = sets.map((set) => recentItems(cache, set, after.created, portionOf(limit, sets.length)));
    return [...recent, ...places(collection, after.created, limit)];
  }
}
