import { type Spread, spreadOf } from './skew.ts';

/** Writes a second, spread over keys; each write takes its key by chance, whatever came before. */
export class Load {
  /** Writes a second. */
  readonly rate: number;
  readonly keys: number;
  /** Zipf exponent: 0 for keys that are all alike. */
  readonly skew: number;
  readonly #spread: Spread;

  constructor(of: Pick<Load, 'rate' | 'keys' | 'skew'>, spread: Spread = spreadOf(of.keys, of.skew)) {
    this.rate = of.rate;
    this.keys = of.keys;
    this.skew = of.skew;
    this.#spread = spread;
  }

  /** The same keys, written at another rate. */
  at(rate: number): Load {
    return new Load({ rate, keys: this.keys, skew: this.skew }, this.#spread);
  }

  /** Share of the writes that the hottest key takes, 0–1. */
  get hottest(): number {
    return this.#spread.hottest;
  }

  /**
   * Writes for each store. A key's window opens with its first write and not with a clock, so a key that is written λ times a second
   * is stored once in the window and the 1/λ s until its next write:
   *
   *     write ──window──▶ store ──1/λ──▶ write ──window──▶ store
   *
   * Writes of a key in one batch are stored together, however short the window.
   */
  coalescing(windowSeconds: number, batch: number): number {
    const stores = this.#spread.sum((share) => storesOf(share * this.rate, windowSeconds));
    return Math.max(this.rate / stores, 1 / this.distinct(batch));
  }

  /** Keys that were written within the last so many seconds, on average. */
  keysWithin(seconds: number): number {
    return this.#spread.sum((share) => -Math.expm1(-share * this.rate * seconds));
  }

  /** Share of the writes of a batch that are on different keys, 0–1. */
  distinct(batch: number): number {
    return Math.min(1, this.#spread.sum((share) => atLeastOnce(share, batch)) / batch);
  }

  /** How many of a second's batches hold the hottest key. */
  hottestBatches(batch: number): number {
    return (this.rate / batch) * atLeastOnce(this.hottest, batch);
  }

  /** Stores of the hottest key in a second. */
  hottestStores(windowSeconds: number, batch: number): number {
    return Math.min(storesOf(this.hottest * this.rate, windowSeconds), this.hottestBatches(batch));
  }
}

function storesOf(rate: number, windowSeconds: number): number {
  return rate / (1 + rate * windowSeconds);
}

/** Probability that what happens with a probability happens in so many tries. */
function atLeastOnce(probability: number, tries: number): number {
  return probability >= 1 ? 1 : -Math.expm1(tries * Math.log1p(-probability));
}
