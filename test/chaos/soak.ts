/**
 * Steady load without faults for a long time: no process may grow. `npm run soak -- --minutes 30`; prints the memory of each
 * process, and fails where one needs more at the end than in the middle.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Load } from './load.ts';
import { ValkeyUnderTest } from './valkey-under-test.ts';
import { World } from './world.ts';

const CLIENTS = 8;
const PAUSE_MS = 50;
const SAMPLES = 90;
/** What a process may need more in the last third than in the one before: a heap breathes. */
const MAY_GROW = 1.15;
const MAY_GROW_MIB = 10;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.error('--minutes takes a number above 0, --seed a whole number.');
  process.exit(2);
}

const world = await World.start(await ValkeyUnderTest.start(), seed, 5000);
const processes = new Map<string, number>([
  ...world.instances.map(({ role, pid }, i): [string, number] => [`${role} function ${i}`, pid!]),
  ['Valkey', world.valkey.pid],
  ...world.servers.map(({ kind, pid }): [string, number] => [kind, pid]),
]);
const memory = new Map<string, number[]>([...processes.keys()].map((name) => [name, []]));

/** Resident memory of a process, MiB. */
async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

try {
  const load = new Load((random) => world.of('api')[Math.floor(random() * 2)]!.url, PAUSE_MS);
  const loading = load.run(CLIENTS, seed);
  for (let sample = 0; sample < SAMPLES; sample++) {
    await wait((minutes * 60_000) / SAMPLES);
    for (const [name, pid] of processes) memory.get(name)!.push(await residentMiB(pid));
  }
  load.stop();
  await loading;
  const acknowledged = load.writes.filter(({ outcome }) => outcome === 'acknowledged').length;
  console.log(
    `${minutes} minutes, seed ${seed}: ${acknowledged} writes acknowledged, ${load.reads.length} reads answered`,
  );
  console.log(`${'memory, MiB: median of the'.padEnd(28)}first third  second third  last third`);
  for (const [name, samples] of memory) {
    const thirds = [0, 1, 2].map((n) => median(samples.slice((n * SAMPLES) / 3, ((n + 1) * SAMPLES) / 3)));
    const grows = thirds[2]! > Math.max(thirds[1]! * MAY_GROW, thirds[1]! + MAY_GROW_MIB);
    if (grows) process.exitCode = 1;
    const [first, second, last] = thirds.map((mib) => mib.toFixed(0));
    console.log(
      `${name.padEnd(28)}${first!.padStart(11)}${second!.padStart(14)}${last!.padStart(12)}${grows ? '  GROWS' : ''}`,
    );
  }
} finally {
  await world.stop();
}
