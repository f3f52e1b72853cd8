const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** What stands where there is no figure. */
export const NONE = '–';

/** A count. */
export function count(n: number): string {
  return whole.format(n);
}

/** A rate or a ratio: with one decimal below 100. */
export function ratio(n: number | null | undefined): string {
  if (n === null || n === undefined) return NONE;
  return n < 100 ? tenths.format(n) : whole.format(n);
}

/** A figure and the unit that it is in. */
export interface Measure {
  readonly figure: string;
  readonly unit: string;
}

/** A duration in the unit that suits it. */
export function measureOf(ms: number | null | undefined): Measure {
  if (ms === null || ms === undefined) return { figure: NONE, unit: '' };
  if (ms < 1000) return { figure: ms > 0 && ms < 10 ? tenths.format(ms) : whole.format(ms), unit: 'ms' };
  if (ms < 120_000) return { figure: tenths.format(ms / 1000), unit: 's' };
  if (ms < 7_200_000) return { figure: whole.format(ms / 60_000), unit: 'min' };
  return { figure: tenths.format(ms / 3_600_000), unit: 'h' };
}

/** A duration as text. */
export function duration(ms: number | null | undefined): string {
  const { figure, unit } = measureOf(ms);
  return unit ? `${figure} ${unit}` : figure;
}

const two = (n: number) => String(n).padStart(2, '0');

/** HH:MM:SS of the visitor's clock. */
export function clock(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** YYYY-MM-DD HH:MM:SS of the visitor's clock, without the day where it is today. */
export function moment(at: number | string, now = Date.now()): string {
  const date = new Date(at);
  if (date.toDateString() === new Date(now).toDateString()) return clock(date.getTime());
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(date.getTime())}`;
}

/** `1 item`, `2 items`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}
