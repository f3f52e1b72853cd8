import { defineSettings } from '../../lib/settings.ts';
import { figureOf } from './figures.ts';
import { WRITES } from './traffic.ts';
import type { LoadedWorkload, Workload } from './workload.ts';

const SECONDS_PER_HOUR = 3600;
const BYTES_PER_GB = 1e9;
const BYTES_PER_KB = 1024;

/** What the scripts are run for. */
export interface Scripts {
  readonly writes: number;
  readonly stores: number;
  /** Messages that are claimed for; those that come after their write was stored find nothing to do. */
  readonly messages: number;
}

/** Processing units of the scripts, each by the greater of its time and its data. */
export function unitsOf({ writes, stores, messages }: Scripts, { itemBytes, audited }: Workload): number {
  const dataUnits = itemBytes / BYTES_PER_KB;
  return (
    writes * Math.max(figureOf('writeUnits'), dataUnits) +
    stores * Math.max(figureOf('claimUnits'), dataUnits) +
    Math.max(0, messages - stores) * figureOf('skipUnits') +
    stores * figureOf('settleUnits') +
    (audited ? writes * figureOf('loggedUnits') + stores * figureOf('recordUnits') : 0)
  );
}

/** GB-hours of the items of {@link WRITES} while they stay in Valkey. */
export function gbHoursOf(workload: Workload): number {
  const { load, coalescing, itemBytes } = workload;
  if (load) return (residentGb({ ...workload, load }) * WRITES) / load.rate / SECONDS_PER_HOUR;
  // As if no item came back within its time to live.
  const hours = stayOf(workload) / SECONDS_PER_HOUR;
  return ((WRITES / coalescing) * itemBytes * figureOf('entryFactor') * hours) / BYTES_PER_GB;
}

/** GB of the items that are cached at a time. */
export function residentGb(workload: LoadedWorkload): number {
  const items = workload.load.keysWithin(stayOf(workload));
  return (items * workload.itemBytes * figureOf('entryFactor')) / BYTES_PER_GB;
}

/** How long an item is cached after a write, s. */
function stayOf({ windowSeconds }: Workload): number {
  return windowSeconds + defineSettings({}).ttlSeconds;
}
