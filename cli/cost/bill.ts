import { dollarsOf, type PriceName, prices } from './prices.ts';

/** A line of a bill. */
export interface Line {
  readonly label: string;
  readonly price: PriceName;
  readonly quantity: number;
  readonly dollars: number;
}

/** Lines and their sum. */
export interface Bill {
  readonly lines: readonly Line[];
  readonly dollars: number;
}

/** A quantity at its price. */
export function line(label: string, price: PriceName, quantity: number): Line {
  return { label, price, quantity, dollars: dollarsOf(price, quantity) };
}

/** Adds lines up. */
export function billOf(lines: readonly Line[]): Bill {
  return { lines, dollars: lines.reduce((sum, { dollars }) => sum + dollars, 0) };
}

/** Whether a page was found that says the price of a line. */
export function isVerified({ price }: Line): boolean {
  return prices[price].verified;
}
