import type { Cache } from '../cache/cache.ts';
import type { Change } from './change.ts';
import type { History } from './history.ts';

/**
 * Brings the changes of an item into the history, before its state is stored: so what is stored is in the history, and a
 * flush that dies in between only records again what the history then refuses to hold twice.
 */
export class Recorder {
  readonly #cache: Cache;
  readonly #history: History | undefined;

  constructor(cache: Cache, history: History | undefined) {
    this.#cache = cache;
    this.#history = history;
  }

  /**
   * Records what Valkey's log holds up to a version, and what messages carry, also of a collection that is no longer audited. Where
   * there is no history any more, the log expires.
   *
   * @param version of the state that is to be stored; without one the log is left alone
   * @param carried of these, those that are not in the log are looked for: Valkey has lost them, or they were recorded before
   * @throws {StoreUnavailableError} {@link ItemRefusedError} {@link CacheUnavailableError} {@link CacheOutcomeUnknownError}
   */
  async record(key: string, version: number | undefined, carried: readonly Change[]): Promise<void> {
    const history = this.#history;
    if (!history) {
      if (version !== undefined) await this.#cache.log.forget(key);
      return;
    }
    const logged = new Set<number>();
    for (let part = await this.#part(key, version, 0); part.length > 0; ) {
      await history.add(key, part);
      for (const change of part) logged.add(change.version);
      part = await this.#part(key, version, part.at(-1)!.version);
    }
    await history.addMissing(
      key,
      carried.filter((change) => !logged.has(change.version)),
    );
  }

  /** What comes after `recorded` in the log; with that, what is recorded is dropped from it. */
  async #part(key: string, version: number | undefined, recorded: number): Promise<readonly Change[]> {
    if (version === undefined) return [];
    const part = await this.#cache.log.part(key, recorded);
    // What was written since the claim is the next flush's: a key that is written all the time must get its turn to be stored.
    return part.filter((change) => change.version > recorded && change.version <= version);
  }
}
