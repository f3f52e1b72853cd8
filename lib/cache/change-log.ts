import { type Change, decodeLog } from '../history/change.ts';
import type { Keys } from './keys.ts';
import type { Valkey } from './valkey.ts';

/** Of a log, at a time; one change that is larger comes whole. */
const PART_BYTES = 256 * 1024;
/** How long a log is kept that nobody can record. */
const FORGOTTEN_MS = 24 * 60 * 60 * 1000;

/** The logs in which the write script puts changes, one for each audited item. Every method throws as `Valkey.script` does. */
export class ChangeLog {
  readonly #valkey: Valkey;
  readonly #keys: Keys;

  constructor(valkey: Valkey, keys: Keys) {
    this.#valkey = valkey;
    this.#keys = keys;
  }

  /**
   * The first part of an item's log, oldest change first.
   *
   * @param recorded version up to which the history has the changes; they are dropped
   */
  async part(key: string, recorded = 0): Promise<readonly Change[]> {
    return decodeLog((await this.#valkey.script('log', [this.#keys.of(key).log], [recorded, PART_BYTES])) as string[]);
  }

  /**
   * The newest changes before a version, newest first: so many as are wanted, or as come at a time. `complete` says whether there
   * are no older ones.
   */
  async newest(key: string, before: number, wanted: number): Promise<{ changes: Change[]; complete: boolean }> {
    const [older, changes] = (await this.#valkey.script(
      'newest',
      [this.#keys.of(key).log],
      [before, wanted, PART_BYTES],
    )) as [number, string[]];
    return { changes: decodeLog(changes), complete: older === 0 };
  }

  /**
   * Lets a log expire that nobody can record, after a day: a deployment that gives the functions a history does not reach all of them
   * at the same time.
   */
  async forget(key: string): Promise<void> {
    await this.#valkey.run((client) => client.pexpire(this.#keys.of(key).log, FORGOTTEN_MS));
  }
}
