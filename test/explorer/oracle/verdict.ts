import type { Limit } from './known-limits.ts';

/** What a schedule showed: what must not be, and known limits. */
export class Verdict {
  readonly violations: string[] = [];
  readonly limits = new Set<Limit | Repeated>();

  violation(what: string): void {
    this.violations.push(what);
  }

  limit(limit: Limit | Repeated): void {
    this.limits.add(limit);
  }
}

/** With the records of idempotency keys Valkey forgets that a write took place. */
export type Repeated = 'retry took place again after Valkey forgot';
