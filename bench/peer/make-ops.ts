/** `node bench/peer/make-ops.ts W1 [OPS] > FILE`: an ops file for `bench/peer.ts`; OPS instead of the workload's own number. */
import { opsText, WORKLOADS, type WorkloadName } from './workloads.ts';

const [name = '', ops] = process.argv.slice(2);
if (!Object.hasOwn(WORKLOADS, name) || (ops !== undefined && !/^\d+$/.test(ops))) {
  process.stderr.write(`Usage: node bench/peer/make-ops.ts ${Object.keys(WORKLOADS).join('|')} [OPS] > FILE\n`);
  process.exit(2);
}
process.stdout.write(opsText(name as WorkloadName, ops === undefined ? undefined : Number(ops)));
