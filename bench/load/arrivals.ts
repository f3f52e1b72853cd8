import { setTimeout as wait } from 'node:timers/promises';

/** Resolves when the next operation may start, with the time at which it should: ms, as `performance.now()` counts. */
export type Arrivals = (signal?: AbortSignal) => Promise<number>;

/** Closed loop: each lane starts an operation as soon as its last one was answered. A slow server is asked less. */
export const whenAnswered: Arrivals = async () => performance.now();

/**
 * Open loop: operations are due at a constant rate, whatever the server does. Where all lanes are busy an operation starts late; its
 * latency counts from when it was due, so that a server that stalls does not hide that by being asked less (coordinated omission).
 *
 * @param perSecond more than 0
 */
export function atRate(perSecond: number): Arrivals {
  const everyMs = 1000 / perSecond;
  let startedAt: number | undefined;
  let due = 0;
  return async (signal) => {
    startedAt ??= performance.now();
    const at = startedAt + everyMs * due++;
    const early = at - performance.now();
    // A timer never rings early by more than a millisecond, so shorter waits are none; nobody waited before he began.
    if (early >= 1) await wait(early, undefined, signal && { signal });
    return Math.min(at, performance.now());
  };
}
