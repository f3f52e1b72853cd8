/**
 * Plants each bug in a copy of the checkout and demands that the explorer finds it: `npm run explore:planted -- [RULE …]`. Most are found
 * within the schedules of the form that CI runs; a few take several faults in a certain order.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { BrokenCopy } from '../../mutations/broken-copy.ts';
import { pathBugs } from './path-bugs.ts';
import { scriptBugs } from './script-bugs.ts';

const SCHEDULES = 60_000;

const wanted = process.argv.slice(2).map(Number);
const planted = [...scriptBugs, ...pathBugs]
  .filter(({ rule }) => wanted.length === 0 || wanted.includes(rule))
  .sort((a, b) => a.rule - b.rule);
let missed = 0;
const copy = new BrokenCopy();
try {
  for (const { rule, breaks, edits } of planted) {
    const repair = copy.break(edits);
    const said = await explore();
    repair();
    const isFound = said.startsWith('found');
    if (!isFound) missed += 1;
    console.log(`${isFound ? 'found ' : 'MISSED'}  rule ${rule}, broken: ${breaks}\n        ${said}`);
  }
} finally {
  copy.remove();
}
console.log(`\n${planted.length - missed} found, ${missed} missed`);
process.exitCode = missed > 0 ? 1 : 0;

/** What the explorer says of the copy. */
async function explore(): Promise<string> {
  const child = spawn(process.execPath, ['test/explorer/explore.ts', '--brief', '--schedules', String(SCHEDULES)], {
    cwd: copy.directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = (await text(child.stdout)).trim();
  if (!/^(not )?found/.test(said)) throw new Error('The explorer itself failed.');
  return said;
}
