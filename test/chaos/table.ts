import type { Level } from './judge/record.ts';
import { COLUMNS, type Column, type Verdict } from './judge/verdict.ts';
import type { RunResult } from './run.ts';

const FINDINGS_SHOWN = 20;
const LEVELS: readonly Level[] = ['cache', 'queue', 'database'];

/** One scenario, run and judged. */
export interface Judged {
  readonly name: string;
  readonly result: RunResult;
  readonly verdict: Verdict;
}

type Count = (judged: Judged) => number;

/** What must be zero whatever happens. */
const ZEROS: readonly (readonly [string, Count])[] = [
  ...Object.entries(COLUMNS).map(([column, what]): [string, Count] => [what, findings(column as Column)]),
  ['items not at rest in the end', ({ result }) => (result.unrest ? 1 : 0)],
  ['answers outside the contract', ({ result }) => sum(result.unexpected.values())],
  ['dead letters that lack something', ({ result }) => result.incompleteLetters.length],
  ['dirty items beyond the bound', ({ result: { dirtyItems } }) => Math.max(0, dirtyItems.most - dirtyItems.bound)],
];

/** The one table that a run ends with, a column for each scenario, and whether all is zero that must be. */
export function printed(judged: readonly Judged[]): { readonly text: string; readonly good: boolean } {
  const row = (what: string, count: Count) => line(what, judged.map(count));
  const kinds = [...new Set(judged.flatMap(({ result }) => [...result.injected.keys()]))].sort();
  const text = [
    line(
      '',
      judged.map(({ name }) => name),
    ),
    row('writes', ({ result }) => result.run.writes.length),
    ...LEVELS.map((level) => row(`  acknowledged at ${level}`, acknowledged(level))),
    row('  of unknown outcome', ({ result }) => result.run.writes.filter((w) => w.outcome === 'unknown').length),
    row('reads', ({ result }) => result.run.reads.length),
    row('faults', ({ result }) => sum([...result.injected].filter(isFault).map(([, count]) => count))),
    ...kinds.map((kind) => row(`  ${kind}`, ({ result }) => result.injected.get(kind) ?? 0)),
    '',
    'must be zero',
    ...ZEROS.map(([what, count]) => row(`  ${what}`, count)),
    '',
    'within the documented limits',
    row('  keys whose writes at cache level went with Valkey', ({ verdict }) => verdict.lostWithValkey.size),
    row(
      '  keys with a loss that was reported',
      ({ result }) => new Set(result.run.reported.map(({ key }) => key)).size,
    ),
    row('  patches without a write that Valkey lost or never had', ({ verdict }) => verdict.patchedWithout),
    row('  patches that nothing can be said about', ({ verdict }) => verdict.undetermined),
    row('  longest lag, s', ({ verdict }) => Math.round(verdict.longestLagMs / 100) / 10),
    ...judged.flatMap(details),
  ].join('\n');
  return { text, good: ZEROS.every(([, count]) => judged.every((each) => count(each) === 0)) };
}

function details({ name, result: { unrest, unexpected, incompleteLetters }, verdict }: Judged): string[] {
  return [
    ...verdict.findings
      .slice(0, FINDINGS_SHOWN)
      .map(({ column, key, what }) => `! ${name}: ${column}: ${key}: ${what}`),
    ...[...new Set(incompleteLetters)].map((letter) => `! ${name}: dead letter ${letter}`),
    ...(unrest ? [`! ${name}: not at rest: ${unrest}`] : []),
    ...[...unexpected].map(([status, count]) => `! ${name}: answered ${status}: ${count} times`),
  ];
}

/** Requests and messages that a fault hit are shown, but are no faults of their own. */
function isFault([kind]: readonly [string, number]): boolean {
  return !kind.startsWith('·');
}

function findings(column: Column): Count {
  return ({ verdict }) => verdict.findings.filter((finding) => finding.column === column).length;
}

function acknowledged(level: Level): Count {
  return ({ result: { run } }) => run.writes.filter((w) => w.outcome === 'acknowledged' && w.level === level).length;
}

function sum(counts: Iterable<number>): number {
  return [...counts].reduce((a, b) => a + b, 0);
}

function line(what: string, cells: readonly (number | string)[]): string {
  return `${what.padEnd(64)}${cells.map((cell) => String(cell).padStart(11)).join('')}`;
}
