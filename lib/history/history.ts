import type { Change } from './change.ts';

/** Where the changes of items are kept. What it once holds it holds for good: changes are added, never replaced. */
export interface History {
  /**
   * Adds changes of one item, each once: those that an earlier attempt has stored are left out.
   *
   * @param changes neighbours in the item's log, beginning with one that an earlier attempt may have begun with
   * @throws {StoreUnavailableError}
   */
  add(key: string, changes: readonly Change[]): Promise<void>;

  /**
   * Adds changes that may be in the history under any version: those that came by messages.
   *
   * @throws {StoreUnavailableError}
   */
  addMissing(key: string, changes: readonly Change[]): Promise<void>;

  /**
   * Reads changes before a version, newest first; no change of these versions is missing.
   *
   * @returns at least `limit` changes, unless there are no more
   * @throws {StoreUnavailableError}
   */
  before(key: string, version: number, limit: number): Promise<{ changes: Change[]; complete: boolean }>;
}
