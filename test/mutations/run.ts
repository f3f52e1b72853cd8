/**
 * Breaks each rule of the protocol by one small change and demands that its tests notice: `npm run test:mutations`.
 * The checkout itself is never touched; the changes are made in a copy.
 */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BrokenCopy, root } from './broken-copy.ts';
import type { Mutation } from './mutation.ts';
import { mutations } from './mutations.ts';

const AT_ONCE = 2;

interface TestRun {
  readonly passed: number;
  readonly failed: string[];
}

async function runTests(copy: string, tests: string): Promise<TestRun> {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', tests, '--reporter=json', `--outputFile=${report}`];
  const child = spawn(process.execPath, args, { cwd: copy, stdio: 'ignore' });
  await new Promise((resolve) => child.once('exit', resolve));
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: { assertionResults: { title: string; status: string }[] }[];
  };
  const all = testResults.flatMap((file) => file.assertionResults);
  return {
    passed: all.filter(({ status }) => status === 'passed').length,
    failed: all.filter(({ status }) => status === 'failed').map(({ title }) => title),
  };
}

async function worker(queue: Mutation[], missed: Mutation[]): Promise<void> {
  const copy = new BrokenCopy();
  try {
    for (let mutation = queue.shift(); mutation; mutation = queue.shift()) {
      const repair = copy.break(mutation.edits);
      const tests = mutation.tests ?? `test/rules/rule-${String(mutation.rule).padStart(2, '0')}`;
      const { failed, passed } = await runTests(copy.directory, tests);
      repair();
      const name = `rule ${mutation.rule}, broken: ${mutation.breaks}`;
      if (failed.length > 0) {
        console.log(
          `noticed  ${name}\n         by "${failed[0]}"${failed.length > 1 ? ` and ${failed.length - 1} more` : ''}`,
        );
      } else {
        missed.push(mutation);
        console.log(`MISSED   ${name}: ${passed} tests of ${tests} stay green`);
      }
    }
  } finally {
    copy.remove();
  }
}

const wanted = process.argv.slice(2).map(Number);
const queue = mutations.filter(({ rule }) => wanted.length === 0 || wanted.includes(rule));
const total = queue.length;
const missed: Mutation[] = [];
await Promise.all(Array.from({ length: AT_ONCE }, () => worker(queue, missed)));
console.log(`\n${total - missed.length} passed, ${missed.length} failed`);
process.exitCode = missed.length > 0 ? 1 : 0;
