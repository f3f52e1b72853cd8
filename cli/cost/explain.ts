import { figures, MEASURE_AGAIN } from './figures.ts';
import { NOTED_ON, prices, REGION } from './prices.ts';
import { PAGE_DATE, QUOTA_NAMES, type Quota, quotaOf } from './quotas.ts';
import { wrapped } from './text.ts';

/** Where each price and quota was read, and why each figure is what it is. */
export function explanation(): string {
  return [
    `Prices of ${REGION}, noted on ${NOTED_ON}, with the date that the page gives itself`,
    '',
    ...Object.values(prices).flatMap(({ dollars, per, unit, page, pageDate, verified }) => [
      `  $${dollars} ${per === 1 ? 'each' : 'a million'}: ${unit}`,
      `      ${verified ? pageDate : 'unverified'}, ${page}`,
    ]),
    '',
    `Quotas of ${REGION} by default, noted on ${NOTED_ON}`,
    '',
    ...QUOTA_NAMES.flatMap((name) => quotaLines(quotaOf(name))),
    '',
    'Figures',
    '',
    ...Object.values(figures).flatMap(({ value, what, basis, reason }) =>
      wrapped(`${value.toLocaleString('en-US')} ${what}: ${basis}, ${reason}.`, '- '),
    ),
    '',
    'To measure them again on AWS',
    '',
    ...MEASURE_AGAIN.flatMap((how) => wrapped(how, '- ')),
    '',
  ].join('\n');
}

function quotaLines({ what, holds, source }: Quota): string[] {
  const known =
    source.basis === 'checked'
      ? [`      checked, against ${source.against}`]
      : [`      ${PAGE_DATE}, ${source.page}`, ...(source.says ? wrapped(source.says, '    ') : [])];
  return [`  ${holds.toLocaleString('en-US')} ${what}`, ...known];
}
