import type { Coalescing } from '../../bench/load/coalescing.ts';
import type { KindResult, LoadResult } from '../../bench/load/run.ts';
import type { OperationKind, WorkloadName } from '../../bench/load/workload.ts';
import { formatCount, formatMs, formatTenths, tableLines } from '../format.ts';
import type { LoadOptions } from './load-options.ts';

/** Shares of all operations of a kind that were not slower, by their names in the report. */
const PERCENTILES = { p50: 0.5, p95: 0.95, p99: 0.99, p999: 0.999, max: 1 } as const;

/** Kinds of operations in the order of the report, as people call them. */
const KINDS: Readonly<Record<OperationKind, string>> = {
  read: 'read',
  update: 'update',
  insert: 'insert',
  readModifyWrite: 'read-modify-write',
};

/** What was found about one kind of operation. */
export interface KindReport {
  /** Operations that ended, however. */
  readonly operations: number;
  readonly failed: number;
  /** Operations that found no item. */
  readonly notFound: number;
  /** Of those that succeeded, from when they were due, ms; `null` without any. */
  readonly latencyMs: Readonly<Record<keyof typeof PERCENTILES, number | null>>;
}

/** What a load was, and what it found. */
export interface LoadReport {
  readonly workload: WorkloadName;
  readonly distribution: 'zipf' | 'uniform' | 'latest';
  readonly keys: number;
  readonly valueBytes: number;
  readonly lanes: number;
  /** `null`: closed loop. */
  readonly ratePerSecond: number | null;
  /** `null`: the collection's. */
  readonly durability: string | null;
  readonly seed: number;
  readonly seconds: number;
  readonly operations: number;
  readonly operationsPerSecond: number;
  /** Operations that were due by the rate when the time was over, but waited for a lane. */
  readonly notStarted: number;
  /** Operations that failed, by the problem's code. */
  readonly errors: Readonly<Record<string, number>>;
  readonly kinds: Readonly<Partial<Record<OperationKind, KindReport>>>;
  readonly coalescing: Coalescing;
}

/** Puts together what a load was and what it found. */
export function reportOf(options: LoadOptions, lanes: number, result: LoadResult, coalescing: Coalescing): LoadReport {
  const { workload, distribution, keys, valueBytes, rate = null, durability = null, seed } = options;
  const { seconds, operations } = result;
  const order = Object.keys(KINDS);
  const kinds = [...result.kinds].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return {
    workload,
    distribution: workload === 'D' ? 'latest' : distribution,
    keys,
    valueBytes,
    lanes,
    ratePerSecond: rate,
    durability,
    seed,
    seconds: Number(seconds.toFixed(3)),
    operations,
    operationsPerSecond: Number((operations / seconds).toFixed(1)),
    notStarted: notStarted(options, result),
    errors: Object.fromEntries(result.errors),
    kinds: Object.fromEntries(kinds.map(([kind, found]) => [kind, kindReport(found)])),
    coalescing,
  };
}

function notStarted({ rate, duration, operations }: LoadOptions, result: LoadResult): number {
  if (rate === undefined || duration === undefined) return 0;
  const due = Math.min(operations ?? Infinity, Math.floor(rate * Math.min(duration, result.seconds)));
  return Math.max(0, due - result.operations);
}

function kindReport({ latencies, failed, notFound }: KindResult): KindReport {
  const at = Object.entries(PERCENTILES).map(([name, share]) => [name, latencies.percentile(share)]);
  return { operations: latencies.count + failed, failed, notFound, latencyMs: Object.fromEntries(at) };
}

/** The report as people read it. */
export function loadText(report: LoadReport): string[] {
  const { workload, distribution, keys, valueBytes, lanes, ratePerSecond, durability, errors, kinds, coalescing } =
    report;
  const pace = ratePerSecond === null ? 'closed loop' : `${formatCount(ratePerSecond)} operations a second`;
  const level = durability === null ? "the collection's level" : `level ${durability}`;
  const count = (value: number) => formatCount(value);
  const notFound = Object.values(kinds).reduce((sum, kind) => sum + kind.notFound, 0);
  return [
    `Workload ${workload}, ${distribution} over ${count(keys)} items of ${count(valueBytes)} B, ${lanes} lanes, ${pace}, ${level}`,
    `${count(report.operations)} operations in ${formatTenths(report.seconds)} s, ${count(report.operationsPerSecond)} a second`,
    '',
    ...tableLines([
      ['', 'count', ...Object.keys(PERCENTILES).map((name) => name.replace('p999', 'p99.9'))],
      ...Object.entries(kinds).map(([kind, { operations, latencyMs }]) => [
        KINDS[kind as OperationKind],
        count(operations),
        ...Object.values(latencyMs).map(formatMs),
      ]),
    ]),
    '',
    ...tableLines([
      ['writes', count(coalescing.writes)],
      ['items stored', `${count(coalescing.itemsStored)}${coalescing.drained ? '' : ' so far'}`],
      ['coalescing ratio', coalescing.ratio === null ? '–' : formatTenths(coalescing.ratio)],
      ...(report.notStarted > 0 ? [['due, but not started', count(report.notStarted)]] : []),
      ...(notFound > 0 ? [['found no item', count(notFound)]] : []),
      ...Object.entries(errors).map(([code, n]) => [`failed: ${code}`, count(n)]),
    ]),
  ];
}
