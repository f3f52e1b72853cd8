import { setTimeout as wait } from 'node:timers/promises';
import type { Stats } from '../../lib/insight/types.ts';
import type { ApiClient } from './api-client.ts';
import { DemoError } from './errors.ts';

const POLL_MS = 250;
const GIVE_UP_AFTER_MS = 30_000;

/**
 * Waits until nothing is dirty and the queue is empty.
 *
 * @param limitMs how long to wait at most
 * @returns the statistics then, and how long it took
 * @throws {DemoError} it took longer, or an item went where no waiting helps
 */
export async function untilDrained(api: ApiClient, limitMs: number): Promise<{ stats: Stats; ms: number }> {
  const startedAt = performance.now();
  for (;;) {
    const stats = await readStats(api);
    const { dirtyItems, parkedItems, deadLetters, queue } = stats;
    const queued = queue.visible + queue.delayed + queue.inFlight;
    const ms = performance.now() - startedAt;
    if (dirtyItems === 0 && parkedItems === 0 && queued === 0) return { stats, ms };
    if (parkedItems > 0) throw new DemoError(`DynamoDB refused ${parkedItems} items; ${deadLetters} dead letters.`);
    if (ms > limitMs) {
      throw new DemoError(
        `After ${Math.round(ms / 1000)} s ${dirtyItems} items are dirty and ${queued} messages queued.`,
      );
    }
    await wait(POLL_MS);
  }
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
