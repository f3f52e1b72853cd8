import type { Cache } from '../cache/cache.ts';
import { InvalidInputError } from '../errors.ts';
import { Cursors } from '../model/cursor.ts';
import { timeOf } from '../model/image.ts';
import { type Change, changeJson } from './change.ts';
import { type HistoryStore, newestFirst } from './history-store.ts';

/** A change as it is shown. */
export interface HistoryEntry extends Omit<Change, 'set' | 'removed'> {
  /** Time of the write, ISO 8601. */
  readonly at: string;
  readonly set?: Change['set'];
  readonly removed?: readonly string[];
}

/** A part of an item's history, newest first. */
export interface HistoryPage {
  readonly history: readonly HistoryEntry[];
  /** What to ask on with; absent when there is no more. */
  readonly cursor?: string;
}

const MAX_LIMIT = 1000;
const DEFAULT_LIMIT = 50;

/** Reads the history: what Valkey still keeps, and what the table has. */
export class HistoryReader {
  readonly #cache: Cache;
  readonly #store: HistoryStore;

  constructor(cache: Cache, store: HistoryStore) {
    this.#cache = cache;
    this.#store = store;
  }

  /** Throws as `WriteBehind.history` does. */
  async page(
    key: string,
    { limit = DEFAULT_LIMIT, cursor }: { limit?: number; cursor?: string },
  ): Promise<HistoryPage> {
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
      throw new InvalidInputError(`A limit is a whole number from 1 to ${MAX_LIMIT}.`, 'limit');
    }
    const cursors = new Cursors(`history\0${key}`);
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursors.decode(cursor));
    if (!Number.isSafeInteger(before)) throw new InvalidInputError('The cursor names no place in this list.', 'cursor');
    // In this order: a change that is recorded in between is seen twice, not never.
    const waiting = await this.#cache.wholeLog(key);
    const recorded = await this.#store.before(key, before, limit + 1);
    const merged = new Map([...waiting, ...recorded.changes].map((change) => [change.version, change]));
    const changes = [...merged.values()].filter(({ version }) => version < before).sort(newestFirst);
    const page = changes.slice(0, limit);
    const more = changes.length > page.length || !recorded.complete;
    return {
      history: page.map(shown),
      ...(more && { cursor: cursors.encode(String(page.at(-1)!.version)) }),
    };
  }
}

function shown(change: Change): HistoryEntry {
  const { version, ...rest } = changeJson(change) as unknown as Omit<HistoryEntry, 'at'>;
  return { version, at: timeOf(version), ...rest };
}
