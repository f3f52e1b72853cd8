import type { Percentiles, Stats } from '../../lib/insight/types.ts';
import { flushingText } from '../flushing-text.ts';
import { formatCount, formatMs, formatTenths, tableLines } from '../format.ts';

/** The statistics as people read them. */
export function statsText(stats: Stats): string[] {
  const { writes, reads, queue } = stats;
  const count = (value: number) => formatCount(value);
  return [
    'Waiting',
    ...tableLines([
      ['dirty items', count(stats.dirtyItems)],
      ['of at most', count(stats.maxDirtyItems)],
      ['parked items', count(stats.parkedItems)],
      ['dead letters', count(stats.deadLetters)],
      ['oldest lag', formatMs(stats.oldestLagMs)],
      ['flushing', flushingText(stats.flushing)],
      ['messages: visible, delayed, in flight', [queue.visible, queue.delayed, queue.inFlight].map(count).join(', ')],
    ]),
    `Counted${stats.since === null ? '' : ` since ${stats.since}`}`,
    ...tableLines([
      ['writes: cache, queue, database', [writes.cache, writes.queue, writes.database].map(count).join(', ')],
      ['items stored', count(stats.itemsStored)],
      ['writes per item stored', ratio(stats.coalescingRatio)],
      ['reads: hits, misses', [reads.hits, reads.misses].map(count).join(', ')],
      ['signals', count(stats.signals)],
      ['stored in the last minute', count(stats.storedPerMinute)],
      ['stores that failed', count(stats.failed)],
      ['known lost', count(stats.knownLost)],
      ['changes by other programs: seen, conflicts', [stats.foreignChanges, stats.conflicts].map(count).join(', ')],
    ]),
    'Durations',
    ...tableLines([
      ['', 'p50', 'p99'],
      ['write', ...percentiles(stats.writeLatencyMs)],
      ['lag', ...percentiles(stats.lagMs)],
      ['batch of messages', ...percentiles(stats.batchMs)],
    ]),
  ];
}

const WATCHED = ['time', 'dirty', 'oldest lag', 'messages', 'parked', 'dead letters', 'writes', 'stored', 'ratio'];
const WIDTHS = [8, 7, 10, 9, 7, 12, 9, 9, 6];

/** Stands above the lines of {@link watchText}. */
export const WATCH_HEADING = inColumns(WATCHED);

/** One line; writes and items stored are those since the statistics `before`, or in all without them. */
export function watchText(now: Stats, before: Stats | undefined, at: Date): string {
  const writes = writesOf(now) - (before ? writesOf(before) : 0);
  const { visible, delayed, inFlight } = now.queue;
  return inColumns([
    at.toISOString().slice(11, 19),
    formatCount(now.dirtyItems),
    formatMs(now.oldestLagMs),
    formatCount(visible + delayed + inFlight),
    formatCount(now.parkedItems),
    formatCount(now.deadLetters),
    formatCount(writes),
    formatCount(now.itemsStored - (before?.itemsStored ?? 0)),
    ratio(now.coalescingRatio),
  ]);
}

function inColumns(cells: readonly string[]): string {
  return cells.map((cell, column) => cell.padStart(WIDTHS[column]!)).join('  ');
}

function writesOf({ writes }: Stats): number {
  return writes.cache + writes.queue + writes.database;
}

function ratio(value: number | null): string {
  return value === null ? '–' : formatTenths(value);
}

function percentiles({ p50, p99 }: Percentiles): string[] {
  return [formatMs(p50), formatMs(p99)];
}
