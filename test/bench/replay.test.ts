import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Acks } from '../../bench/peer/acks.ts';
import { headerLine, type OpsHeader, readOps } from '../../bench/peer/ops-file.ts';
import { type Replayed, replay } from '../../bench/peer/replay.ts';
import { LevelNotMetError, NoRoomError } from '../../lib/errors.ts';
import type { WriteOperation } from '../../lib/model/operation.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';

const HEADER: OpsHeader = {
  workload: 'test',
  kind: 'put',
  seed: 1,
  lanes: 2,
  keys: 5,
  ops: 4,
  valueBytes: 60,
  rate: 0,
};
const LINES = ['0 4', '1 0', '0 4', '0 1'];

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'replay-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function opsOf(header: Partial<OpsHeader> = {}, lines: readonly string[] = LINES) {
  const file = join(directory, 'ops');
  writeFileSync(file, `${headerLine({ ...HEADER, ...header })}\n${lines.join('\n')}\n`);
  return readOps(file);
}

type Execute = (operation: WriteOperation, nth: number) => unknown;

/** Replays against a cache that answers as it is told; also what it was asked, and the acks file. */
async function replayed(
  header: Partial<OpsHeader>,
  durability: 'cache' | 'queue',
  execute: Execute,
): Promise<Replayed & { reported: unknown[]; asked: WriteOperation[]; acks: Buffer }> {
  const asked: WriteOperation[] = [];
  const cache = {
    config: { defaultDurability: durability },
    execute: async (operation: WriteOperation) => {
      asked.push(operation);
      return execute(operation, asked.length);
    },
  };
  const acks = new Acks(join(directory, 'acks'), HEADER.lanes);
  const reported: unknown[] = [];
  const report = (error: unknown) => reported.push(error);
  const result = await replay(cache as unknown as WriteBehind, opsOf(header), acks, report);
  acks.close();
  return { ...result, reported, asked, acks: readFileSync(join(directory, 'acks')) };
}

describe('an ops file', () => {
  test('is read as it was written', () => {
    const { header, keyOf, lanes } = opsOf();
    expect(header).toEqual(HEADER);
    expect([...keyOf]).toEqual([4, 0, 4, 1]);
    expect(lanes.map((lane) => [...lane])).toEqual([[0, 2, 3], [1]]);
  });

  test.each([
    ['a lane that is none', ['0 4', '2 0', '0 4', '0 1'], 'line 3: no such lane or key'],
    ['a key that is none', ['0 5', '1 0', '0 4', '0 1'], 'line 2: no such lane or key'],
    ['other text', ['0 4', '1 0', '0 4', '0 x'], 'line 5: is not "<lane> <key number>"'],
    ['too few lines', ['0 4', '1 0', '0 4'], 'line 5: is not "<lane> <key number>"'],
    ['too many lines', ['0 4', '1 0', '0 4', '0 1', '1 1'], 'there are more lines'],
  ])('with %s is refused', (_, lines, message) => {
    expect(() => opsOf({}, lines)).toThrow(message);
  });

  test('with another header is refused', () => {
    writeFileSync(join(directory, 'ops'), '#wbops 2 kind=put\n');
    expect(() => readOps(join(directory, 'ops'))).toThrow('line 1: does not begin with');
    expect(() => opsOf({ kind: 'get' as 'put' })).toThrow('line 1: kind must be put or incr');
    expect(() => opsOf({ lanes: 0 })).toThrow('line 1: lanes must be a number from 1');
  });
});

describe('a replay', () => {
  test('has one operation of a lane under way, and counts it when it is acknowledged', async () => {
    const busy = new Set<string>();
    const counts: string[] = [];
    const { asked, acks, thrown, failed, latencies } = await replayed({}, 'cache', async ({ key }) => {
      const lane = key === 'items/k00000000' ? 'lane 1' : 'lane 0';
      expect(busy).not.toContain(lane);
      busy.add(lane);
      await new Promise((resolve) => setImmediate(resolve));
      busy.delete(lane);
      if (lane === 'lane 0') counts.push(readFileSync(join(directory, 'acks')).toString('hex', 0, 8));
    });
    expect(counts).toEqual(['0000000000000000', '0100000000000000', '0200000000000000']);
    expect(acks.toString('hex')).toBe('03000000000000000100000000000000');
    expect({ thrown, failed, acknowledged: latencies.count }).toEqual({ thrown: 0, failed: 0, acknowledged: 4 });
    expect(asked[0]).toEqual({
      op: 'put',
      key: 'items/k00000004',
      value: { v: `{"k":"k00000004","s":0,"p":"${'x'.repeat(30)}"}` },
    });
  });

  test('starts no operation before its time', async () => {
    const startedAt = performance.now();
    const starts: number[] = [];
    await replayed({ rate: 100 }, 'cache', () => starts.push(performance.now() - startedAt));
    expect(starts).toHaveLength(4);
    starts.forEach((start, op) => {
      expect(start).toBeGreaterThanOrEqual(op * 10);
    });
  });

  const failures = {
    refused: new NoRoomError('Full.', 1),
    'not written': new LevelNotMetError('Away.', false),
    'in doubt': new LevelNotMetError('Cut.', 'unknown'),
  };

  test.each([
    ['put', 'cache', 'in doubt', 'repeated'],
    ['incr', 'queue', 'in doubt', 'repeated'],
    ['incr', 'cache', 'not written', 'repeated'],
    ['incr', 'cache', 'refused', 'repeated'],
    ['incr', 'cache', 'in doubt', 'failed'],
  ] as const)('%s at %s level that is %s is %s', async (kind, level, failure, fate) => {
    const { asked, reported, thrown, failed, acks } = await replayed({ kind }, level, (_, nth) => {
      if (nth === 1) throw failures[failure];
    });
    expect(reported).toEqual([failures[failure]]);
    expect({ thrown, failed }).toEqual({ thrown: 1, failed: fate === 'failed' ? 1 : 0 });
    expect(Number(acks.readBigInt64LE(0))).toBe(fate === 'failed' ? 2 : 3);
    const repeats = asked.filter((operation) => operation === asked[0]);
    expect(repeats).toHaveLength(fate === 'failed' ? 1 : 2);
  });

  test('increments have idempotency keys of their own, other ones in another run, where SQS can fail', async () => {
    const runs = [
      await replayed({ kind: 'incr' }, 'queue', () => 0),
      await replayed({ kind: 'incr' }, 'queue', () => 0),
    ];
    const keys = runs.flatMap(({ asked }) => asked.map(({ idempotencyKey }) => idempotencyKey));
    expect(new Set(keys).size).toBe(8);
    expect(keys).not.toContain(undefined);
  });
});
