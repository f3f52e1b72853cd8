import { type Bill, isVerified, type Line } from './bill.ts';
import { capacityOf } from './capacity.ts';
import { capacityText } from './capacity-text.ts';
import { figureOf } from './figures.ts';
import { growth, idleBill } from './idle.ts';
import { monthsOf, monthText } from './month.ts';
import { NOTED_ON, type PriceName, prices, REGION } from './prices.ts';
import { heading, wrapped } from './text.ts';
import { type Comparison, comparisons, dollars, remarks } from './verdict.ts';
import { WAY_NAMES, WAYS, WAYS_NOTE, type Way } from './ways.ts';
import { isLoaded, type LoadedWorkload, type Workload } from './workload.ts';
import { billFor } from './writes.ts';

const UNVERIFIED = 'unverified';
const PREAMBLE = `US dollars at the list prices of ${REGION} noted on ${NOTED_ON}; without free tiers, taxes, discounts and data transfer.`;
const count = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });

/** Everything the command says, as data. */
export function resultOf(workload: Workload) {
  const perMillion = Object.fromEntries(WAY_NAMES.map((way) => [way, detailed(billFor(way, workload))]));
  return {
    region: REGION,
    notedOn: NOTED_ON,
    workload,
    idleMonth: detailed(idleBill()),
    onTop: growth().map(detailedLine),
    perMillionWrites: perMillion as Record<Way, ReturnType<typeof detailed>>,
    comparedWithSameApi: comparisons(workload),
    remarks: remarks(workload),
    unverified: Object.entries(prices).flatMap(([name, { verified }]) => (verified ? [] : [name as PriceName])),
    ...(isLoaded(workload) && { month: monthsOf(workload), capacity: capacityOf(workload) }),
  };
}

function detailed({ lines, dollars }: Bill) {
  return { lines: lines.map(detailedLine), dollars };
}

function detailedLine(line: Line) {
  return { ...line, unit: prices[line.price].unit, verified: isVerified(line) };
}

/** Everything the command says, as text. */
export function reportOf(workload: Workload): string {
  return [
    PREAMBLE,
    ...heading(`1  At idle: stage prod, a month of ${figureOf('hoursPerMonth')} hours without a request`),
    ...idleTable(),
    ...heading(`2  A million writes: ${described(workload)}`),
    ...writesTable(workload),
    ...heading('3  Where it is not worth its price'),
    ...comparisons(workload).map(comparisonText),
    '',
    ...remarks(workload).flatMap((remark) => wrapped(remark, '- ')),
    ...unverifiedNote(),
    ...(isLoaded(workload) ? loadText(workload) : []),
    '',
  ].join('\n');
}

/** Only what is about the rate. */
export function capacityReportOf(workload: LoadedWorkload): string {
  return [PREAMBLE, '', described(workload), ...loadText(workload), ''].join('\n');
}

function loadText(workload: LoadedWorkload): string[] {
  return [...monthText(workload), ...capacityText(workload)];
}

function described({ batch, coalescing, load, itemBytes, windowSeconds, messagesPerFlush, audited }: Workload): string {
  return [
    `--batch ${batch}`,
    ...(load ? [`--rate ${load.rate}`, `--keys ${load.keys}`, `--skew ${load.skew}`] : [`--coalescing ${coalescing}`]),
    `--item-bytes ${itemBytes}`,
    `--window-seconds ${windowSeconds}`,
    `--messages-per-flush ${messagesPerFlush}`,
    ...(audited ? ['--audited'] : []),
  ].join(' ');
}

const LABEL_WIDTH = 44;
const AMOUNT_WIDTH = 10;

function idleTable(): string[] {
  const row = (label: string, amount: number, note = '') =>
    `  ${label.padEnd(LABEL_WIDTH)}${amount.toFixed(2).padStart(AMOUNT_WIDTH)}  ${note}`.trimEnd();
  const ofLine = (line: Line) => {
    const note = `${count.format(line.quantity)} ${prices[line.price].unit}`;
    return row(line.label, line.dollars, isVerified(line) ? note : `${note} (${UNVERIFIED})`);
  };
  const { lines, dollars } = idleBill();
  return [...lines.map(ofLine), row('total', dollars), '', '  On top of it, a month of', ...growth().map(ofLine)];
}

function writesTable(workload: Workload): string[] {
  const bills = WAY_NAMES.map((way) => billFor(way, workload));
  const amount = (value: number) => (value === 0 ? '–' : value.toFixed(3)).padStart(AMOUNT_WIDTH + 1);
  const row = (label: string, cells: readonly string[]) => `  ${label.padEnd(28)}${cells.join('')}`;
  const labels = bills[0]!.lines.map(({ label }) => label);
  return [
    row(
      '',
      Object.values(WAYS).map((name) => name.padStart(AMOUNT_WIDTH + 1)),
    ),
    ...labels.map((label, index) =>
      row(
        label,
        bills.map(({ lines }) => amount(lines[index]!.dollars)),
      ),
    ),
    row(
      'total',
      bills.map(({ dollars }) => amount(dollars)),
    ),
    '',
    WAYS_NOTE,
  ];
}

function comparisonText({ level, difference, cheaperFrom }: Comparison): string {
  const from =
    cheaperFrom === undefined
      ? 'never cheaper, however often keys repeat'
      : cheaperFrom === 1
        ? 'cheaper even if keys never repeat'
        : `cheaper from ${count.format(cheaperFrom)} writes per item and window on`;
  return `  ${level.padEnd(10)}${dollars(difference)} ${difference < 0 ? 'less' : 'more'} than the same API without a cache; ${from}`;
}

function unverifiedNote(): string[] {
  const units = Object.values(prices).flatMap(({ verified, unit, dollars }) =>
    verified ? [] : [`${unit}, $${dollars}`],
  );
  return units.length === 0
    ? []
    : ['', ...wrapped(`Prices that no page was found for (${UNVERIFIED}): ${units.join('; ')}.`)];
}
