import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { keyName } from '../../bench/peer/ops-file.ts';
import { type Harness, LANES, startHarness, VALUE_BYTES } from './peer.ts';

type Line = readonly [lane: number, key: number];

/** Operations of which each key has its own lane, so that its last one is known. */
function lines(ops: number, keys: number): Line[] {
  return Array.from({ length: ops }, (_, op) => {
    const key = (op * 7) % keys;
    return [key % LANES, key];
  });
}

const parsed = (text: string | undefined) => JSON.parse(text ?? '{}') as { k: string; s: number; p: string };

async function harness(): Promise<Harness> {
  const started = await startHarness();
  onTestFinished(() => started.stop());
  return started;
}

/** For each key the operations that its row may be of: the last acknowledged one, or the one that was under way. */
function allowed(all: readonly Line[], acks: readonly number[]): Map<string, Set<number>> {
  const seen = Array.from({ length: LANES }, () => 0);
  const of = new Map<string, Set<number>>();
  all.forEach(([lane, key], op) => {
    const before = seen[lane]!++;
    if (before < acks[lane]!) of.set(keyName(key), new Set([op]));
    else if (before === acks[lane]!) of.get(keyName(key))?.add(op);
  });
  return of;
}

describe('the peer', { timeout: 60_000 }, () => {
  test('puts: the table has the last value of each key, and the out file says what it took', async () => {
    const { run, rows, result, acks } = await harness();
    const all = lines(600, 40);
    await run('put', all).ended();
    const table = await rows();
    expect(table.size).toBe(40);
    all.forEach(([, key], op) => {
      const { k, s, p } = parsed(table.get(keyName(key))?.v);
      if (op + 40 >= all.length) expect({ k, s, p: /^x+$/.test(p) }).toEqual({ k: keyName(key), s: op, p: true });
    });
    expect(table.get(keyName(0))?.v).toHaveLength(VALUE_BYTES);
    expect(acks()).toEqual(Array.from({ length: LANES }, () => 150));
    const number = expect.any(Number);
    const { ops, ms, rate, p50, p99, max, dbItems, dbCalls, drainMs, ...others } = result() as Record<string, number>;
    expect({ ops, others }).toEqual({ ops: 600, others: { thrown: 0, failed: 0 } });
    expect([ms, rate, p50, p99, max, drainMs]).toEqual([number, number, number, number, number, number]);
    expect(Math.abs(rate! - (600 / ms!) * 1000)).toBeLessThan(1);
    expect(p50! <= p99! && p99! <= max! && max! <= ms! + 1).toBe(true);
    // Every key once, and hardly more: all of it happens within a window.
    expect(dbItems).toBeGreaterThanOrEqual(40);
    expect(dbItems).toBeLessThan(300);
    expect(dbCalls).toBeGreaterThanOrEqual(dbItems!);
    expect(drainMs).toBeGreaterThan(0);
  });

  test('increments: the table has exactly as many of each key as there were, at queue level', async () => {
    const { run, rows, result } = await harness();
    const all = lines(400, 8);
    await run('incr', all, '--durability', 'queue').ended();
    const numbers = [...(await rows()).entries()].map(([name, { n }]) => [name, n]).sort();
    expect(numbers).toEqual(Array.from({ length: 8 }, (_, key) => [keyName(key), 50]));
    expect(result()).toMatchObject({ ops: 400, thrown: 0, failed: 0 });
  });

  describe('killed in the middle of the load, and started again, has stored what it acknowledged', () => {
    const all = lines(100_000, 100);

    async function crashAndRecover(level: string, loseTheOther: (harness: Harness) => unknown): Promise<void> {
      const own = await harness();
      const peer = own.run('put', all, '--durability', level);
      const busy = () => own.acks().filter((count) => count > 50).length;
      await Promise.race([peer.ended(), expect.poll(busy, { timeout: 30_000, interval: 5 }).toBe(LANES)]);
      await peer.kill();
      const expected = allowed(all, own.acks());
      const wrong = async () => {
        const table = await own.rows();
        return [...expected].filter(([name, ops]) => !ops.has(parsed(table.get(name)?.v).s)).map(([name]) => name);
      };
      expect(await wrong(), 'what the crash left to do').not.toEqual([]);
      await loseTheOther(own);
      own.recover('--durability', level);
      await expect.poll(() => own.result(), { timeout: 30_000, interval: 20 }).toEqual({ ready: true });
      await expect.poll(wrong, { timeout: 60_000, interval: 50 }).toEqual([]);
    }

    test('at cache level from Valkey alone', async () => {
      await crashAndRecover('cache', ({ directory }) =>
        rmSync(join(directory, 'write-behind-queue'), { recursive: true }),
      );
    });

    test('at queue level from the queue alone', async () => {
      await crashAndRecover('queue', ({ redis }) => redis.flushall());
    });
  });

  test('a store that throws for a while is only late', async () => {
    const { run, rows, result } = await harness();
    const all = lines(600, 40);
    // Without a window the store is asked while it throws, however slow the machine is.
    await run('put', all, '--fault', '0,2000', '--window-seconds', '0').ended();
    const table = await rows();
    const last = all.slice(-40).map(([, key], index) => [keyName(key), 560 + index]);
    expect(last.map(([name]) => [name, parsed(table.get(name as string)?.v).s])).toEqual(last);
    const { dbItems, dbCalls, drainMs, thrown, failed } = result() as Record<string, number>;
    expect({ thrown, failed }).toEqual({ thrown: 0, failed: 0 });
    // What was answered with an error was asked again.
    expect(dbCalls).toBeGreaterThan(dbItems!);
    expect(drainMs).toBeGreaterThan(0);
  });

  test('refuses a command line that says too little', async () => {
    const { recover } = await harness();
    await expect(recover('--mode', 'neither').ended()).rejects.toThrow('--mode: must be run or recover, not "neither"');
  });
});
