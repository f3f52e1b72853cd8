import { type Bill, isVerified, type Line } from './bill.ts';
import { figureOf } from './figures.ts';
import type { Workload } from './flags.ts';
import { growth, idleBill } from './idle.ts';
import { NOTED_ON, type PriceName, prices, REGION } from './prices.ts';
import { wrapped } from './text.ts';
import { type Comparison, comparisons, dollars, remarks } from './verdict.ts';
import { billFor, type Way } from './writes.ts';

const WAYS = {
  cache: 'cache',
  queue: 'queue',
  database: 'database',
  api: 'same API',
  client: 'own client',
} as const satisfies Record<Way, string>;
const WAY_NAMES = Object.keys(WAYS) as Way[];
const UNVERIFIED = 'unverified';
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
    `US dollars at the list prices of ${REGION} noted on ${NOTED_ON}; without free tiers, taxes, discounts and data transfer.`,
    ...heading(`1  At idle: stage prod, a month of ${figureOf('hoursPerMonth')} hours without a request`),
    ...idleTable(),
    ...heading(`2  A million writes: ${described(workload)}`),
    ...writesTable(workload),
    ...heading('3  Where it is not worth its price'),
    ...comparisons(workload).map(comparisonText),
    '',
    ...remarks(workload).flatMap((remark) => wrapped(remark, '- ')),
    ...unverifiedNote(),
    '',
  ].join('\n');
}

function heading(text: string): string[] {
  return ['', text, '─'.repeat(text.length)];
}

function described({ batch, coalescing, itemBytes, windowSeconds, messagesPerFlush, audited }: Workload): string {
  return [
    `--batch ${batch}`,
    `--coalescing ${coalescing}`,
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
    '  same API: the same requests, each write put into DynamoDB at once, no cache; own client: a DynamoDB client, no API',
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
