import { setTimeout as wait } from 'node:timers/promises';
import type { Stats } from '../../lib/insight/types.ts';

const POLL_MS = 250;

/** What was seen last. */
export interface StatsWait {
  readonly stats: Stats;
  /** How long it took. */
  readonly ms: number;
  /** Whether the statistics were as wanted before the time was over. */
  readonly reached: boolean;
}

/**
 * Reads the statistics again and again until they are as wanted, or the time is over.
 *
 * @param read reads `/stats`
 * @param limitMs how long to wait at most
 */
export async function untilStats(
  read: () => Promise<Stats>,
  wanted: (stats: Stats) => boolean,
  limitMs: number,
  signal?: AbortSignal,
): Promise<StatsWait> {
  const startedAt = performance.now();
  for (;;) {
    const stats = await read();
    const ms = performance.now() - startedAt;
    if (wanted(stats)) return { stats, ms, reached: true };
    if (ms > limitMs || signal?.aborted) return { stats, ms, reached: false };
    // An aborted wait only looks once more, sooner.
    await wait(POLL_MS, undefined, signal && { signal }).catch(() => undefined);
  }
}
