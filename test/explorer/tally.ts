import type { Report } from './worker.ts';

/** Adds up what schedules showed. */
export class Tally {
  schedules = 0;
  /** Schedules with a violation, in the order in which they were reported. */
  readonly violating: { readonly seed: number; readonly violation: string; readonly after: number }[] = [];
  #steps = 0;
  #withFaults = 0;
  #faults = 0;
  readonly #limits = new Map<string, number>();

  add({ seed, steps, faults, limits, violation }: Report): void {
    this.schedules += 1;
    this.#steps += steps;
    this.#faults += faults;
    this.#withFaults += faults > 0 ? 1 : 0;
    for (const limit of limits) this.#limits.set(limit, (this.#limits.get(limit) ?? 0) + 1);
    if (violation !== undefined) this.violating.push({ seed, violation, after: this.schedules });
  }

  /** What it comes to. */
  text(seconds: number): string {
    const limits = [...this.#limits].sort(([, a], [, b]) => b - a);
    return [
      `${this.schedules} schedules, ${this.#steps} steps, ${this.#faults} faults in ${this.#withFaults} of them`,
      `${seconds.toFixed(1)} s, ${(this.schedules / seconds).toFixed(0)} schedules/s`,
      `${this.violating.length} with a violation`,
      ...(limits.length > 0 ? ['known limits, in so many schedules:'] : []),
      ...limits.map(([limit, count]) => `${String(count).padStart(7)}  ${limit}`),
    ].join('\n');
  }
}
