import type { Durability } from '../../lib/settings.ts';
import { figureOf } from './figures.ts';
import { idleBill } from './idle.ts';
import { heading } from './text.ts';
import { WRITES } from './traffic.ts';
import { WAY_NAMES, WAYS, type Way } from './ways.ts';
import type { LoadedWorkload } from './workload.ts';
import { billFor } from './writes.ts';

/** What a month costs, in dollars. */
export interface Month {
  readonly way: Way;
  readonly writes: number;
  /** Of the deployment, where there is one. */
  readonly idle: number;
  readonly total: number;
}

const SECONDS_PER_HOUR = 3600;
const LABEL_WIDTH = 20;
const AMOUNT_WIDTH = 15;
const DEPLOYED: ReadonlySet<Way> = new Set<Durability>(['cache', 'queue', 'database']);
const count = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const amount = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** What a month at a rate costs, each way. */
export function monthsOf(workload: LoadedWorkload): Month[] {
  return WAY_NAMES.map((way) => {
    const writes = (billFor(way, workload).dollars * writesOfMonth(workload)) / WRITES;
    const idle = DEPLOYED.has(way) ? idleBill().dollars : 0;
    return { way, writes, idle, total: writes + idle };
  });
}

/** The same as text. */
export function monthText(workload: LoadedWorkload): string[] {
  const months = monthsOf(workload);
  const millions = writesOfMonth(workload) / WRITES;
  const row = (label: string, cells: readonly string[]) =>
    `  ${label.padEnd(LABEL_WIDTH)}${cells.map((cell) => cell.padStart(AMOUNT_WIDTH)).join('')}`;
  const dollarsOf = (part: 'writes' | 'idle' | 'total') =>
    months.map((month) => (month[part] === 0 ? '–' : amount.format(month[part])));
  return [
    ...heading(`4  A month at ${count.format(workload.load.rate)} writes/s: ${count.format(millions)} million writes`),
    row(
      '',
      months.map(({ way }) => WAYS[way]),
    ),
    row('writes', dollarsOf('writes')),
    row('idle', dollarsOf('idle')),
    row('total', dollarsOf('total')),
    '',
    '  at the prices of the first tier: AWS charges less from some hundred millions of requests on',
  ];
}

function writesOfMonth({ load }: LoadedWorkload): number {
  return load.rate * figureOf('hoursPerMonth') * SECONDS_PER_HOUR;
}
