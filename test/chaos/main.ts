/**
 * Faults against the real thing, and a judge who was told nothing but what was asked, answered and stored.
 *
 *     npm run chaos -- --minutes 30 --seed 7
 *     npm run chaos -- --scenario forgetful --faults 'SQS|empty'   # only faults whose name matches
 */
import { parseArgs } from 'node:util';
import { judge } from './judge/judge.ts';
import { scenarios } from './scenarios.ts';
import { type Judged, printed } from './table.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    scenario: { type: 'string' },
    faults: { type: 'string', default: '' },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const chosen = scenarios.filter(({ name }) => name === (values.scenario ?? name));
if (!(minutes > 0) || !Number.isSafeInteger(seed) || chosen.length === 0) {
  const names = scenarios.map(({ name }) => name).join(', ');
  console.error(`--minutes takes a number above 0, --seed a whole number, --scenario one of ${names}.`);
  process.exit(2);
}

console.log(`faults for ${minutes} minutes, seed ${seed}`);
const shares = chosen.reduce((sum, { share }) => sum + share, 0);
const judged: Judged[] = [];
for (const { name, what, share, run } of chosen) {
  console.log(`${name}: ${what}`);
  const result = await run((minutes * 60 * share) / shares, seed, new RegExp(values.faults));
  judged.push({ name, result, verdict: judge(result.run) });
}
const { text, good } = printed(judged);
console.log(text);
process.exitCode = good ? 0 : 1;
