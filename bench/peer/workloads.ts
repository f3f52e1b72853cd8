import { uniform, zipf } from '../load/choosers.ts';
import { seededRandom } from '../load/random.ts';
import { headerLine } from './ops-file.ts';

const COMMON = { seed: 1, lanes: 16, valueBytes: 200, rate: 0 };

/** What the peer is compared by. */
export const WORKLOADS = {
  /** Puts as fast as they go, few keys very often. */
  W1: { header: { ...COMMON, kind: 'put', keys: 10_000, ops: 200_000 }, choose: zipf() },
  /** Increments as fast as they go, on few keys. */
  W3: { header: { ...COMMON, kind: 'incr', keys: 100, ops: 200_000 }, choose: uniform },
  /** Puts at a rate that leaves every peer time, for half a minute. */
  W4: { header: { ...COMMON, kind: 'put', keys: 1000, ops: 60_000, rate: 2000 }, choose: zipf() },
} as const;

/** Name of a workload. */
export type WorkloadName = keyof typeof WORKLOADS;

/**
 * The text of an ops file; the same one each time.
 *
 * @param ops how many operations; default: the workload's own number
 */
export function opsText(name: WorkloadName, ops?: number): string {
  const { header, choose } = WORKLOADS[name];
  const complete = { workload: name, ...header, ...(ops !== undefined && { ops }) };
  const random = seededRandom(complete.seed);
  const lines = Array.from(
    { length: complete.ops },
    (_, op) => `${op % complete.lanes} ${choose(complete.keys, random)}`,
  );
  return `${[headerLine(complete), ...lines].join('\n')}\n`;
}
