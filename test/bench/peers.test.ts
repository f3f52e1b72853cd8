import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { headerLine, type Ops, readOps } from '../../bench/peer/ops-file.ts';
import { opsText } from '../../bench/peer/workloads.ts';
import { peersTable } from '../../bench/peers/report.ts';
import type { PeerRun } from '../../bench/peers/run.ts';
import type { Row } from '../../bench/peers/servers.ts';
import { peerTargets, type RunsOfPeers } from '../../bench/peers/targets.ts';
import { wrongItems } from '../../bench/peers/wrong-items.ts';
import { isMet } from '../../bench/report/target.ts';

function readText(text: string): Ops {
  const directory = mkdtempSync(join(tmpdir(), 'peers-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'ops'), text);
  return readOps(join(directory, 'ops'));
}

function opsOf(kind: 'put' | 'incr', ...lines: readonly (readonly [lane: number, key: number])[]): Ops {
  const common = { workload: 'test', seed: 1, lanes: 2, keys: 3, valueBytes: 50, rate: 0 };
  const header = headerLine({ ...common, kind, ops: lines.length });
  return readText([header, ...lines.map((line) => line.join(' ')), ''].join('\n'));
}

const rowsOf = (rows: Record<string, Row>) => new Map(Object.entries(rows));
const put = (op: number): Row => ({ v: JSON.stringify({ k: '-', s: op, p: '' }) });

describe('what is wrong in the table of a peer', () => {
  test('counters that lack an increment, have one twice, or are not there', () => {
    const ops = opsOf('incr', [0, 0], [1, 0], [0, 1], [1, 2]);
    expect(wrongItems(ops, rowsOf({ k00000000: { n: 2 }, k00000001: { n: 1 }, k00000002: { n: 1 } }))).toBe(0);
    expect(wrongItems(ops, rowsOf({ k00000000: { n: 1 }, k00000001: { n: 2 } }))).toBe(3);
  });

  test('items with a put that its own lane had followed by another, or without any', () => {
    const ops = opsOf('put', [0, 0], [0, 0], [1, 0], [1, 1]);
    for (const last of [1, 2]) expect(wrongItems(ops, rowsOf({ k00000000: put(last), k00000001: put(3) }))).toBe(0);
    expect(wrongItems(ops, rowsOf({ k00000000: put(0), k00000001: put(3) }))).toBe(1);
    expect(wrongItems(ops, rowsOf({ k00000000: put(2) }))).toBe(1);
  });
});

test('a workload is the same operations each time, as many as asked for', () => {
  expect(opsText('W3', 50)).toBe(opsText('W3', 50));
  expect(readText(opsText('W3', 50)).header).toMatchObject({ workload: 'W3', kind: 'incr', ops: 50, lanes: 16 });
});

const run = (rate: number, changes: Partial<PeerRun> = {}): PeerRun => ({
  ...{ ops: 1000, rate, p50: 1, p99: 2, dbItems: 100, drainMs: 1000, failed: 0, wrong: 0 },
  ...changes,
});
const runs = (ours: readonly PeerRun[]): RunsOfPeers => ({
  Redisson: [run(100), run(200, { drainMs: -1, wrong: 3 })],
  Hazelcast: [run(1000), run(1000)],
  'write-behind': ours,
});

describe('the peers beside each other', () => {
  test('are compared within a turn, and what never came is not averaged away', () => {
    const { rows } = peersTable('W1', 'Title', runs([run(300), run(600)]));
    expect(rows.map(({ name, ratio, drained }) => [name, ratio, drained])).toEqual([
      ['Redisson', { median: 1, lowest: 1, highest: 1 }, '1,000 ms; never in 1 of 2'],
      ['Hazelcast, within the process', { median: 7.5, lowest: 5, highest: 10 }, '1,000 ms'],
      ['write-behind', { median: 3, lowest: 3, highest: 3 }, '1,000 ms'],
    ]);
  });

  test('have targets that a drain without an end, or one wrong item, misses', () => {
    const results = (ours: readonly PeerRun[]) => ({ W1: runs(ours), W3: runs(ours), W4: runs(ours) });
    const missed = (ours: readonly PeerRun[]) =>
      peerTargets(results(ours))
        .filter((target) => !isMet(target))
        .map(({ id }) => id);
    expect(missed([run(800), run(800)])).toEqual([]);
    expect(missed([run(800, { drainMs: -1 }), run(800, { drainMs: -1 })])).toEqual(['drain-hazelcast']);
    // In one run of many is one too many.
    expect(missed([run(800), run(800, { wrong: 1 })])).toEqual(['wrong']);
  });
});
