import { type Durability, durability } from '../../lib/settings.ts';
import { needsOf } from './needs.ts';
import { PRIMARIES, QUOTA_NAMES, type Quota, type QuotaName, quotaOf } from './quotas.ts';
import { type LoadedWorkload, under } from './workload.ts';

const RAISED = ['nothing', 'settings', 'requests', 'durable'] as const;

/** How far things were raised: as deployed; our settings; what AWS raises when asked, too; and DurableValkey in place of the serverless one. */
export type Raised = (typeof RAISED)[number];

/** How full a quota is. */
export interface Filling {
  readonly quota: QuotaName;
  readonly need: number;
  /** Share of what the quota holds, more than 1 where it does not suffice. */
  readonly full: number;
}

/** The quota that a growing load fills first. */
export interface Bound {
  readonly raised: Raised;
  readonly quota: QuotaName;
  /** Writes a second at which it is full; the mix of keys stays. */
  readonly rate: number;
}

/** What a load makes of the quotas at a level. */
export interface LevelCapacity {
  readonly level: Durability;
  readonly fillings: readonly Filling[];
  /** Which quota is full first, and which after that was raised. The last one is where a deployment ends. */
  readonly bounds: readonly Bound[];
}

/** Beyond it nobody asks. */
const HIGHEST_RATE = 1e9;
const LOWEST_RATE = 1e-3;
const STEPS = 40;

/** What a load makes of the quotas at each level. */
export function capacityOf(workload: LoadedWorkload): LevelCapacity[] {
  return durability.options.map((level) => ({
    level,
    fillings: fillingsOf(level, workload, 'nothing'),
    bounds: boundsOf(level, workload),
  }));
}

function holds({ holds, most, raisedBy, durable }: Quota, raised: Raised): number {
  if (raised === 'durable' && durable !== undefined) return durable;
  const step = RAISED.indexOf(raised);
  const isRaised = (raisedBy === 'setting' && step >= 1) || (raisedBy === 'request' && step >= 2);
  return isRaised ? most : holds;
}

function fillingsOf(level: Durability, workload: LoadedWorkload, raised: Raised): Filling[] {
  const needs = raised === 'durable' ? needsOf(level, workload, PRIMARIES) : needsOf(level, workload);
  return QUOTA_NAMES.map((quota) => {
    const need = needs[quota];
    return { quota, need, full: need / holds(quotaOf(quota), raised) };
  });
}

function boundsOf(level: Durability, workload: LoadedWorkload): Bound[] {
  const bounds: Bound[] = [];
  for (const raised of RAISED) {
    const bound = boundOf(level, workload, raised);
    if (!bound) break;
    const last = bounds.at(-1);
    if (last?.quota !== bound.quota || last.rate !== bound.rate) bounds.push(bound);
  }
  return bounds;
}

/** Halves the range of rates, by their logarithm: everything that a load needs grows with its rate. */
function boundOf(level: Durability, workload: LoadedWorkload, raised: Raised): Bound | undefined {
  const at = (rate: number) => fillingsOf(level, under(workload.load.at(rate), workload), raised);
  const isFull = (rate: number) => at(rate).some(({ full }) => full >= 1);
  if (!isFull(HIGHEST_RATE)) return undefined;
  let [low, high] = [Math.log(LOWEST_RATE), Math.log(HIGHEST_RATE)];
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2;
    if (isFull(Math.exp(middle))) high = middle;
    else low = middle;
  }
  const rate = Math.exp(high);
  const first = at(rate).reduce((a, b) => (b.full > a.full ? b : a));
  return { raised, quota: first.quota, rate };
}
