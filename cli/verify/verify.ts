import { setTimeout as wait } from 'node:timers/promises';
import type { WriteBehindClient } from '../../client/client.ts';
import type { Consistency } from '../../lib/insight/types.ts';

/**
 * What was found about a key. `equal`: cache and database hold the same. `stored`: they did not at first, but what the cache held then
 * is stored by now. `uncached`: only the database has it, so there is nothing to compare. `missing`: neither has it.
 * `different`: what the cache holds is not in the database, and waiting did not change that.
 */
export type Verdict = 'equal' | 'stored' | 'uncached' | 'missing' | 'different';

/** What was found about one key. */
export interface Finding {
  readonly verdict: Verdict;
  /** Cache and database as they were seen last. */
  readonly consistency: Consistency;
}

/** How to look. */
export interface VerifyOptions {
  /** How long a dirty item may take to be stored, from when it was first seen, ms. */
  readonly waitMs: number;
  /** Hears of each key. */
  readonly onFinding: (finding: Finding) => void;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

const AT_ONCE = 16;
const LOOK_EVERY_MS = 250;
/** Cache and database are read one after the other: a write and its flush in between look like a difference, for a moment. */
const TWO_READS_MS = 1000;

/** Compares cache and database for each key. */
export async function verify(
  api: WriteBehindClient,
  keys: Iterable<string> | AsyncIterable<string>,
  { waitMs, onFinding, signal }: VerifyOptions,
): Promise<void> {
  const shared = eachOf(keys);
  const lane = async () => {
    for await (const key of shared) {
      if (signal.aborted) return;
      onFinding(await findingOf(api, key, waitMs, signal));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** A generator, because several may take from one; the first of them that ends early ends it for all. */
async function* eachOf(keys: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  yield* keys;
}

async function findingOf(api: WriteBehindClient, key: string, waitMs: number, signal: AbortSignal): Promise<Finding> {
  const first = await api.consistency(key);
  const { cache } = first;
  if (!cache) return { verdict: first.database?.value ? 'uncached' : 'missing', consistency: first };
  if (first.consistent) return { verdict: cache.value ? 'equal' : 'missing', consistency: first };
  const startedAt = performance.now();
  let latest = first;
  for (;;) {
    const patienceMs = isAhead(latest) ? waitMs : Math.min(waitMs, TWO_READS_MS);
    const over = performance.now() - startedAt >= patienceMs;
    if (latest.parked !== undefined || over || signal.aborted) return { verdict: 'different', consistency: latest };
    await wait(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    latest = await api.consistency(key);
    // A key that is written all the time is never equal: what counts is that what was seen first has been stored.
    const caughtUp = isAhead(latest) && latest.database !== null && latest.database.version >= cache.version;
    if (latest.consistent || caughtUp) return { verdict: 'stored', consistency: latest };
  }
}

/** Whether the cache holds what is still to be stored. Else both should be equal. */
function isAhead({ cache, database }: Consistency): boolean {
  return cache !== null && (database === null || cache.version > database.version);
}
