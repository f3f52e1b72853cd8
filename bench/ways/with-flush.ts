import { setTimeout as wait } from 'node:timers/promises';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { startSystem } from '../../test/support/system.ts';
import { startFlusher } from './flusher.ts';

const POLL_MS = 50;

/**
 * Measures on a system of its own, whose flush runs in another process, with a window of so many seconds.
 *
 * @param measure gets the cache, and a function that waits until nothing is dirty
 */
export async function withFlush<T>(
  windowSeconds: number,
  measure: (cache: WriteBehind, drained: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const system = await startSystem({ settings: { windowSeconds, maxDirtyItems: 1_000_000 } });
  try {
    const flusher = await startFlusher(system.config);
    const result = await measure(system.cache, async () => {
      while ((await system.cache.stats()).dirtyItems > 0) await wait(POLL_MS);
    });
    await flusher.stop();
    return result;
  } finally {
    await system.stop();
  }
}
