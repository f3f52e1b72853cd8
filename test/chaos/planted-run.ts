/**
 * Breaks each rule of the protocol and demands that the judge sees it: `npm run chaos:planted [RULE …]`. The checkout itself is never
 * touched; the changes are made in a copy.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { BrokenCopy } from '../mutations/broken-copy.ts';
import { type Planted, planted } from './planted.ts';

/** Another try with another seed, for what does not come to pass in every run. */
const SEEDS = [1, 2, 3];
const MINUTES = 0.6;

/** What a run says must be zero, and is not. */
async function columnsOf(copy: BrokenCopy, { scenario, faults = '' }: Planted, seed: number): Promise<string[]> {
  const args = [
    'test/chaos/main.ts',
    '--minutes',
    String(MINUTES),
    '--seed',
    String(seed),
    '--scenario',
    scenario,
    '--faults',
    faults,
  ];
  const child = spawn(process.execPath, args, { cwd: copy.directory, stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  const output = await text(child.stdout);
  const [code] = await exited;
  const [, zeros = ''] = /^must be zero\n(.*?)\n\n/ms.exec(output) ?? [];
  if (code === 0 || zeros === '') return zeros === '' ? ['the run itself failed'] : [];
  return zeros.split('\n').flatMap((line) => (/ 0$/.test(line) ? [] : [line.trim().replace(/\s+/g, ' ')]));
}

async function isSeen(copy: BrokenCopy, plant: Planted): Promise<boolean> {
  const name = `rule ${plant.rule}, broken: ${plant.breaks}`;
  const repair = copy.break(plant.edits);
  try {
    for (const seed of SEEDS) {
      const columns = await columnsOf(copy, plant, seed);
      if (columns.length > 0) {
        console.log(`seen    ${name}\n        ${columns.join('; ')}`);
        return true;
      }
    }
  } finally {
    repair();
  }
  console.log(`MISSED  ${name}`);
  return false;
}

const wanted = process.argv.slice(2).map(Number);
const copy = new BrokenCopy();
try {
  const chosen = planted.filter(({ rule }) => wanted.length === 0 || wanted.includes(rule));
  let missed = 0;
  for (const plant of chosen) if (!(await isSeen(copy, plant))) missed += 1;
  console.log(`\n${chosen.length - missed} seen, ${missed} missed`);
  process.exitCode = missed > 0 ? 1 : 0;
} finally {
  copy.remove();
}
