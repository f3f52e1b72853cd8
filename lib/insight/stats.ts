import type { Cache } from '../cache/cache.ts';
import { bucketCounter, type Histogram, upperBoundMs } from '../cache/observations.ts';
import type { ShardState } from '../cache/replies.ts';
import type { Flushing } from '../flush/flushing.ts';
import type { DrainRate } from '../flush/flushing-record.ts';
import type { SqsQueue } from '../queue/sqs-queue.ts';
import type { Percentiles, Stats } from './types.ts';

const BUCKETS = 101;
const MINUTE_MS = 60_000;

/** Adds up what every shard has counted. */
export class StatsReader {
  readonly #cache: Cache;
  readonly #queue: SqsQueue;
  readonly #deadLetterQueue: SqsQueue;
  readonly #flushing: Flushing;
  readonly #maxDirtyItems: number;
  readonly #nowMs: () => number;

  constructor(
    cache: Cache,
    queue: SqsQueue,
    deadLetterQueue: SqsQueue,
    flushing: Flushing,
    maxDirtyItems: number,
    nowMs: () => number,
  ) {
    this.#cache = cache;
    this.#queue = queue;
    this.#deadLetterQueue = deadLetterQueue;
    this.#flushing = flushing;
    this.#maxDirtyItems = maxDirtyItems;
    this.#nowMs = nowMs;
  }

  /** @throws {CacheUnavailableError} {@link CacheOutcomeUnknownError} {@link QueueUnavailableError} */
  async read(): Promise<Stats> {
    const [shards, recentFailures, queue, dead, flushing] = await Promise.all([
      this.#cache.indexes.states(),
      this.#cache.recentFailures.list(),
      this.#queue.depth(),
      this.#deadLetterQueue.depth(),
      this.#flushing.state(),
    ]);
    const now = this.#nowMs();
    const sum = (counter: string) => total(shards, (shard) => Number(shard.counters[counter] ?? 0));
    const writes = { cache: sum('writes:cache'), queue: sum('writes:queue'), database: sum('writes:database') };
    const itemsStored = sum('itemsStored');
    const lastStoredAt = Math.max(0, ...shards.map((shard) => Number(shard.counters.lastStoredAt ?? 0)));
    const since = Math.min(...shards.map((shard) => Number(shard.counters.since ?? Infinity)));
    return {
      dirtyItems: total(shards, (shard) => shard.dirtyItems),
      maxDirtyItems: this.#maxDirtyItems,
      parkedItems: total(shards, (shard) => shard.parkedItems),
      oldestLagMs: oldestLagMs(shards, now),
      queue,
      flushing: { ...flushing, drain: flushing.drain && isDraining(shards, flushing.drain) ? flushing.drain : null },
      deadLetters: dead.visible + dead.delayed + dead.inFlight,
      writes,
      reads: {
        hits: sum('hits'),
        misses: sum('misses'),
        refreshes: sum('refreshes'),
        refreshesFailed: sum('refreshesFailed'),
      },
      signals: sum('signals'),
      itemsStored,
      storedPerMinute: total(shards, (shard) => storedPerMinute(shard, now)),
      lastStoredAt: lastStoredAt ? new Date(lastStoredAt).toISOString() : null,
      skipped: sum('skipped'),
      stale: sum('stale'),
      failed: sum('failed'),
      recentFailures,
      knownLost: sum('knownLost'),
      foreignChanges: sum('foreignChanges'),
      conflicts: sum('conflicts'),
      coalescingRatio: itemsStored ? (writes.cache + writes.queue + writes.database) / itemsStored : null,
      writeLatencyMs: percentiles(shards, 'write'),
      lagMs: percentiles(shards, 'lag'),
      batchMs: percentiles(shards, 'batch'),
      since: Number.isFinite(since) ? new Date(since / 1000).toISOString() : null,
    };
  }
}

/** Whether something that waited before a resume is dirty still. */
function isDraining(shards: readonly ShardState[], { since }: DrainRate): boolean {
  return shards.some(({ oldestSince }) => oldestSince !== null && oldestSince < Date.parse(since));
}

/** How long the oldest dirty item of all shards has waited, ms. */
export function oldestLagMs(shards: readonly ShardState[], now: number): number {
  const oldest = Math.min(...shards.map((shard) => shard.oldestSince ?? Infinity));
  return Number.isFinite(oldest) ? Math.max(0, Math.round(now - oldest)) : 0;
}

function total(shards: readonly ShardState[], of: (shard: ShardState) => number): number {
  return shards.reduce((sum, shard) => sum + of(shard), 0);
}

/** The running minute, and of the one before it the part that is less than 60 s ago. */
function storedPerMinute({ counters }: ShardState, now: number): number {
  const age = Math.floor(now / MINUTE_MS) - Number(counters.minute ?? 0);
  const current = Number(counters.storedThisMinute ?? 0);
  const before = Number(counters.storedMinuteBefore ?? 0);
  const rest = 1 - (now % MINUTE_MS) / MINUTE_MS;
  if (age === 0) return Math.round(current + before * rest);
  return age === 1 ? Math.round(current * rest) : 0;
}

function percentiles(shards: readonly ShardState[], histogram: Histogram): Percentiles {
  const counts = Array.from({ length: BUCKETS }, (_, bucket) =>
    total(shards, (shard) => Number(shard.counters[bucketCounter(histogram, bucket)] ?? 0)),
  );
  const all = counts.reduce((a, b) => a + b, 0);
  const at = (share: number): number | null => {
    let seen = 0;
    for (const [bucket, count] of counts.entries()) {
      seen += count;
      if (count > 0 && seen >= all * share) return Math.round(upperBoundMs(bucket) * 100) / 100;
    }
    return null;
  };
  return { p50: at(0.5), p99: at(0.99) };
}
