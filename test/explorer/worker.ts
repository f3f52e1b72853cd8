/** Explores a share of the schedules in a process of its own: `node worker.ts VALKEY DATABASES FIRST_SEED STEP COUNT`. */
import { exploreAll } from './lanes.ts';

/** What a worker says of each schedule; of one with a violation what it was. */
export interface Report {
  readonly seed: number;
  readonly steps: number;
  readonly faults: number;
  readonly limits: readonly string[];
  readonly violation?: string;
}

const [valkey = '', databases = '', ...numbers] = process.argv.slice(2);
const [firstSeed = 0, step = 1, count = 0] = numbers.map(Number);
const seeds = Array.from({ length: count }, (_, index) => firstSeed + step * index);

let goesOn = true;
// Whatever its parent says means that it has heard enough.
process.once('message', () => {
  goesOn = false;
});
await exploreAll(valkey, databases.split(',').map(Number), seeds, (seed, { steps, faults, limits, violations }) => {
  const report: Report = { seed, steps, faults, limits, ...(violations[0] && { violation: violations[0] }) };
  process.send!(report);
  return goesOn;
});
process.disconnect();
