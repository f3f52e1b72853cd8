import { capacityOf, type LevelCapacity, type Raised } from './capacity.ts';
import { QUOTA_NAMES, type QuotaName, quotaOf } from './quotas.ts';
import { heading, wrapped } from './text.ts';
import type { LoadedWorkload } from './workload.ts';

const RAISED = {
  nothing: 'as deployed',
  settings: 'with the settings raised',
  requests: "with AWS's quotas raised, too",
  durable: 'on DurableValkey besides',
} as const satisfies Record<Raised, string>;
const RAISED_BY = { setting: 'setting', request: 'AWS', nobody: '–' } as const;

const LABEL_WIDTH = 46;
const HOLDS_WIDTH = 10;
const BY_WIDTH = 9;
const NEED_WIDTH = 11;
const FULL_WIDTH = 6;
const LEVEL_WIDTH = 10;
const RATE_WIDTH = 12;
const SIGNIFICANT_DIGITS = 3;
/** From here on a multiple says more than a percentage. */
const MANY_TIMES = 10;

/** From here on a number is shortened to millions. */
const LARGE = 10_000_000;

const count = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const small = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const large = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: SIGNIFICANT_DIGITS });
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 0 });
const rough = new Intl.NumberFormat('en-US', { maximumSignificantDigits: SIGNIFICANT_DIGITS });

/** How full a load makes each quota, and what answers those that are full first. */
export function capacityText(workload: LoadedWorkload): string[] {
  const { rate, keys, skew, hottest } = workload.load;
  const levels = capacityOf(workload);
  const used = QUOTA_NAMES.filter((name) => levels.some((level) => fillingOf(level, name).need > 0));
  return [
    ...heading(
      `5  Capacity: how full ${small.format(rate)} writes/s on ${count.format(keys)} keys of skew ${skew} make each quota`,
    ),
    `  ${small.format(workload.coalescing)} writes of an item within a window; the hottest key takes ${small.format(100 * hottest)} % of all, ${rough.format(hottest * rate)}/s`,
    '',
    header(levels),
    ...used.map((name) => quotaRow(name, levels)),
    '',
    '  Full first, if the rate grows and all else stays',
    ...levels.flatMap(boundLines),
    '',
    '  What answers them, and what is full already',
    ...answers(levels),
    '',
    ...wrapped(
      'The units of Valkey are upper bounds, and decide more than anything else here: have ElastiCacheProcessingUnits say what a write takes before anything is split because of them. Reads come on top of it all.',
    ),
  ];
}

function header(levels: readonly LevelCapacity[]): string {
  const cells = levels.map(({ level }) => level.padStart(NEED_WIDTH + FULL_WIDTH)).join('');
  return `  ${''.padEnd(LABEL_WIDTH)}${'holds'.padStart(HOLDS_WIDTH)}${'raised by'.padStart(BY_WIDTH + 1)}${cells.slice(1)}`;
}

function quotaRow(name: QuotaName, levels: readonly LevelCapacity[]): string {
  const { what, holds, raisedBy } = quotaOf(name);
  const cells = levels.map((level) => {
    const { need, full } = fillingOf(level, name);
    return need === 0
      ? '–'.padStart(NEED_WIDTH + FULL_WIDTH)
      : `${amount(need).padStart(NEED_WIDTH)}${share(full).padStart(FULL_WIDTH)}`;
  });
  return `  ${what.padEnd(LABEL_WIDTH)}${count.format(holds).padStart(HOLDS_WIDTH)}${RAISED_BY[raisedBy].padStart(BY_WIDTH)}${cells.join('')}`;
}

function boundLines({ level, bounds }: LevelCapacity): string[] {
  return bounds.map(({ raised, quota, rate }, index) => {
    const name = index === 0 ? level : '';
    return `  ${name.padEnd(LEVEL_WIDTH)}${rough.format(rate).padStart(RATE_WIDTH)}/s  ${RAISED[raised]}: ${quotaOf(quota).what}`;
  });
}

/** Of what is full now, and of what will be first. */
function answers(levels: readonly LevelCapacity[]): string[] {
  const asked = new Set(
    levels
      .flatMap(({ fillings, bounds }) => [...fillings.filter(({ full }) => full >= 1), ...bounds])
      .map(({ quota }) => quota),
  );
  return QUOTA_NAMES.filter((name) => asked.has(name)).flatMap((name) => {
    const { what, answer } = quotaOf(name);
    return wrapped(`${what}: ${answer}.`, '- ');
  });
}

function fillingOf({ fillings }: LevelCapacity, name: QuotaName) {
  return fillings.find(({ quota }) => quota === name)!;
}

function amount(need: number): string {
  if (need >= LARGE) return large.format(need);
  return need < MANY_TIMES ? small.format(need) : count.format(need);
}

function share(full: number): string {
  return full < MANY_TIMES ? `${count.format(100 * full)}%` : `×${short.format(full)}`;
}
