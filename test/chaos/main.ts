/**
 * Faults against the real thing, and a judge who was told nothing but what was asked, answered and stored.
 *
 *     npm run chaos -- --minutes 30 --seed 7
 */
import { parseArgs } from 'node:util';
import { processFaults, serviceFaults, valkeyFaults } from './faults.ts';
import { judge } from './judge/judge.ts';
import { runChaos } from './run.ts';
import { printed } from './table.ts';
import { ValkeyUnderTest } from './valkey-under-test.ts';
import { World } from './world.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2.5' },
    seed: { type: 'string', default: '1' },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.error('--minutes takes a number above 0, --seed a whole number.');
  process.exit(2);
}

console.log(`chaos for ${minutes} minutes, seed ${seed}`);
const world = await World.start(await ValkeyUnderTest.start(), seed);
try {
  const result = await runChaos(world, {
    seconds: minutes * 60,
    seed,
    faults: [serviceFaults, processFaults, valkeyFaults],
    clients: 16,
    pauseMs: 50,
  });
  const { text, good } = printed(result, judge(result.run));
  console.log(text);
  process.exitCode = good ? 0 : 1;
} finally {
  await world.stop();
}
