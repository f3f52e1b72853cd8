import type { Spread } from './spread.ts';

/** How the numbers of a column are written. */
export type Unit =
  | 'text'
  | 'times'
  | 'ratio'
  | 'perSecond'
  | 'count'
  | 'seconds'
  | 'ms'
  | 'micros'
  | 'bytes'
  | 'megabytes';

const grouped = (digits: number) =>
  new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const [whole, tenths, hundredths] = [grouped(0), grouped(1), grouped(2)];

/** One number in its unit; small ones keep the digits that tell them apart. */
export function formatNumber(value: number, unit: Unit): string {
  switch (unit) {
    case 'times':
      return `×${value < 0.1 ? value.toPrecision(2) : hundredths.format(value)}`;
    case 'seconds':
      return `${tenths.format(value)} s`;
    case 'ratio':
      return hundredths.format(value);
    case 'ms':
      return `${(value < 10 ? hundredths : value < 100 ? tenths : whole).format(value)} ms`;
    case 'micros':
      return (value < 10 ? tenths : whole).format(value);
    case 'megabytes':
      return tenths.format(value);
    default:
      return whole.format(value);
  }
}

/** A cell as text: of a spread the median, and lowest and highest in brackets where they differ from it. */
export function formatCell(cell: string | number | Spread | null, unit: Unit): string {
  if (cell === null) return '–';
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') return formatNumber(cell, unit);
  const [median, lowest, highest] = [cell.median, cell.lowest, cell.highest].map((value) =>
    formatNumber(value, unit).replace(/^×| m?s$/g, ''),
  );
  const written = formatNumber(cell.median, unit);
  return lowest === median && highest === median ? written : `${written} (${lowest}–${highest})`;
}
