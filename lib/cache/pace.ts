import { NoRoomError } from '../errors.ts';
import type { Keys } from './keys.ts';
import { isValkeyAway, type Valkey } from './valkey.ts';

/** What is asked of a bucket. */
export interface Asked {
  /** ms since the epoch. */
  readonly now: number;
  readonly items: number;
  readonly perSecond: number;
  /** How far away the last turn may be, ms. */
  readonly longestMs: number;
}

/** What it gives. */
export interface Turn {
  /** How many of the items may be stored. */
  readonly granted: number;
  /** When, ms from now. */
  readonly waitMs: number;
  /** When the next item's turn is, ms from now. */
  readonly nextMs: number;
}

/** The rates that all flush instances share. */
export class Pace {
  readonly #valkey: Valkey;
  readonly #keys: Keys;

  constructor(valkey: Valkey, keys: Keys) {
    this.#valkey = valkey;
    this.#keys = keys;
  }

  /** Takes turns of a bucket; those that are not used are lost. Without Valkey all have their turn at once. Never rejects for that. */
  async take(bucket: 'limit' | 'drain', { now, items, perSecond, longestMs }: Asked): Promise<Turn> {
    try {
      const [granted, waitMs, nextMs] = (await this.#valkey.script(
        'turns',
        [this.#keys.pace(bucket)],
        [now, items, 1000 / perSecond, Math.max(0, longestMs)],
      )) as [number, number, number];
      return { granted, waitMs, nextMs };
    } catch (error) {
      if (isValkeyAway(error) || error instanceof NoRoomError) return { granted: items, waitMs: 0, nextMs: 0 };
      throw error;
    }
  }
}
