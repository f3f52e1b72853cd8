import type { Pace } from '../cache/pace.ts';
import type { Flushing } from './flushing.ts';

/** An item that was claimed, and asks to be stored. */
export interface Waiting {
  /** Since when it waits, ms since the epoch. */
  readonly since: number;
  /** Whether it is stored whatever the rate is. */
  readonly urgent?: boolean | undefined;
}

/**
 * Lets items be stored when their turn has come. Resolves at that time, for each item with 0, or with the seconds after which it may ask
 * again, where its turn comes too late.
 */
export type Admit = (items: readonly Waiting[]) => Promise<readonly number[]>;

interface Limits {
  readonly perSecond: number | undefined;
  readonly drain: { readonly perSecond: number; readonly beforeMs: number } | undefined;
}

/**
 * Keeps all flushes together within the setting `flushRatePerSecond`, and those of what waited during a pause within the rate of the
 * resume. Without Valkey nobody knows what the others store, and nobody is held back: what a message carries may be the only copy.
 */
export class Pacer {
  readonly #pace: Pace;
  readonly #flushing: Pick<Flushing, 'recent'>;
  readonly #perSecond: number | undefined;
  readonly #nowMs: () => number;
  readonly #wait: (ms: number) => Promise<void>;

  constructor(
    pace: Pace,
    flushing: Pick<Flushing, 'recent'>,
    perSecond: number | undefined,
    nowMs: () => number,
    wait: (ms: number) => Promise<void>,
  ) {
    this.#pace = pace;
    this.#flushing = flushing;
    this.#perSecond = perSecond;
    this.#nowMs = nowMs;
    this.#wait = wait;
  }

  /** Items that may be stored together without a second of them going by: `most`, or fewer where the rate is lower. */
  async together(most: number): Promise<number> {
    const { perSecond = Infinity, drain } = await this.#current();
    return Math.max(1, Math.min(most, Math.floor(perSecond), Math.floor(drain?.perSecond ?? Infinity)));
  }

  /** @param untilMs when the last turn may come, ms since the epoch */
  until(untilMs: number): Admit {
    // Asked for while the items are claimed.
    const limits = this.#current();
    return (items) => this.#admit(items, untilMs, limits);
  }

  async #admit(items: readonly Waiting[], untilMs: number, limits: Promise<Limits>): Promise<readonly number[]> {
    const { perSecond, drain } = await limits;
    const waits = items.map(() => 0);
    let turnMs = 0;
    const take = async (bucket: 'limit' | 'drain', rate: number, asking: readonly number[]): Promise<void> => {
      if (asking.length === 0) return;
      const now = this.#nowMs();
      const turn = await this.#pace.take(bucket, {
        now,
        items: asking.length,
        perSecond: rate,
        longestMs: untilMs - now,
      });
      for (const index of asking.slice(turn.granted)) {
        if (!items[index]!.urgent) waits[index] = Math.max(1, Math.ceil(turn.nextMs / 1000));
      }
      turnMs = Math.max(turnMs, turn.waitMs);
    };
    const all = items.map((_, index) => index);
    if (drain)
      await take(
        'drain',
        drain.perSecond,
        all.filter((index) => items[index]!.since < drain.beforeMs),
      );
    if (perSecond !== undefined)
      await take(
        'limit',
        perSecond,
        all.filter((index) => waits[index] === 0),
      );
    if (turnMs > 0) await this.#wait(turnMs);
    return waits;
  }

  async #current(): Promise<Limits> {
    const { drain } = await this.#flushing.recent();
    return {
      perSecond: this.#perSecond,
      drain: drain ? { perSecond: drain.itemsPerSecond, beforeMs: Date.parse(drain.since) } : undefined,
    };
  }
}
