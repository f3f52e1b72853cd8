/** `node bench/peer/make-ops.ts W1 [OPS] > FILE`: an ops file for `bench/peer.ts`; OPS instead of the workload's own number. */
import { uniform, zipf } from '../load/choosers.ts';
import { seededRandom } from '../load/random.ts';
import { headerLine } from './ops-file.ts';

const COMMON = { seed: 1, lanes: 16, valueBytes: 200, rate: 0 };

const workloads = {
  /** Puts as fast as they go, few keys very often. */
  W1: { header: { ...COMMON, kind: 'put', keys: 10_000, ops: 200_000 }, choose: zipf() },
  /** Increments as fast as they go, on few keys. */
  W3: { header: { ...COMMON, kind: 'incr', keys: 100, ops: 200_000 }, choose: uniform },
  /** Puts at a rate that leaves every peer time, for half a minute. */
  W4: { header: { ...COMMON, kind: 'put', keys: 1000, ops: 60_000, rate: 2000 }, choose: zipf() },
} as const;

const [name = '', ops] = process.argv.slice(2);
if (!Object.hasOwn(workloads, name) || (ops !== undefined && !/^\d+$/.test(ops))) {
  process.stderr.write(`Usage: node bench/peer/make-ops.ts ${Object.keys(workloads).join('|')} [OPS] > FILE\n`);
  process.exit(2);
}
const { header, choose } = workloads[name as keyof typeof workloads];
const complete = { workload: name, ...header, ...(ops !== undefined && { ops: Number(ops) }) };
const random = seededRandom(complete.seed);
const lines = Array.from(
  { length: complete.ops },
  (_, op) => `${op % complete.lanes} ${choose(complete.keys, random)}`,
);
process.stdout.write(`${[headerLine(complete), ...lines].join('\n')}\n`);
