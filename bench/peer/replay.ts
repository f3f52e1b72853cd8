import { setTimeout as wait } from 'node:timers/promises';
import type { WriteOperation } from '../../lib/model/operation.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { Latencies } from '../load/latencies.ts';
import type { Acks } from './acks.ts';
import { isRepeatable, operationsOf } from './operations.ts';
import type { Ops } from './ops-file.ts';

/** What a replay did. */
export interface Replayed {
  /** From the first operation to the last acknowledgement. */
  readonly ms: number;
  /** From the call to the acknowledgement, repetitions included. */
  readonly latencies: Latencies;
  /** Operations that threw. */
  readonly thrown: number;
  /** Operations that were never acknowledged. */
  readonly failed: number;
}

/** So long an operation is repeated; then its lane goes on with the next one. */
const GIVE_UP_MS = 60_000;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 1000;

/**
 * Carries out the operations: lanes beside each other, those of a lane in order, one at a time. What throws is repeated where it
 * cannot take place twice.
 *
 * @param report hears of the first error; the others are counted
 */
export async function replay(
  cache: Pick<WriteBehind, 'config' | 'execute'>,
  ops: Ops,
  acks: Acks,
  report: (error: unknown) => void,
): Promise<Replayed> {
  const latencies = new Latencies();
  const operationOf = operationsOf(ops, cache.config.defaultDurability);
  const everyMs = ops.header.rate > 0 ? 1000 / ops.header.rate : 0;
  let thrown = 0;
  const startedAt = performance.now();
  let lastAckAt = startedAt;

  const runLane = async (lane: number): Promise<void> => {
    for (const op of ops.lanes[lane]!) {
      if (everyMs > 0) await due(startedAt + op * everyMs);
      const operation = operationOf(op);
      const calledAt = performance.now();
      try {
        await cache.execute(operation);
      } catch (error) {
        if (thrown === 0) report(error);
        thrown += 1;
        if (!(await repeat(cache, operation, error))) continue;
      }
      acks.add(lane);
      lastAckAt = performance.now();
      latencies.add(lastAckAt - calledAt);
    }
  };
  await Promise.all(ops.lanes.map((_, lane) => runLane(lane)));
  return { ms: lastAckAt - startedAt, latencies, thrown, failed: ops.header.ops - latencies.count };
}

/** Whether an operation that threw was acknowledged in the end. */
async function repeat(
  cache: Pick<WriteBehind, 'execute'>,
  operation: WriteOperation,
  error: unknown,
): Promise<boolean> {
  const giveUpAt = performance.now() + GIVE_UP_MS;
  let last = error;
  for (let pauseMs = FIRST_PAUSE_MS; isRepeatable(operation, last) && performance.now() < giveUpAt; pauseMs *= 2) {
    await wait(Math.min(pauseMs, LONGEST_PAUSE_MS));
    try {
      await cache.execute(operation);
      return true;
    } catch (next) {
      last = next;
    }
  }
  return false;
}

/** A timer may ring a little early. */
async function due(at: number): Promise<void> {
  for (let early = at - performance.now(); early > 0; early = at - performance.now()) await wait(Math.ceil(early));
}
