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

/** The table for a terminal: text to the left, numbers to the right. */
export function tableText(table: Table): string {
  const lines = textsOf(table);
  const widths = table.columns.map((_, index) => Math.max(...lines.map((cells) => cells[index]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => (isText(table, index) ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!)))
      .join('  ')
      .trimEnd();
  return [table.title, ...lines.map(line), ...(table.note ? [table.note] : [])].join('\n');
}

/** The table in Markdown, without its title. */
export function tableMarkdown(table: Table): string {
  const [head, ...rows] = textsOf(table).map((cells) => `| ${cells.join(' | ')} |`);
  const rule = `| ${table.columns.map((_, index) => (isText(table, index) ? '---' : '---:')).join(' | ')} |`;
  return [head, rule, ...rows, ...(table.note ? ['', table.note] : [])].join('\n');
}

const isText = ({ columns }: Table, index: number): boolean => columns[index]!.unit === 'text';

function textsOf({ columns, rows }: Table): string[][] {
  return [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ id, unit }) => formatCell(row[id] ?? null, unit))),
  ];
}
