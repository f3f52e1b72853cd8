import type { WriteBehindClient } from '../../client/client.ts';
import type { Stats } from '../../lib/insight/types.ts';
import { untilStats } from './until-stats.ts';

/** How many writes became how many stores, everybody's on this API. */
export interface Coalescing {
  /** Writes acknowledged at `cache`, `queue` and `database` level. */
  readonly writes: number;
  readonly itemsStored: number;
  /** Writes per item stored; `null` where nothing was. */
  readonly ratio: number | null;
  /** Whether all that was written had been stored when it was counted. */
  readonly drained: boolean;
}

/**
 * Counts from one moment to another.
 *
 * @param limitMs how long to wait at most until nothing is dirty
 * @returns a function that waits for the drain and counts
 */
export async function startCoalescing(
  api: WriteBehindClient,
  limitMs: number,
): Promise<(signal?: AbortSignal) => Promise<Coalescing>> {
  const before = await api.stats();
  return async (signal) => {
    const { stats, reached } = await untilStats(() => api.stats(), nothingDirty, limitMs, signal);
    const writes = writesOf(stats) - writesOf(before);
    const itemsStored = stats.itemsStored - before.itemsStored;
    return { writes, itemsStored, ratio: itemsStored > 0 ? writes / itemsStored : null, drained: reached };
  };
}

/** Whether everything is stored but what DynamoDB refuses; messages that find nothing to do may still be on their way. */
export function nothingDirty({ dirtyItems }: Stats): boolean {
  return dirtyItems === 0;
}

function writesOf({ writes }: Stats): number {
  return writes.cache + writes.queue + writes.database;
}
