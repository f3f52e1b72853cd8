/** Durations of one kind, in ms. */
export class Latencies {
  readonly #ms: number[] = [];

  /** Adds one. */
  add(ms: number): void {
    this.#ms.push(ms);
  }

  /** The smallest duration that at least `share` of all do not exceed; `null` without any. */
  percentile(share: number): number | null {
    const sorted = this.#ms.toSorted((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
  }
}
