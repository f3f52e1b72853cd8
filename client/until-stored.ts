import type { Consistency } from '../lib/insight/types.ts';
import { NotStoredError } from './errors.ts';
import { pause } from './send.ts';
import type { UntilStoredOptions } from './types.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/**
 * Looks again and again, with growing pauses, until the database has a version or a newer one; and returns the one that it has, 0 where there is
 * nothing to wait for.
 *
 * @param look puts cache and database side by side
 * @throws {NotStoredError} the time is over, or the item is parked
 */
export async function untilStored(
  look: () => Promise<Consistency>,
  key: string,
  { version, timeoutMs = 30_000, signal }: UntilStoredOptions,
): Promise<number> {
  const endsAt = performance.now() + timeoutMs;
  let wanted = version;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)) {
    const { cache, database, parked } = await look();
    const stored = database?.version ?? 0;
    wanted ??= cache?.version ?? stored;
    if (stored >= wanted) return stored;
    // Only a person, or another write, can help.
    if (parked !== undefined) throw new NotStoredError(key, wanted, stored, `it is parked: ${parked}`);
    const leftMs = endsAt - performance.now();
    if (leftMs <= 0) throw new NotStoredError(key, wanted, stored, `${timeoutMs / 1000} s are over`);
    await pause(Math.min(pauseMs, leftMs), signal);
  }
}
