import { FaultTimes, NOT_IN_ORDER } from './faults.ts';
import { KeyJudge } from './key-judge.ts';
import type { Run, Sample, Write } from './record.ts';
import type { Finding, Verdict } from './verdict.ts';

/** Decides whether a run kept what was promised. It knows the promises, and nothing of how they are kept. */
export function judge(run: Run): Verdict {
  const faults = new FaultTimes(run.faults);
  const byKey = Map.groupBy(run.writes, ({ key }) => key);
  const keys = [...byKey].map(([key, writes]) => {
    const own = new KeyJudge(key, writes, faults);
    own.judge(run.table.get(key));
    return [key, own] as const;
  });
  const lostWithValkey = new Set(keys.filter(([, own]) => own.lostWithValkey).map(([key]) => key));
  return {
    findings: [
      ...keys.flatMap(([, own]) => own.findings),
      ...tableWentBack(run.samples),
      ...readsWentBack(run, faults),
      ...cachedOtherwise(run, faults),
      ...reports(run, faults, lostWithValkey),
    ],
    lostWithValkey,
    patchedWithout: keys.reduce((sum, [, own]) => sum + own.patchedWithout, 0),
    undetermined: keys.reduce((sum, [, own]) => sum + own.undetermined, 0),
    longestLagMs: longestLag(run.writes, run.samples),
  };
}

function tableWentBack(samples: readonly Sample[]): Finding[] {
  const newest = new Map<string, number>();
  const findings: Finding[] = [];
  for (const { items } of samples) {
    for (const [key, { version }] of items) {
      const before = newest.get(key) ?? 0;
      if (version < before) findings.push({ column: 'wentBack', key, what: `from ${before} to ${version}` });
      newest.set(key, Math.max(before, version));
    }
  }
  return findings;
}

/** A client that has written or read a version never reads an older one, as long as Valkey is there and keeps its data. */
function readsWentBack({ writes, reads }: Run, faults: FaultTimes): Finding[] {
  const findings: Finding[] = [];
  const acknowledged = writes.filter(({ outcome }) => outcome === 'acknowledged');
  const seen = Map.groupBy([...acknowledged, ...reads], ({ client, key }) => `${client} ${key}`);
  for (const events of seen.values()) {
    const newest = { version: 0, endedAt: 0 };
    for (const event of events.sort((a, b) => a.sentAt - b.sentAt)) {
      const { key, version, sentAt, endedAt } = event;
      if (version === null) continue;
      if (!('change' in event) && version < newest.version && sentAt >= newest.endedAt) {
        if (!faults.any(NOT_IN_ORDER, newest.endedAt, endedAt)) {
          findings.push({
            column: 'readBack',
            key,
            what: `client ${event.client} saw ${newest.version}, then ${version}`,
          });
        }
      }
      // After Valkey forgot, what was seen before binds nobody.
      if (version >= newest.version || faults.any(NOT_IN_ORDER, newest.endedAt, endedAt)) {
        Object.assign(newest, { version, endedAt });
      }
    }
  }
  return findings;
}

/** After Valkey forgot, an entry that was clean may be stale until its time to live is over. */
function cachedOtherwise({ cachedOtherwise: cached, table }: Run, faults: FaultTimes): Finding[] {
  return [...cached].flatMap(([key, version]): Finding[] => {
    const stored = table.get(key)?.version ?? 0;
    if (version < stored && faults.any(NOT_IN_ORDER, 0, Infinity)) return [];
    return [{ column: 'stale', key, what: `the cache has ${version}, the table ${stored}` }];
  });
}

/**
 * What was lost with Valkey is known, unless its signal could not be sent, or Valkey was set back: then what shows it may be
 * set back too. Nothing is said to be lost while Valkey keeps everything and can be reached.
 */
function reports(run: Run, faults: FaultTimes, lostWithValkey: ReadonlySet<string>): Finding[] {
  const reported = new Set(run.reported.map(({ key }) => key));
  const never = !faults.any(NOT_IN_ORDER, 0, Infinity);
  const setBack = faults.any(['rollback'], 0, Infinity);
  const silent = run.queueFailed || setBack;
  const stored = new Set(
    run.samples.flatMap(({ items }) => [...items].map(([key, { version }]) => `${version} ${key}`)),
  );
  return [
    ...run.reported
      .filter(({ key, version }) => never || (!setBack && stored.has(`${version} ${key}`)))
      .map(({ key, version }): Finding => ({ column: 'overReported', key, what: `version ${version}` })),
    ...[...lostWithValkey]
      .filter((key) => !silent && !reported.has(key))
      .map((key): Finding => ({ column: 'unreported', key, what: 'writes at cache level' })),
  ];
}

function longestLag(writes: readonly Write[], samples: readonly Sample[]): number {
  let longest = 0;
  for (const { key, outcome, version, endedAt } of writes) {
    if (outcome !== 'acknowledged') continue;
    const first = samples.find(({ items, to }) => to >= endedAt && (items.get(key)?.version ?? 0) >= version);
    if (first) longest = Math.max(longest, first.to - endedAt);
  }
  return longest;
}
