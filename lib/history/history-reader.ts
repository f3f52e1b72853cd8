import type { Cache } from '../cache/cache.ts';
import { InvalidInputError } from '../errors.ts';
import { Cursors } from '../model/cursor.ts';
import { timeOf } from '../model/image.ts';
import { type Change, changeJson } from './change.ts';
import type { History } from './history.ts';
import { newestFirst } from './history-store.ts';

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
/** Lambda answers with 6 MB at most, in which the page is a JSON string: its quotes and backslashes count twice. */
const MAX_PAGE_BYTES = 2 * 1024 * 1024;

/** Reads the history: what Valkey still keeps, and what the table has. */
export class HistoryReader {
  readonly #cache: Cache;
  readonly #store: History;

  constructor(cache: Cache, store: History) {
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
    const waiting = await this.#cache.log.newest(key, before, limit + 1);
    const recorded = await this.#store.before(key, before, limit + 1);
    const merged = new Map([...waiting.changes, ...recorded.changes].map((change) => [change.version, change]));
    // What is older than this may miss some that wait.
    const oldest = waiting.complete ? 0 : waiting.changes.at(-1)!.version;
    const changes = [...merged.values()].filter(({ version }) => version >= oldest).sort(newestFirst);
    const page = fitting(changes.slice(0, limit).map(shown));
    const more = changes.length > page.length || !recorded.complete || !waiting.complete;
    return { history: page, ...(more && { cursor: cursors.encode(String(page.at(-1)!.version)) }) };
  }
}

/** As many from the first on as an answer carries, one at least. */
function fitting(entries: readonly HistoryEntry[]): HistoryEntry[] {
  let bytes = 0;
  return entries.filter((entry, index) => {
    bytes += Buffer.byteLength(JSON.stringify(entry));
    return index === 0 || bytes <= MAX_PAGE_BYTES;
  });
}

function shown(change: Change): HistoryEntry {
  const { version, ...rest } = changeJson(change) as unknown as Omit<HistoryEntry, 'at'>;
  return { version, at: timeOf(version), ...rest };
}
