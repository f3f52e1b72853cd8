import type { Compared } from '../compare.ts';
import type { Cell, Column, Table } from './table.ts';

const columns = {
  speed: { id: 'speed', title: 'speed', unit: 'times' },
  cpu: { id: 'cpu', title: 'CPU', unit: 'times' },
  rate: { id: 'rate', title: 'items/s', unit: 'perSecond' },
  cpuMicros: { id: 'cpuMicros', title: 'CPU µs/item', unit: 'micros' },
  valkeyMicros: { id: 'valkeyMicros', title: 'Valkey CPU µs/item', unit: 'micros' },
  p50: { id: 'p50', title: 'p50', unit: 'ms' },
  p99: { id: 'p99', title: 'p99', unit: 'ms' },
  requests: { id: 'requests', title: 'requests', unit: 'count' },
} as const satisfies Record<string, Column>;

const DEFAULT_COLUMNS = ['speed', 'cpu', 'rate', 'cpuMicros', 'valkeyMicros', 'p50', 'p99'] as const;

/** Columns of a comparison. */
export type ComparisonColumn = keyof typeof columns;

/** Ways as a table, a row each; the ratios are to the first of them. */
export function comparisonTable(
  id: string,
  title: string,
  compared: readonly Compared[],
  shown: readonly ComparisonColumn[] = DEFAULT_COLUMNS,
  note?: string,
): Table {
  return {
    id,
    title,
    ...(note && { note }),
    columns: [{ id: 'name', title: '', unit: 'text' }, ...shown.map((name) => columns[name])],
    rows: compared.map(
      (each): Record<string, Cell> => ({
        name: each.name,
        ...Object.fromEntries(shown.map((name) => [name, each[name]])),
      }),
    ),
  };
}
