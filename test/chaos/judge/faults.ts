import type { Fault, Harm } from './record.ts';

/** How long after a fault its effects may go on: reconnects, time-outs, requests under way. */
const AFTER_MS = 4000;

/** Answers when what was taken away. */
export class FaultTimes {
  readonly #faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    this.#faults = faults;
  }

  /** Whether one of these harms was done between two moments. */
  any(harms: readonly Harm[], from: number, to: number): boolean {
    return this.#faults.some((fault) => harms.includes(fault.harm) && fault.from <= to && fault.to + AFTER_MS >= from);
  }
}

/** Valkey forgets what it had. */
export const FORGETS: readonly Harm[] = ['loss', 'rollback'];
/** Writes may go past Valkey, or be forgotten by it. */
export const NOT_IN_ORDER: readonly Harm[] = ['loss', 'rollback', 'away'];
