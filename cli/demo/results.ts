import type { Latencies } from '../../bench/load/latencies.ts';
import type { Percentiles, Stats } from '../../lib/insight/types.ts';
import { formatCount, formatMs, formatTenths } from '../format.ts';
import type { Difference } from './expected.ts';
import type { Replayed } from './replay.ts';
import type { Screen } from './screen.ts';

/** What the replay and the two samples have shown. */
export interface Measured {
  readonly replayed: Replayed;
  /** How long a lane of the replay rested to leave the machine to the flush. */
  readonly restedMs: number;
  /** The server's statistics after the replay, before the samples. */
  readonly stats: Stats;
  /** From the last acknowledgement to an empty queue with nothing dirty. */
  readonly drainMs: number;
  /** Requests that wrote items, counted between the product and DynamoDB, during the replay. */
  readonly itemWrites: number;
  readonly through: Replayed;
  readonly cached: Replayed;
}

const LAG_ALLOWANCE_SECONDS = 2;
const DIFFERENCES_SHOWN = 5;

/** Prints the numbers. */
export function showMeasured(screen: Screen, measured: Measured, windowSeconds: number): void {
  const { replayed, restedMs, stats, drainMs, itemWrites, through, cached } = measured;
  screen.heading('Numbers');
  screen.table([
    ['writes acknowledged', formatCount(replayed.writes)],
    ['item writes, counted on the wire to DynamoDB', formatCount(itemWrites)],
    ['coalescing ratio', formatTenths(replayed.writes / itemWrites)],
    ['requests repeated after 429 or 503', formatCount(replayed.retries)],
    ['stores that failed and were repeated', formatCount(stats.failed)],
    ['replay', formatMs(replayed.ms)],
    ['of that at rest, to leave the machine to the flush', formatMs(restedMs)],
    ['writes per second', formatCount(replayed.writes / (replayed.ms / 1000))],
    ['drained after the last write in', formatMs(drainMs)],
  ]);
  screen.line();
  const sample = formatCount(cached.writes);
  screen.table([
    ['', 'p50', 'p99'],
    ['lag: first write not yet claimed to stored', ...shown(stats.lagMs)],
    ['replay: batch request of up to 99 writes, at the client', ...shown(percentiles(replayed.latencies))],
    ['replay: write, as long as its batch took in the server', ...shown(stats.writeLatencyMs)],
    [`sample of ${sample}: one PUT at cache level, at the client`, ...shown(percentiles(cached.latencies))],
    [`the same ${sample}: one PUT, write-through`, ...shown(percentiles(through.latencies))],
  ]);
  const limit = windowSeconds + LAG_ALLOWANCE_SECONDS;
  const within = (stats.lagMs.p99 ?? 0) <= limit * 1000;
  screen.line(`\n  The 99th percentile of the lag is ${within ? '' : 'NOT '}within the window and 2 s (${limit} s).`);
}

function percentiles(latencies: Latencies): Percentiles {
  return { p50: latencies.percentile(0.5), p99: latencies.percentile(0.99) };
}

function shown({ p50, p99 }: Percentiles): string[] {
  return [formatMs(p50), formatMs(p99)];
}

/**
 * Prints how the table compares with the file.
 *
 * @returns whether they are the same
 */
export function showComparison(
  screen: Screen,
  expected: number,
  stored: number,
  found: readonly Difference[],
): boolean {
  screen.heading('The table, read by a plain DynamoDB client, beside the file');
  const count = (kind: Difference['kind']) => formatCount(found.filter((one) => one.kind === kind).length);
  screen.table([
    ['items by the file', formatCount(expected)],
    ['items in the table', formatCount(stored)],
    ['missing', count('missing')],
    ['extra', count('extra')],
    ['different', count('different')],
  ]);
  for (const { key, kind, expected: item, stored: actual } of found.slice(0, DIFFERENCES_SHOWN)) {
    screen.line(`  ${kind}: ${key}`);
    screen.line(`    file   ${JSON.stringify(item)}`);
    screen.line(`    table  ${JSON.stringify(actual)}`);
  }
  return found.length === 0;
}
