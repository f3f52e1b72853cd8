import { Load } from './load.ts';
import { NOTED_ON, REGION } from './prices.ts';
import { WAY_NAMES, WAYS, WAYS_NOTE, type Way } from './ways.ts';
import type { Workload } from './workload.ts';
import { billFor } from './writes.ts';

const COALESCINGS = [1, 10, 100, 1000];
const ITEM_BYTES = [1024, 10_240];
const RATES = [10, 100, 1000, 10_000, 50_000, 1_000_000];
const SKEWS = [0, 0.6, 0.8, 0.99, 1.2];

/** What is worth what: costs by coalescing and size, and where such a coalescing comes from. */
export interface Overview {
  readonly costs: readonly {
    readonly itemBytes: number;
    readonly coalescing: number;
    /** Of a million writes. */
    readonly dollars: Readonly<Record<Way, number>>;
  }[];
  readonly keys: number;
  readonly coalescings: readonly { readonly rate: number; readonly skew: number; readonly coalescing: number }[];
}

/** Costs of a million writes and coalescing over ranges, the other flags as they are. */
export function overviewOf(workload: Workload, keys: number): Overview {
  return {
    costs: ITEM_BYTES.flatMap((itemBytes) =>
      COALESCINGS.map((coalescing) => ({
        itemBytes,
        coalescing,
        dollars: Object.fromEntries(
          WAY_NAMES.map((way) => [way, billFor(way, { ...workload, itemBytes, coalescing }).dollars]),
        ) as Record<Way, number>,
      })),
    ),
    keys,
    coalescings: SKEWS.flatMap((skew) => {
      const load = new Load({ rate: 1, keys, skew });
      return RATES.map((rate) => ({
        rate,
        skew,
        coalescing: load.at(rate).coalescing(workload.windowSeconds, workload.batch),
      }));
    }),
  };
}

const LABEL_WIDTH = 20;
const CELL_WIDTH = 12;
const count = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const ratio = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });

/** The same as text. */
export function overviewText(workload: Workload, keys: number): string {
  const { costs, coalescings } = overviewOf(workload, keys);
  const { batch, windowSeconds, audited } = workload;
  return [
    `US dollars for a million writes, --batch ${batch}${audited ? ' --audited' : ''}, at the list prices of ${REGION} noted on ${NOTED_ON}`,
    '',
    ...ITEM_BYTES.flatMap((itemBytes) => [
      row(
        `${count.format(itemBytes)} bytes`,
        WAY_NAMES.map((way) => WAYS[way]),
      ),
      ...costs.filter((cost) => cost.itemBytes === itemBytes).map(costRow),
      '',
    ]),
    '  writes: of an item within a window. *: less than the same API without a cache',
    WAYS_NOTE,
    '',
    `Writes of an item within a window of ${windowSeconds} s, on ${count.format(keys)} items, --batch ${batch}`,
    '',
    row(
      'writes/s',
      SKEWS.map((skew) => (skew === 0 ? 'all alike' : `skew ${skew}`)),
    ),
    ...RATES.map((rate) =>
      row(
        count.format(rate),
        coalescings.filter((each) => each.rate === rate).map(({ coalescing }) => ratio.format(coalescing)),
      ),
    ),
    '',
  ].join('\n');
}

function costRow({ coalescing, dollars }: Overview['costs'][number]): string {
  return row(
    `${count.format(coalescing)} ${coalescing === 1 ? 'write' : 'writes'}`,
    WAY_NAMES.map((way) => `${dollars[way].toFixed(3)}${way !== 'client' && dollars[way] < dollars.api ? '*' : ' '}`),
  );
}

function row(label: string, cells: readonly string[]): string {
  return `  ${label.padStart(LABEL_WIDTH)}${cells.map((cell) => cell.padStart(CELL_WIDTH)).join('')}`.trimEnd();
}
