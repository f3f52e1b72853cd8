/**
 * Breaks each rule of the protocol by one small change and demands that its tests notice: `npm run test:mutations`.
 * The checkout itself is never touched; the changes are made in copies.
 */
import type { Mutation } from './mutation.ts';
import { mutations } from './mutations.ts';
import { Trial } from './trial.ts';

const AT_ONCE = 2;

async function worker(queue: Mutation[], missed: Mutation[]): Promise<void> {
  const trial = await Trial.start();
  try {
    for (let mutation = queue.shift(); mutation; mutation = queue.shift()) {
      const tests = mutation.tests ?? `test/rules/rule-${String(mutation.rule).padStart(2, '0')}`;
      const startedAtMs = Date.now();
      const { noticedBy, file, passed } = await trial.run(mutation.edits, tests);
      const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
      const name = `rule ${mutation.rule}, broken: ${mutation.breaks}`;
      if (noticedBy !== undefined) {
        console.log(`noticed  ${name}\n         by "${noticedBy}" (${file}, ${seconds} s)`);
      } else {
        missed.push(mutation);
        console.log(`MISSED   ${name}: ${passed} tests of ${tests} stay green`);
      }
    }
  } finally {
    await trial.close();
  }
}

const wanted = process.argv.slice(2).map(Number);
const queue = mutations.filter(({ rule }) => wanted.length === 0 || wanted.includes(rule));
const total = queue.length;
const missed: Mutation[] = [];
await Promise.all(Array.from({ length: AT_ONCE }, () => worker(queue, missed)));
console.log(`\n${total - missed.length} passed, ${missed.length} failed`);
process.exitCode = missed.length > 0 ? 1 : 0;
