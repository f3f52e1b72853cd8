import type { Random } from './random.ts';
import { Zipf } from './zipf.ts';

/** Chooses one of so many items; the first made is 0, the last made `items - 1`. */
export type ChooseItem = (items: number, random: Random) => number;

/** Exponent of YCSB. */
const EXPONENT = 0.99;

/** All equally often. */
export const uniform: ChooseItem = (items, random) => Math.floor(random() * items);

/** Few very often, most rarely: the first item most often. */
export function zipf(exponent: number = EXPONENT): ChooseItem {
  const ranks = new Zipf(exponent);
  return (items, random) => ranks.draw(items, random) - 1;
}

/** As {@link zipf}, but the item made last most often. */
export function latest(exponent: number = EXPONENT): ChooseItem {
  const ranks = new Zipf(exponent);
  return (items, random) => items - ranks.draw(items, random);
}
