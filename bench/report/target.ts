import { formatNumber, type Unit } from './format.ts';

/** What was set out to be reached, and what was. */
export interface Target {
  readonly id: string;
  /** What is measured. */
  readonly what: string;
  readonly unit: Unit;
  /** The bound, and on which side of it the measured value has to be. */
  readonly wanted: { readonly atLeast: number } | { readonly atMost: number };
  readonly measured: number;
  /** Why it can be missed where it is. */
  readonly ifMissed: string;
}

/** Whether a target was reached. */
export function isMet({ wanted, measured }: Target): boolean {
  return 'atLeast' in wanted ? measured >= wanted.atLeast : measured <= wanted.atMost;
}

/** The bound as text, such as `≥ ×0.70`. */
export function wantedText({ wanted, unit }: Target): string {
  return 'atLeast' in wanted ? `≥ ${formatNumber(wanted.atLeast, unit)}` : `≤ ${formatNumber(wanted.atMost, unit)}`;
}
