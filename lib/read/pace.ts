import { setTimeout as wait } from 'node:timers/promises';

/** Spreads database reads evenly over time. A turn that nobody took is not made up for: there are no bursts. */
export class Pace {
  readonly #msPerRead: number;
  #nextAt = 0;

  /** @param readsPerSecond more than 0 */
  constructor(readsPerSecond: number) {
    this.#msPerRead = 1000 / readsPerSecond;
  }

  /** Waits for the caller's turn to read; throws an `AbortError` when `signal` ends the wait. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + this.#msPerRead;
    if (at > now) await wait(at - now, undefined, { signal });
  }

  /** Puts the next turns off by so many reads, fractions included: what a request costs is known when it is answered. */
  charge(reads: number): void {
    this.#nextAt += reads * this.#msPerRead;
  }
}
