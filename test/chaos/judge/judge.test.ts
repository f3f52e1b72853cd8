import { describe, expect, test } from 'vitest';
import { judge } from './judge.ts';
import type { Fault, Harm, Read, Run, Sample, TableItem, Write } from './record.ts';
import type { Column } from './verdict.ts';

const KEY = 'items/1';
let n = 0;

/** A put of one client that took 10 ms and was acknowledged, with version = the time at which it was sent. */
function put(at: number, more: Partial<Write> = {}): Write {
  n += 1;
  return {
    n,
    client: 1,
    key: KEY,
    level: 'queue',
    change: { op: 'put', value: { w: n } },
    sentAt: at,
    endedAt: at + 10,
    attempts: 1,
    outcome: 'acknowledged',
    version: at,
    ...more,
  };
}

/** An increment that left this sum. */
function increment(at: number, sum: number, more: Partial<Write> = {}): Write {
  return put(at, { change: { op: 'patch', set: {}, add: { sum: 1 } }, value: { sum }, ...more });
}

const remove = (at: number, more: Partial<Write> = {}) => put(at, { change: { op: 'delete' }, ...more });
const read = (at: number, version: number | null): Read => ({
  client: 1,
  key: KEY,
  sentAt: at,
  endedAt: at + 10,
  version,
});
const fault = (harm: Harm, at: number): Fault => ({ kind: harm, harm, from: at, to: at + 10 });

function item(write: Write): TableItem {
  const deleted = write.change.op === 'delete';
  const value = write.change.op === 'put' ? write.change.value : (write.value ?? {});
  return { version: write.version, deleted, value };
}

function sample(at: number, version: number, deleted = false): Sample {
  return { from: at, to: at, items: new Map([[KEY, { version, deleted }]]) };
}

/** What becomes of writes when the table ends with `last`. */
function run(writes: readonly Write[], last: TableItem | undefined, more: Partial<Run> = {}): Run {
  return {
    writes,
    reads: [],
    faults: [],
    samples: [],
    table: new Map(last ? [[KEY, last]] : []),
    cachedOtherwise: new Map(),
    reported: [],
    queueFailed: false,
    ...more,
  };
}

function columns(of: Run): Column[] {
  return judge(of).findings.map(({ column }) => column);
}

describe('the judge finds nothing wrong with', () => {
  test('writes of which the table has the newest', () => {
    const writes = [put(100), remove(200), put(300)];
    expect(columns(run(writes, item(writes[2]!)))).toEqual([]);
  });

  test('a newer write of unknown outcome, whether it took effect or not', () => {
    const writes = [put(100), put(200, { outcome: 'unknown', version: 0 })];
    expect(columns(run(writes, item(writes[0]!)))).toEqual([]);
    expect(columns(run(writes, { ...item(writes[1]!), version: 205 }))).toEqual([]);
  });

  test('increments of unknown outcome that count once or not at all', () => {
    const unknown = increment(200, 0, { outcome: 'unknown', version: 0 });
    for (const sum of [2, 3]) {
      const writes = [increment(100, 1), unknown, increment(300, sum)];
      expect(columns(run(writes, item(writes[2]!)))).toEqual([]);
    }
  });
});

