/** `npm run bench`: how fast write-behind is beside the bare limit of the same machine, and whether its targets are met. */
import { parseArgs } from 'node:util';
import { formatNumber } from './report/format.ts';
import { tableText } from './report/table.ts';
import { isMet, wantedText } from './report/target.ts';
import { coalescing } from './sections/coalescing.ts';
import { flushPath } from './sections/flush-path.ts';
import { growth } from './sections/growth.ts';
import { lambda } from './sections/lambda.ts';
import { writePath } from './sections/write-path.ts';

const sections = [writePath, coalescing, flushPath, lambda, growth];
const { values } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
for (const section of sections.filter(({ name }) => name === (values.only ?? name))) {
  const findings = await section.run({ quick: values.quick, repeats: values.quick ? 1 : 5, log: console.log });
  for (const table of findings.tables) console.log(`\n${tableText(table)}`);
  console.log('');
  for (const target of findings.targets ?? []) {
    const { what, measured, unit } = target;
    console.log(
      `${isMet(target) ? 'met    ' : 'not met'}  ${formatNumber(measured, unit)}, ${wantedText(target)}: ${what}`,
    );
  }
}
