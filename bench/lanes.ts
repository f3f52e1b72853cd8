import type { Done } from './compare.ts';
import { Latencies } from './load/latencies.ts';

/** How long a closed loop runs: until the first limit is reached. */
export interface LaneOptions {
  /** Operations under way at once, 1 or more. */
  readonly lanes: number;
  /** @default no limit */
  readonly seconds?: number;
  /** Operations. @default no limit */
  readonly operations?: number;
  /** Items of one operation. @default 1 */
  readonly itemsEach?: number;
}

/**
 * A closed loop: each lane starts an operation as soon as its last one has ended. The first failure ends it.
 *
 * @param operation gets 0, 1, 2 …
 */
export async function inLanes(options: LaneOptions, operation: (index: number) => Promise<unknown>): Promise<Done> {
  const { lanes, seconds = Infinity, operations = Infinity, itemsEach = 1 } = options;
  const latencies = new Latencies();
  const endsAt = performance.now() + seconds * 1000;
  let started = 0;
  const lane = async (): Promise<void> => {
    let now = performance.now();
    while (now < endsAt && started < operations) {
      const startedAt = now;
      await operation(started++);
      now = performance.now();
      latencies.add(now - startedAt);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { items: latencies.count * itemsEach, latencies };
}
