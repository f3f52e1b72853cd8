/** Numbers and tables as people read them. */
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A count, such as `100,000`. */
export const formatCount = (value: number): string => whole.format(value);

/** A ratio or another number with one decimal. */
export const formatTenths = (value: number): string => tenths.format(value);

/** A duration, such as `3.2 ms` or `41.0 s`. */
export function formatMs(ms: number | null): string {
  if (ms === null) return '–';
  return ms < 1000 ? `${tenths.format(ms)} ms` : `${tenths.format(ms / 1000)} s`;
}

/** Columns, the first to the left, the others to the right, as wide as they have to be; a line for each row, indented. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)));
    return `  ${cells.join('  ')}`.trimEnd();
  });
}
