import { formatCell, type Unit } from './format.ts';
import type { Spread } from './spread.ts';

/** A value of a table: `null` where there is none. */
export type Cell = string | number | Spread | null;

/** One column. */
export interface Column {
  /** Name in rows and in JSON. */
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
}

/** Results side by side; the first column names the row. */
export interface Table {
  readonly id: string;
  readonly title: string;
  /** What has to be known to read it. @default nothing */
  readonly note?: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Readonly<Record<string, Cell>>[];
}

/** The table for a terminal: the first column to the left, the others to the right. */
export function tableText(table: Table): string {
  const lines = textsOf(table);
  const widths = table.columns.map((_, index) => Math.max(...lines.map((cells) => cells[index]!.length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[index]!))).join('  ');
  return [table.title, ...lines.map(line), ...(table.note ? [table.note] : [])].join('\n');
}

/** The table in Markdown, without its title. */
export function tableMarkdown(table: Table): string {
  const [head, ...rows] = textsOf(table).map((cells) => `| ${cells.join(' | ')} |`);
  const rule = `| ${table.columns.map((_, index) => (index === 0 ? '---' : '---:')).join(' | ')} |`;
  return [head, rule, ...rows, ...(table.note ? ['', table.note] : [])].join('\n');
}

function textsOf({ columns, rows }: Table): string[][] {
  return [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ id, unit }) => formatCell(row[id] ?? null, unit))),
  ];
}
