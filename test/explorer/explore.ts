/**
 * Explores interleavings of the product's steps: `npm run explore -- --schedules N --seed S`. The same seed is the same
 * schedules. With `--schedule SEED` it explores one and shows it step by step; one that leads to a violation is shrunk first.
 */
import { fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Choices } from './choices.ts';
import { laneOf } from './lanes.ts';
import { type Explored, explore } from './schedule.ts';
import { shrink } from './shrink.ts';
import { Tally } from './tally.ts';
import { startExploredValkey } from './valkey.ts';
import type { Report } from './worker.ts';

const DEFAULT_SCHEDULES = 10_000;
const DEFAULT_SEED = 1;

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: String(DEFAULT_SCHEDULES) },
    /** Seed of the first schedule; the others follow. */
    seed: { type: 'string', default: String(DEFAULT_SEED) },
    random: { type: 'boolean', default: false },
    /** Explores one schedule only. */
    schedule: { type: 'string' },
    /** Says only after how many schedules the first violation was found. */
    brief: { type: 'boolean', default: false },
  },
});

const valkey = await startExploredValkey();
try {
  if (values.schedule !== undefined) await exploreOne(Number(values.schedule));
  else await exploreMany(Number(values.schedules), values.random ? randomInt(2 ** 30) : Number(values.seed));
} finally {
  await valkey.stop();
}

async function exploreMany(schedules: number, seed: number): Promise<void> {
  if (!values.brief) console.log(`Seed ${seed}, ${schedules} schedules`);
  const tally = new Tally();
  const startedAt = performance.now();
  const databases = Array.from({ length: valkey.databases }, (_, index) => index);
  const shares = [0, 1]
    .map((half) => databases.filter((database) => database % 2 === half))
    .filter((own) => own.length > 0);
  const workers = shares.map((own, index) => {
    const [step, count] = [shares.length, Math.ceil((schedules - index) / shares.length)];
    return fork(new URL('worker.ts', import.meta.url), [
      valkey.where,
      own.join(),
      ...[seed + index, step, count].map(String),
    ]);
  });
  for (const worker of workers) {
    worker.on('message', (report: Report) => {
      tally.add(report);
      if (!values.brief || tally.violating.length === 0) return;
      // One that has just ended need not hear it.
      for (const each of workers) if (each.connected) each.send('enough', () => undefined);
    });
  }
  const codes = await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve))));
  if (codes.some((code) => code !== 0)) throw new Error(`The workers ended with ${codes.join(' and ')}.`);
  const [first] = tally.violating;
  if (first) process.exitCode = 1;
  if (values.brief) {
    console.log(first ? `found after ${first.after}: ${first.violation}` : `not found in ${tally.schedules}`);
    return;
  }
  console.log(tally.text((performance.now() - startedAt) / 1000));
  for (const { seed, violation } of tally.violating.slice(1, 10)) console.log(`also schedule ${seed}: ${violation}`);
  if (first) await exploreOne(first.seed);
}

async function exploreOne(seed: number): Promise<void> {
  const redis = laneOf(valkey.where, 0);
  const explored = await explore(Choices.bySeed(seed), redis);
  let shown: Explored = explored;
  if (explored.violations.length > 0) {
    process.exitCode = 1;
    console.log(`\nSchedule ${seed} violates the protocol; it is made as short as it can be.`);
    const made = await shrink(explored.made, async (shorter) => {
      const { violations } = await explore(Choices.recorded(shorter), redis);
      return violations.length > 0;
    });
    shown = await explore(Choices.recorded(made), redis);
  }
  redis.disconnect();
  console.log(`\n${shown.trace}\n`);
  for (const violation of shown.violations) console.log(`VIOLATION  ${violation}`);
  for (const limit of shown.limits) console.log(`known limit: ${limit}`);
  console.log(`Again: npm run explore -- --schedule ${seed}`);
}
