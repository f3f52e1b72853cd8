import { COLUMNS, type Column, type Verdict } from './judge/verdict.ts';
import type { RunResult } from './run.ts';

const FINDINGS_SHOWN = 20;

/** The one table that a run ends with, and whether every column that must be zero is. */
export function printed(result: RunResult, verdict: Verdict): { readonly text: string; readonly good: boolean } {
  const { run, injected, unrest, unexpected, incompleteLetters, dirtyItems } = result;
  const of = (column: Column) => verdict.findings.filter((finding) => finding.column === column).length;
  const acknowledged = run.writes.filter(({ outcome }) => outcome === 'acknowledged');
  const levels = Object.groupBy(acknowledged, ({ level }) => level);
  const faults = [...injected].filter(([kind]) => !kind.startsWith('·')).reduce((sum, [, count]) => sum + count, 0);
  const zeros: [string, number][] = [
    ...Object.entries(COLUMNS).map(([column, what]): [string, number] => [what, of(column as Column)]),
    ['items not at rest in the end', unrest ? 1 : 0],
    ['answers outside the contract', [...unexpected.values()].reduce((a, b) => a + b, 0)],
    ['dead letters that lack something', incompleteLetters],
    ['dirty items beyond the bound', Math.max(0, dirtyItems.most - dirtyItems.bound)],
  ];
  const lines = [
    '',
    row('writes', run.writes.length),
    ...Object.entries(levels).map(([level, writes = []]) => row(`  acknowledged at ${level}`, writes.length)),
    row('  of unknown outcome', run.writes.filter(({ outcome }) => outcome === 'unknown').length),
    row('reads', run.reads.length),
    row('faults', faults),
    ...[...injected].sort().map(([kind, count]) => row(`  ${kind}`, count)),
    '',
    'must be zero',
    ...zeros.map(([what, count]) => row(`  ${what}`, count)),
    '',
    'within the documented limits',
    row('  keys whose writes at cache level went with Valkey', verdict.lostWithValkey.size),
    row('  losses that the product reported, by key', new Set(run.reported.map(({ key }) => key)).size),
    row('  patches without a write that Valkey had lost or never had', verdict.patchedWithout),
    row('  patches that nothing can be said about', verdict.undetermined),
    row('  longest lag, s', Math.round(verdict.longestLagMs / 100) / 10),
    ...verdict.findings.slice(0, FINDINGS_SHOWN).map(({ column, key, what }) => `! ${column}: ${key}: ${what}`),
    ...(unrest ? [`! not at rest: ${unrest}`] : []),
    ...[...unexpected].map(([status, count]) => `! answered ${status}: ${count} times`),
  ];
  return { text: lines.join('\n'), good: zeros.every(([, count]) => count === 0) };
}

function row(what: string, count: number): string {
  return `${what.padEnd(62)} ${String(count).padStart(8)}`;
}
