import type { Cache } from '../cache/cache.ts';
import type { ShardState } from '../cache/replies.ts';
import type { DeadLetterSender } from '../dead-letters/sender.ts';
import { ItemRefusedError, QueueThrottledError, QueueUnavailableError } from '../errors.ts';
import type { DrainReport } from '../insight/types.ts';
import type { FlushPath } from './flush-path.ts';
import type { FlushResult } from './flushed.ts';
import { publicReason } from './public-reason.ts';

const MAX_FAILURES_REPORTED = 100;
/** Items that are claimed, stored and settled together. */
const ROUND = 50;

/** Which dirty items to drain, and for how long. */
export interface DrainOptions {
  /** Only items dirty since before this, ms since the epoch. */
  readonly dirtyBeforeMs: number;
  /** At most so many items. */
  readonly limit: number;
  /** When to stop, ms since the epoch. */
  readonly deadlineMs: number;
  /** An item that DynamoDB refuses and that is dirty since before this becomes a dead letter; earlier its messages try on. */
  readonly parkBeforeMs: number;
}

/** What a drain did, and the shards as it left them. */
export interface Drained {
  readonly report: DrainReport;
  readonly shards: readonly ShardState[];
}

/** Flushes dirty items without the queue, oldest first; sends no signals (rule 13). */
export class Drain {
  readonly #cache: Cache;
  readonly #flushPath: FlushPath;
  readonly #deadLetters: DeadLetterSender;
  readonly #nowMs: () => number;

  constructor(cache: Cache, flushPath: FlushPath, deadLetters: DeadLetterSender, nowMs: () => number) {
    this.#cache = cache;
    this.#flushPath = flushPath;
    this.#deadLetters = deadLetters;
    this.#nowMs = nowMs;
  }

  /** Drains until nothing is left, the limit or the deadline is reached, or the store failed a whole round. */
  async run({ dirtyBeforeMs, limit, deadlineMs, parkBeforeMs }: DrainOptions): Promise<Drained> {
    const failures: { key: string; reason: string }[] = [];
    const failedKeys = new Set<string>();
    let flushed = 0;
    let tried = 0;
    let calls = 0;
    while (tried < limit && this.#nowMs() < deadlineMs) {
      // What failed in this run stays dirty and among the oldest: look past it.
      const oldest = await this.#cache.indexes.oldestDirty(dirtyBeforeMs, ROUND + failedKeys.size);
      const round = oldest.filter(({ key }) => !failedKeys.has(key)).slice(0, Math.min(ROUND, limit - tried));
      if (round.length === 0) break;
      tried += round.length;
      const { results, asked, databaseCalls } = await this.#flushPath.flush(round);
      calls += databaseCalls;
      let unavailable = 0;
      for (const [index, result] of results.entries()) {
        const { key, since } = round[index]!;
        if (result.kind !== 'failed') {
          flushed += result.kind === 'stored' || result.kind === 'unsettled' ? 1 : 0;
          continue;
        }
        if (!(result.error instanceof ItemRefusedError)) unavailable += 1;
        failedKeys.add(key);
        failures.push({ key, reason: publicReason(result.error) });
        if (since < parkBeforeMs) await this.#park(key, result);
      }
      // The database is away: asking it once more for every dirty item would help nobody.
      if (unavailable > 0 && unavailable === asked) break;
    }
    const shards = await this.#cache.indexes.states();
    const report = {
      flushed,
      failed: failures.length,
      failures: failures.slice(0, MAX_FAILURES_REPORTED),
      databaseCalls: calls,
      remaining: shards.reduce((sum, shard) => sum + shard.dirtyItems, 0),
    };
    return { report, shards };
  }

  async #park(key: string, { error, image }: FlushResult & { kind: 'failed' }): Promise<void> {
    if (!(error instanceof ItemRefusedError) || !image) return;
    try {
      await this.#deadLetters.park(key, image, { reason: error.message, receiveCount: 0, messageId: 'sweep' });
    } catch (cause) {
      // It stays dirty and in the report; the others must not wait for SQS.
      if (!(cause instanceof QueueUnavailableError || cause instanceof QueueThrottledError)) throw cause;
    }
  }
}
