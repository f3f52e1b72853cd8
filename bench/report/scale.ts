import type { Axis } from './plot.ts';

/** Where values are on an axis. */
export interface Scale {
  /** 0 at the beginning of the axis, 1 at its end. */
  place(value: number): number;
  /** Where lines are drawn, rising; the first and the last are the ends. */
  readonly ticks: readonly number[];
}

const STEPS = [1, 2, 5];
/** Beyond so many powers of ten, these alone are lines enough. */
const DECADES_WITH_STEPS = 2;
const LINEAR_TICKS = 5;

/**
 * An axis on which all values have their place, with round ends. A linear one begins at 0, so that lengths can be compared.
 *
 * @param values at least one; more than 0 for a logarithmic axis
 */
export function scaleOf(kind: Axis['scale'], values: readonly number[]): Scale {
  const ticks = kind === 'log' ? logTicks(Math.min(...values), Math.max(...values)) : linearTicks(Math.max(...values));
  const measure = kind === 'log' ? Math.log10 : (value: number) => value;
  const [first, last] = [measure(ticks[0]!), measure(ticks.at(-1)!)];
  return { ticks, place: (value) => (measure(value) - first) / (last - first) };
}

function logTicks(least: number, most: number): number[] {
  const decades = Math.log10(most / least);
  const steps = decades > DECADES_WITH_STEPS ? [1] : STEPS;
  // One decade more on each side: the logarithm of what is just beside a power of ten may be a whole number.
  const first = Math.floor(Math.log10(least)) - 1;
  const last = Math.ceil(Math.log10(most));
  const all = Array.from({ length: last - first + 2 }, (_, index) => first + index).flatMap((power) =>
    // 10 ** -3 is no exact number, but Number('1e-3') is the nearest there is.
    steps.map((step) => Number(`${step}e${power}`)),
  );
  const from = all.findLastIndex((tick) => tick <= least);
  const to = all.findIndex((tick) => tick >= most);
  // One value alone still needs an axis.
  return all.slice(from, Math.max(to, from + 1) + 1);
}

function linearTicks(most: number): number[] {
  const rough = (most || 1) / LINEAR_TICKS;
  const power = Math.floor(Math.log10(rough));
  const step = [...STEPS, 10].map((each) => Number(`${each}e${power}`)).find((each) => each >= rough)!;
  const count = Math.max(1, Math.ceil((most || 1) / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}
