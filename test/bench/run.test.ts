import { describe, expect, test } from 'vitest';
import { atRate, whenAnswered } from '../../bench/load/arrivals.ts';
import { uniform } from '../../bench/load/choosers.ts';
import { runLoad } from '../../bench/load/run.ts';
import { operationsOf } from '../../bench/load/workload.ts';
import { WriteBehindClient } from '../../client/index.ts';

const operations = () =>
  operationsOf({ workload: 'B', collection: 'load', keys: 10, choose: uniform, valueBytes: 10, seed: 1 });

/** A client whose requests are answered by a function, in the order in which they are made. */
function clientOf(answer: (request: number) => Response | Promise<Response>): WriteBehindClient {
  let requests = 0;
  return new WriteBehindClient({ url: 'http://unused', retries: 0, fetch: async () => answer(requests++) });
}

const fine = () => Response.json({ key: 'load/1', version: 1, value: {} });

describe('a load', () => {
  test('has as many operations under way as it has lanes, and not one more than was asked for', async () => {
    const waiting: (() => void)[] = [];
    const { promise: full, resolve: isFull } = Promise.withResolvers<void>();
    const api = clientOf(async () => {
      const answered = new Promise<void>((resolve) => waiting.push(resolve));
      if (waiting.length === 3) isFull();
      await answered;
      return fine();
    });
    const load = runLoad(api, { operations: operations(), lanes: 3, arrivals: whenAnswered, maxOperations: 4 });
    await full;
    expect(waiting).toHaveLength(3);
    waiting[0]!();
    await expect.poll(() => waiting.length).toBe(4);
    for (const answer of waiting) answer();
    expect((await load).operations).toBe(4);
    expect(waiting).toHaveLength(4);
  });

  test('counts what failed by its code, and goes on', async () => {
    const problem = { type: 'urn:write-behind:problem:no-room', title: 'No room', status: 429, detail: '' };
    const api = clientOf((request) => {
      if (request === 0) throw new TypeError('fetch failed');
      if (request === 1) return new Response('not now', { status: 503 });
      if (request !== 2) return fine();
      return Response.json(problem, { status: 429, headers: { 'content-type': 'application/problem+json' } });
    });
    const failed: boolean[] = [];
    const result = await runLoad(api, {
      operations: operations(),
      lanes: 1,
      arrivals: whenAnswered,
      maxOperations: 10,
      onOperation: (failure) => failed.push(failure),
    });
    expect(Object.fromEntries(result.errors)).toEqual({ unreachable: 1, 'http-503': 1, 'no-room': 1 });
    expect(failed).toEqual([true, true, true, ...Array.from({ length: 7 }, () => false)]);
    const kinds = [...result.kinds.values()];
    expect(kinds.reduce((sum, { latencies, failed }) => sum + latencies.count + failed, 0)).toBe(10);
  });

  test('ends when it is told to, with what has begun', async () => {
    const controller = new AbortController();
    const api = clientOf((request) => {
      if (request === 5) controller.abort();
      return fine();
    });
    const arrivals = atRate(1000);
    const result = await runLoad(api, { operations: operations(), lanes: 1, arrivals, signal: controller.signal });
    expect(result.operations).toBe(6);
  });

  test('in an open loop counts latency from when an operation was due: one stall delays all behind it', async () => {
    const STALL_MS = 200;
    const EVERY_MS = 10;
    const api = clientOf(async (request) => {
      if (request === 0) await new Promise((resolve) => setTimeout(resolve, STALL_MS));
      return fine();
    });
    const plan = { operations: operations(), lanes: 1, maxOperations: 10 };
    const open = await runLoad(api, { ...plan, arrivals: atRate(1000 / EVERY_MS) });
    // The last of them was due 90 ms after the first, and could not start before that was answered.
    const { latencies } = open.kinds.get('read')!;
    expect(latencies.percentile(0.001)).toBeGreaterThanOrEqual(STALL_MS - 9 * EVERY_MS - 2);
  });
});
