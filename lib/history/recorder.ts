import type { Change } from './change.ts';
import type { HistoryStore } from './history-store.ts';

/**
 * Brings the changes of an item into the history, before its state is stored: so what is stored is in the history, and a
 * flush that dies in between only records again what the history then refuses to hold twice.
 */
export class Recorder {
  readonly #history: HistoryStore | undefined;
  readonly #isAudited: (key: string) => boolean;

  constructor(history: HistoryStore | undefined, isAudited: (key: string) => boolean) {
    this.#history = history;
    this.#isAudited = isAudited;
  }

  /** Whether the changes of an item are kept. */
  keeps(key: string): boolean {
    return this.#history !== undefined && this.#isAudited(key);
  }

  /**
   * Records changes.
   *
   * @param log what Valkey kept, in order
   * @param carried what came by messages; of these, those that Valkey lost, or has handed out before, are looked for
   * @returns version up to which the history has the log; 0 if the log is empty
   * @throws {StoreUnavailableError}
   */
  async record(key: string, log: readonly Change[], carried: readonly Change[]): Promise<number> {
    if (!this.#history || !this.keeps(key)) return 0;
    await this.#history.add(key, log);
    const logged = new Set(log.map(({ version }) => version));
    await this.#history.addMissing(
      key,
      carried.filter(({ version }) => !logged.has(version)),
    );
    return log.at(-1)?.version ?? 0;
  }
}
