/** docs/observability.md, read back. */
import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../../docs/observability.md', import.meta.url), 'utf8');

/** The rows of the table below a heading, each as its cells by the names of their columns. */
export function tableOf(heading: string): Record<string, string>[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const [head = [], _line, ...rows] = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return rows.map((cells) => Object.fromEntries(cells.map((cell, index) => [head[index]!, cell])));
}

/** What stands in backticks. */
export const quoted = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!);

/** Fields that every line may have. */
const COMMON = ['level', 'event', 'timestamp', 'service', 'cache', 'traceId'];

/** The documented fields of each event. */
export const fieldsOf: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  tableOf('Log events').map(({ event = '', fields = '' }) => [
    quoted(event)[0]!,
    new Set([...COMMON, ...quoted(fields)]),
  ]),
);
