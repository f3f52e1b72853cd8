/**
 * `npm run bench`: how fast write-behind is beside the bare limit of the same machine, and whether its targets are met.
 *
 *     npm run bench -- --only write-path --json result.json
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fillIn } from './report/docs.ts';
import { describeMachine, machineText } from './report/machine.ts';
import { blocksOf, type Report, reportJson, type SectionReport, targetsOf, targetsTable } from './report/report.ts';
import { plotSvg } from './report/svg.ts';
import { tableText } from './report/table.ts';
import type { Section } from './section.ts';
import { coalescing } from './sections/coalescing.ts';
import { flushPath } from './sections/flush-path.ts';
import { growth } from './sections/growth.ts';
import { lambda } from './sections/lambda.ts';
import { writePath } from './sections/write-path.ts';

const SECTIONS: readonly Section[] = [writePath, coalescing, flushPath, lambda, growth];
const REPEATS = 3;
const WINDOW_SECONDS = 1;
const PAGE = new URL('../docs/performance.md', import.meta.url);
const PLOTS = new URL('../docs/performance/', import.meta.url);
const USAGE = `npm run bench -- [--only SECTION] [--json FILE] [--quick] [--write-docs]

  --only SECTION  one of ${SECTIONS.map(({ name }) => name).join(', ')}
  --json FILE     writes all of it there
  --quick         only enough to see that it works; its figures say nothing
  --write-docs    writes tables and plots of a whole run into docs/performance.md`;

function optionsOf(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        only: { type: 'string' },
        json: { type: 'string' },
        quick: { type: 'boolean', default: false },
        'write-docs': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const chosen = SECTIONS.filter(({ name }) => name === (values.only ?? name));
    if (chosen.length === 0) throw new Error(`There is no section ${values.only}.`);
    if (values['write-docs'] && (values.quick || values.only)) {
      throw new Error('--write-docs needs a whole run: neither --quick nor --only.');
    }
    return { ...values, chosen };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const { chosen, quick, json, help, 'write-docs': writeDocs } = optionsOf(process.argv.slice(2));
if (help) {
  console.log(USAGE);
  process.exit(0);
}

const startedAt = new Date().toISOString();
const machine = await describeMachine();
console.log(machineText(machine));
const repeats = quick ? 1 : REPEATS;
const sections: SectionReport[] = [];
const report: Report = { version: 1, startedAt, quick, repeats, machine, sections };
for (const { name, title, run } of chosen) {
  console.error(`\n${title} …`);
  const sectionStartedAt = performance.now();
  const findings = await run({
    quick,
    repeats,
    windowSeconds: quick ? 0 : WINDOW_SECONDS,
    log: (line) => console.error(`  ${line}`),
  });
  const seconds = (performance.now() - sectionStartedAt) / 1000;
  sections.push({ name, title, seconds, ...findings });
  // Each time anew: what was measured is kept if a later section fails.
  if (json) writeFileSync(json, reportJson(report));
  console.log(`\n${title}, ${seconds.toFixed(0)} s`);
  for (const table of findings.tables) console.log(`\n${tableText(table)}`);
}
const targets = targetsTable(targetsOf(sections));
if (targets.rows.length > 0) console.log(`\n${tableText(targets)}`);
if (writeDocs) {
  writeFileSync(PAGE, fillIn(readFileSync(PAGE, 'utf8'), blocksOf(report)));
  mkdirSync(PLOTS, { recursive: true });
  for (const plot of sections.flatMap(({ plots = [] }) => plots)) {
    writeFileSync(new URL(`${plot.id}.svg`, PLOTS), plotSvg(plot));
  }
}