describe('the judge sees', () => {
  test.each<[Column, Run]>([
    ['lost', run([put(100), put(200)], undefined)],
    ['lost', run([put(100)], { version: 50, deleted: true, value: {} })],
    ['resurrected', run([put(100), remove(200)], { version: 100, deleted: false, value: { w: 0 } })],
    ['reordered', run([put(100, { version: 500 }), put(200, { version: 400 })], undefined)],
    ['reordered', run([put(100), put(200, { version: 100 })], undefined)],
    ['doubleCounted', run([increment(100, 1), increment(200, 3)], undefined)],
    ['lost', run([increment(100, 1), increment(200, 1)], undefined)],
    ['foreign', run([put(100)], { version: 100, deleted: false, value: { w: -1 } })],
    ['foreign', run([put(100)], { version: 101, deleted: false, value: { w: -1 } })],
    ['foreign', run([put(100)], { version: 101, deleted: true, value: {} })],
    ['wentBack', run([], undefined, { samples: [sample(1, 200), sample(2, 100)] })],
    ['readBack', run([], undefined, { reads: [read(100, 90), read(200, 80)] })],
    ['readBack', run([put(100)], undefined, { reads: [read(200, 80)] })],
    ['stale', run([], { version: 9, deleted: false, value: {} }, { cachedOtherwise: new Map([[KEY, 8]]) })],
    ['overReported', run([], undefined, { reported: [{ key: KEY, version: 1 }] })],
  ])('%s', (column, wrong) => {
    expect(columns(wrong)).toContain(column);
  });

  test('a write at cache level that is missing although Valkey kept its data', () => {
    const write = put(100, { level: 'cache' });
    expect(columns(run([write], undefined))).toEqual(['lost']);
    expect(columns(run([write], undefined, { faults: [fault('away', 105)] }))).toEqual(['lost']);
  });

  test('a write at cache level that went with Valkey while nobody was told', () => {
    const lost = run([put(100, { level: 'cache' })], undefined, { faults: [fault('loss', 200)] });
    expect(columns(lost)).toEqual(['unreported']);
    expect(columns({ ...lost, reported: [{ key: KEY, version: 100 }] })).toEqual([]);
    expect(judge(lost).lostWithValkey).toEqual(new Set([KEY]));
  });

  test('a write at queue level that is missing, whatever became of Valkey', () => {
    for (const harm of ['loss', 'rollback', 'away', 'memory'] as const) {
      expect(columns(run([put(100)], undefined, { faults: [fault(harm, 105)] }))).toEqual(['lost']);
    }
  });

  test('an increment that counts twice although Valkey was away: a patch never goes past it', () => {
    const writes = [increment(100, 1), increment(200, 3)];
    expect(columns(run(writes, item(writes[1]!), { faults: [fault('away', 150)] }))).toEqual(['doubleCounted']);
  });

  test('a loss reported of what the table had', () => {
    const more = { faults: [fault('loss', 150)], samples: [sample(120, 100)], reported: [{ key: KEY, version: 100 }] };
    const write = put(100);
    expect(columns(run([write], item(write), more))).toEqual(['overReported']);
  });
});

describe('the judge excuses what is documented', () => {
  test('order by clock across a loss of Valkey, and of what went past it', () => {
    const [early, late] = [put(1_000, { version: 900_000 }), put(20_000, { version: 800_000 })];
    expect(columns(run([early, late], item(early), { faults: [fault('loss', 10_000)] }))).toEqual([]);
    expect(columns(run([early, late], item(early), { faults: [fault('away', 1_005)] }))).toEqual([]);
    // Long before both of them.
    expect(columns(run([early, late], item(early), { faults: [fault('loss', -9_000)] }))).toEqual(['reordered']);
  });

  test('a patch made without what Valkey lost, and counts it', () => {
    const writes = [increment(100, 1), increment(300, 1)];
    const lost = run(writes, item(writes[1]!), { faults: [fault('loss', 200)] });
    expect(columns(lost)).toEqual([]);
    expect(judge(lost).patchedWithout).toBe(1);
  });

  test('reads that go back across a loss, and binds them to what was seen after it', () => {
    const reads = [read(100, 90), read(20_000, 80), read(30_000, 70)];
    expect(columns(run([], undefined, { reads, faults: [fault('loss', 10_000)] }))).toEqual(['readBack']);
  });

  test('a retry that wrote again after the record of its first attempt was forgotten', () => {
    const writes = [increment(100, 1), increment(200, 3, { attempts: 2, endedAt: 260 })];
    expect(columns(run(writes, item(writes[1]!)))).toEqual(['doubleCounted']);
    expect(columns(run(writes, item(writes[1]!), { faults: [fault('memory', 230)] }))).toEqual([]);
  });
});

test('the judge measures how long the table waited for what was acknowledged', () => {
  const samples = [sample(100, 0), sample(400, 90), sample(700, 100)];
  expect(judge(run([put(100)], undefined, { samples })).longestLagMs).toBe(590);
});
