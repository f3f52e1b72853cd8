import { uniform, zipf } from '../load/choosers.ts';
import { seededRandom } from '../load/random.ts';
import { headerLine } from './ops-file.ts';

const COMMON = { seed: 1, lanes: 16, valueBytes: 200, rate: 0 };

/** What the peer is compared by. */
export const WORKLOADS = {
  W1: {
    what: 'puts of 200 B on 10,000 keys, Zipf 0.99, 16 at once, as fast as they go',
    header: { ...COMMON, kind: 'put', keys: 10_000, ops: 200_000 },
    choose: zipf(),
  },
  W3: {
    what: 'increments of 100 counters, 16 at once, as fast as they go',
    header: { ...COMMON, kind: 'incr', keys: 100, ops: 200_000 },
    choose: uniform,
  },
  /** At a rate that leaves every peer time. */
  W4: {
    what: 'puts of 200 B on 1,000 keys, Zipf 0.99, 2,000 a second',
    header: { ...COMMON, kind: 'put', keys: 1000, ops: 60_000, rate: 2000 },
    choose: zipf(),
  },
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
