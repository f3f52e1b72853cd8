import { figures, MEASURE_AGAIN } from './figures.ts';
import { NOTED_ON, prices, REGION } from './prices.ts';
import { wrapped } from './text.ts';

/** Where each price was read, and why each figure is what it is. */
export function explanation(): string {
  return [
    `Prices of ${REGION}, noted on ${NOTED_ON}, with the date that the page gives itself`,
    '',
    ...Object.values(prices).flatMap(({ dollars, per, unit, page, pageDate, verified }) => [
      `  $${dollars} ${per === 1 ? 'each' : 'a million'}: ${unit}`,
      `      ${verified ? pageDate : 'unverified'}, ${page}`,
    ]),
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
