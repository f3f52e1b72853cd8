import type { Cache } from '../cache/cache.ts';
import type { DirtyItem, ItemSelection } from '../cache/indexes.ts';
import type { ShardState } from '../cache/replies.ts';
import type { DeadLetterSender } from '../dead-letters/sender.ts';
import { ItemRefusedError, QueueThrottledError, QueueUnavailableError } from '../errors.ts';
import type { DrainReport } from '../insight/types.ts';
import type { FlushPath } from './flush-path.ts';
import type { FlushResult } from './flushed.ts';
import type { Admit, Pacer } from './pacer.ts';
import { publicReason } from './public-reason.ts';

const MAX_FAILURES_REPORTED = 100;
/** Items that are looked for at a time. */
const PORTION = 500;
/** Items that are claimed, stored and settled together. */
export const ROUND = 50;
/** Rounds that are under way beside each other. */
export const ROUNDS_AT_ONCE = 2;

/** Which dirty items to drain, and for how long. */
export interface DrainOptions {
  /** Only these. @default all */
  readonly selection?: ItemSelection | undefined;
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

/** What a drain has done so far. */
interface Run {
  readonly parkBeforeMs: number;
  readonly failures: { readonly key: string; readonly reason: string }[];
  readonly failedKeys: Set<string>;
  flushed: number;
  databaseCalls: number;
  /** Whether the store failed a whole round, or an item's turn comes after the deadline. */
  over: boolean;
}

/** Flushes dirty items without the queue, oldest first; sends no signals (rule 13). */
export class Drain {
  readonly #cache: Cache;
  readonly #flushPath: FlushPath;
  readonly #deadLetters: DeadLetterSender;
  readonly #pacer: Pacer;
  readonly #nowMs: () => number;

  constructor(cache: Cache, flushPath: FlushPath, deadLetters: DeadLetterSender, pacer: Pacer, nowMs: () => number) {
    this.#cache = cache;
    this.#flushPath = flushPath;
    this.#pacer = pacer;
    this.#deadLetters = deadLetters;
    this.#nowMs = nowMs;
  }

  /** Drains until nothing is left, the limit or the deadline is reached, the rate allows no more until then, or the store failed a whole round. */
  async run({ selection, dirtyBeforeMs, limit, deadlineMs, parkBeforeMs }: DrainOptions): Promise<Drained> {
    const { indexes } = this.#cache;
    const run: Run = { parkBeforeMs, failures: [], failedKeys: new Set(), flushed: 0, databaseCalls: 0, over: false };
    const mayGoOn = () => !run.over && this.#nowMs() < deadlineMs;
    const admit = this.#pacer.until(deadlineMs);
    let left = limit;
    while (left > 0 && mayGoOn()) {
      // What failed in this run stays dirty and among the oldest: look past it.
      const oldest = selection
        ? await indexes.dirtyOf(selection, dirtyBeforeMs)
        : await indexes.oldestDirty(dirtyBeforeMs, PORTION, run.failedKeys.size);
      const portion = oldest.filter(({ key }) => !run.failedKeys.has(key)).slice(0, left);
      if (portion.length === 0) break;
      left -= portion.length;
      const rounds = roundsOf(portion, await this.#pacer.together(ROUND));
      const work = async () => {
        for (const round of rounds) if (mayGoOn()) await this.#round(run, round, admit);
      };
      await Promise.all(Array.from({ length: ROUNDS_AT_ONCE }, work));
    }
    const { failures, flushed, databaseCalls } = run;
    const shards = await indexes.states();
    const report = {
      flushed,
      failed: failures.length,
      failures: failures.slice(0, MAX_FAILURES_REPORTED),
      databaseCalls,
      remaining: selection
        ? (await indexes.dirtyOf(selection, Infinity)).length
        : shards.reduce((sum, shard) => sum + shard.dirtyItems, 0),
    };
    return { report, shards };
  }

  async #round(run: Run, round: readonly DirtyItem[], admit: Admit): Promise<void> {
    const { results, asked, databaseCalls } = await this.#flushPath.flush(round, admit);
    run.databaseCalls += databaseCalls;
    let unavailable = 0;
    for (const [index, result] of results.entries()) {
      const { key, since } = round[index]!;
      if (result.kind === 'deferred') run.over = true;
      if (result.kind !== 'failed') {
        run.flushed += result.kind === 'stored' || result.kind === 'unsettled' ? 1 : 0;
        continue;
      }
      if (!(result.error instanceof ItemRefusedError)) unavailable += 1;
      run.failedKeys.add(key);
      run.failures.push({ key, reason: publicReason(result.error) });
      if (since < run.parkBeforeMs) await this.#park(key, result);
    }
    // The database is away: asking it once more for every dirty item would help nobody.
    if (unavailable > 0 && unavailable === asked) run.over = true;
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

function* roundsOf(items: readonly DirtyItem[], size: number): Generator<readonly DirtyItem[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
