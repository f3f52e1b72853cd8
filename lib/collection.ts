import type { ItemPage, PageOptions } from './listing/list-reader.ts';
import type { JsonObject } from './model/json.ts';
import type { Acknowledgement, Changes, Item, WriteOptions } from './model/operation.ts';
import type { WriteBehind } from './write-behind.ts';

/** The items of one collection. Writes throw as {@link WriteBehind.execute}, reads as {@link WriteBehind.get}. */
export class Collection<T extends object = JsonObject> {
  readonly #cache: WriteBehind;
  readonly name: string;

  constructor(cache: WriteBehind, name: string) {
    this.#cache = cache;
    this.name = name;
  }

  /** Replaces an item. */
  put(id: string, value: T, options: WriteOptions = {}): Promise<Acknowledgement> {
    return this.#cache.execute({ op: 'put', key: this.#key(id), value: value as JsonObject, ...options });
  }

  /**
   * Changes single attributes; creates the item if there is none.
   *
   * @example
   * await stock.patch('croissant', { add: { left: { by: -1, min: 0 } } });
   */
  patch(id: string, changes: Changes, options: WriteOptions = {}): Promise<Acknowledgement> {
    return this.#cache.execute({ op: 'patch', key: this.#key(id), ...changes, ...options });
  }

  /** Deletes an item; deleting what is not there is fine. */
  delete(id: string, options: WriteOptions = {}): Promise<Acknowledgement> {
    return this.#cache.execute({ op: 'delete', key: this.#key(id), ...options });
  }

  /** Reads an item; `null` if there is none. */
  get(id: string): Promise<Item<T> | null> {
    return this.#cache.get(this.#key(id)) as Promise<Item<T> | null>;
  }

  /** Puts an item under a new id, ordered by time. */
  append(value: T, options: WriteOptions = {}): Promise<Acknowledgement> {
    return this.#cache.append(this.name, value as JsonObject, options);
  }

  /** A page of its items, the newest first; throws as {@link WriteBehind.list}. */
  list(options: PageOptions = {}): Promise<ItemPage<T>> {
    return this.#cache.list(this.name, options) as Promise<ItemPage<T>>;
  }

  #key(id: string): string {
    return `${this.name}/${id}`;
  }
}
