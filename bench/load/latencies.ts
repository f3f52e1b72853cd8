import { createHistogram } from 'node:perf_hooks';

const US_PER_MS = 1000;
/** An hour; what takes longer counts as this. */
const LONGEST_US = 3_600_000_000;

/**
 * Durations of one kind. Node's own HDR histogram keeps them, to three digits: a million cost no more memory than one.
 */
export class Latencies {
  readonly #us = createHistogram({ lowest: 1, highest: LONGEST_US, figures: 3 });

  /** How many were added. */
  get count(): number {
    return this.#us.count;
  }

  /** Adds one, in ms; up to an hour. */
  add(ms: number): void {
    this.#us.record(Math.min(LONGEST_US, Math.max(1, Math.round(ms * US_PER_MS))));
  }

  /** The smallest duration that at least `share` (above 0, up to 1) of all do not exceed, ms; `null` without any. */
  percentile(share: number): number | null {
    return this.count === 0 ? null : this.#us.percentile(share * 100) / US_PER_MS;
  }
}
