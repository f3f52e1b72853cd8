/**
 * Breaks each rule of the protocol by one small change and demands that its tests notice: `npm run test:mutations`.
 * The checkout itself is never touched; the changes are made in a copy.
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Edit, Mutation } from './mutation.ts';
import { mutations } from './mutations.ts';

const root = join(import.meta.dirname, '../..');
const AT_ONCE = 2;

function makeCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), 'write-behind-mutation-'));
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const file of files.toString().split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Makes a change; it must fit exactly once, so that it cannot rot unnoticed. */
function apply(copy: string, { file, find, replace }: Edit): () => void {
  const path = join(copy, file);
  const original = readFileSync(path, 'utf8');
  const places = original.split(find).length - 1;
  if (places !== 1) throw new Error(`${file}: the text to replace stands there ${places} times:\n${find}`);
  writeFileSync(
    path,
    original.replace(find, () => replace),
  );
  return () => writeFileSync(path, original);
}

interface TestRun {
  readonly passed: number;
  readonly failed: string[];
}

async function runTests(copy: string, tests: string): Promise<TestRun> {
  execFileSync(process.execPath, ['lib/cache/embed-scripts.ts'], { cwd: copy });
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
  const copy = makeCopy();
  try {
    for (let mutation = queue.shift(); mutation; mutation = queue.shift()) {
      const repairs = mutation.edits.map((edit) => apply(copy, edit));
      const tests = mutation.tests ?? `test/rules/rule-${String(mutation.rule).padStart(2, '0')}`;
      const { failed, passed } = await runTests(copy, tests);
      for (const repair of repairs.toReversed()) repair();
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
    rmSync(copy, { recursive: true, force: true });
  }
}

const wanted = process.argv.slice(2).map(Number);
const queue = mutations.filter(({ rule }) => wanted.length === 0 || wanted.includes(rule));
const total = queue.length;
const missed: Mutation[] = [];
await Promise.all(Array.from({ length: AT_ONCE }, () => worker(queue, missed)));
console.log(`\n${total - missed.length} passed, ${missed.length} failed`);
process.exitCode = missed.length > 0 ? 1 : 0;
