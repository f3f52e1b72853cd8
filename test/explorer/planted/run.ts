/**
 * Plants each bug in a copy of the checkout and demands that the explorer finds it: `npm run explore:planted -- [RULE …]`. The
 * schedules are those of the form that CI runs.
 */
import { execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { applyEdit, makeCopy } from '../../mutations/copy.ts';
import { pathBugs } from './path-bugs.ts';
import { scriptBugs } from './script-bugs.ts';

const wanted = process.argv.slice(2).map(Number);
const planted = [...scriptBugs, ...pathBugs]
  .filter(({ rule }) => wanted.length === 0 || wanted.includes(rule))
  .sort((a, b) => a.rule - b.rule);
let missed = 0;
const copy = makeCopy();
try {
  for (const { rule, breaks, edits } of planted) {
    const repairs = edits.map((edit) => applyEdit(copy, edit));
    execFileSync(process.execPath, ['lib/cache/embed-scripts.ts'], { cwd: copy });
    const said = await explore();
    for (const repair of repairs.toReversed()) repair();
    const isFound = said.startsWith('found');
    if (!isFound) missed += 1;
    console.log(`${isFound ? 'found ' : 'MISSED'}  rule ${rule}, broken: ${breaks}\n        ${said}`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(`\n${planted.length - missed} found, ${missed} missed`);
process.exitCode = missed > 0 ? 1 : 0;

/** What the explorer says of the copy. */
async function explore(): Promise<string> {
  const child = spawn(process.execPath, ['test/explorer/explore.ts', '--brief'], {
    cwd: copy,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = (await text(child.stdout)).trim();
  if (!/^(not )?found/.test(said)) throw new Error('The explorer itself failed.');
  return said;
}
