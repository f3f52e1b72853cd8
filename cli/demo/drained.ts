import { setTimeout as wait } from 'node:timers/promises';
import { untilStats } from '../../bench/load/until-stats.ts';
import type { Stats } from '../../lib/insight/types.ts';
import type { ApiClient } from './api-client.ts';
import { DemoError } from './errors.ts';

const GIVE_UP_AFTER_MS = 30_000;

/**
 * Waits until nothing is dirty and the queue is empty.
 *
 * @param limitMs how long to wait at most
 * @returns the statistics then, and how long it took
 * @throws {DemoError} it took longer, or an item went where no waiting helps
 */
export async function untilDrained(api: ApiClient, limitMs: number): Promise<{ stats: Stats; ms: number }> {
  const settled = (stats: Stats) => stats.parkedItems > 0 || (stats.dirtyItems === 0 && queued(stats) === 0);
  const { stats, ms, reached } = await untilStats(() => readStats(api), settled, limitMs);
  const { dirtyItems, parkedItems, deadLetters } = stats;
  if (parkedItems > 0) throw new DemoError(`DynamoDB refused ${parkedItems} items; ${deadLetters} dead letters.`);
  if (reached) return { stats, ms };
  const after = `After ${Math.round(ms / 1000)} s`;
  throw new DemoError(`${after} ${dirtyItems} items are dirty and ${queued(stats)} messages queued.`);
}

function queued({ queue }: Stats): number {
  return queue.visible + queue.delayed + queue.inFlight;
}

/**
 * Reads `/stats`; a server that is busy is asked again.
 *
 * @throws {DemoError} the statistics could not be read for 30 s
 */
export async function readStats(api: ApiClient): Promise<Stats> {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    const { status, body, retryAfterSeconds = 1 } = await api.call<Stats>('GET', '/stats');
    if (status === 200) return body;
    if (status !== 503 || performance.now() > giveUpAt) throw new DemoError(`GET /stats was answered ${status}.`);
    await wait(retryAfterSeconds * 1000);
  }
}
