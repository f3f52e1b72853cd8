import type { Cache } from '../cache/cache.ts';
import { InvalidInputError, InvalidMessageError, WriteBehindError } from '../errors.ts';
import { compare } from '../insight/consistency.ts';
import type { Cursors } from '../model/cursor.ts';
import type { SqsQueue } from '../queue/sqs-queue.ts';
import type { SqsReceiver } from '../queue/sqs-receiver.ts';
import type { Store } from '../store/store.ts';
import { comparePositions, cursorAfter, positionOf } from './cursor.ts';
import { detailOf } from './forecast.ts';
import { type Letter, letterOf } from './letter.ts';
import { Look } from './look.ts';
import type { DeadLetterReport } from './report.ts';
import { discarding, redriving, type Treatment } from './treatments.ts';
import {
  DEFAULT_PAGE,
  type DeadLetter,
  type DeadLetterDetail,
  type DeadLetterOutcome,
  type DeadLetterPage,
  type DeadLetterSelection,
  type DiscardReason,
  type LookOptions,
  MAX_NAMED,
  MAX_PAGE,
  type PageOptions,
} from './types.ts';

const LOOK_MS = 20_000;

/** What {@link DeadLetterOffice} works with. */
export interface DeadLetterOfficeParts {
  readonly deadLetterQueue: SqsQueue;
  readonly receiver: SqsReceiver;
  readonly cursors: Cursors;
  /** Where redriven letters go. */
  readonly queue: SqsQueue;
  readonly cache: Cache;
  readonly store: Store;
  readonly report: DeadLetterReport;
  readonly nowMs: () => number;
}

/** What operators do with dead letters: list, look closer, redrive, discard. */
export class DeadLetterOffice {
  readonly #parts: DeadLetterOfficeParts;
  readonly #look: Look;

  /** @internal */
  constructor(parts: DeadLetterOfficeParts) {
    this.#parts = parts;
    this.#look = new Look(parts.deadLetterQueue, parts.receiver, parts.nowMs);
  }

  /**
   * The dead letters, oldest failure first, on pages. SQS shows them by hiding them from others meanwhile: at most 1000 are
   * looked at, and `complete` says whether these were all.
   *
   * @throws {InvalidInputError} with path `limit` or `cursor`
   * @throws {QueueUnavailableError} {@link QueueThrottledError}
   */
  async list({ limit = DEFAULT_PAGE, cursor, deadlineMs }: PageOptions = {}): Promise<DeadLetterPage> {
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
      throw new InvalidInputError(`The limit must be a whole number from 1 to ${MAX_PAGE}.`, 'limit');
    }
    const after = cursor === undefined ? undefined : positionOf(this.#parts.cursors, cursor);
    const seen: DeadLetter[] = [];
    const complete = await this.#look.through(this.#deadline(deadlineMs), async (messages) => {
      seen.push(...messages.map((message) => letterOf(message).summary));
      return { deleted: [], enough: false };
    });
    const rest = seen.filter((letter) => !after || comparePositions(letter, after) > 0).sort(comparePositions);
    const deadLetters = rest.slice(0, limit);
    const last = rest.length > limit ? deadLetters.at(-1) : undefined;
    return { deadLetters, ...(last && { cursor: cursorAfter(this.#parts.cursors, last) }), complete };
  }

  /**
   * One dead letter with what it carries, its item as it is now, and what a redrive would lead to; `null` if it is not there,
   * or not among the first 1000.
   *
   * @throws {QueueUnavailableError} {@link QueueThrottledError} {@link CacheUnavailableError} {@link StoreUnavailableError}
   */
  async show(id: string, { deadlineMs }: LookOptions = {}): Promise<DeadLetterDetail | null> {
    const { cache, store, nowMs } = this.#parts;
    let found: Letter | undefined;
    await this.#look.through(this.#deadline(deadlineMs), async (messages) => {
      const message = messages.find((each) => each.id === id);
      if (message) found = letterOf(message);
      return { deleted: [], enough: message !== undefined };
    });
    if (!found) return null;
    const { signal } = found;
    const now = nowMs();
    const item = signal instanceof InvalidMessageError ? undefined : await compare(signal.key, cache, store, now);
    return detailOf(found, item, now);
  }

  /**
   * Sends dead letters to the queue again, and makes their parked entries dirty again: for when the cause is gone. Harmless
   * to repeat: the flush never stores what is not newer than the table.
   *
   * @throws {InvalidInputError} with path `ids`
   * @throws {QueueUnavailableError} {@link QueueThrottledError} the dead-letter queue cannot be read
   */
  redrive(which: DeadLetterSelection, options: LookOptions = {}): Promise<DeadLetterOutcome> {
    const { queue, cache, nowMs } = this.#parts;
    return this.#treat(which, redriving(queue, cache, nowMs), options);
  }

  /**
   * Gives dead letters up: deletes them, and drops the entries that are still parked at their versions, so that reads show the
   * table again. What was written since stays. Harmless to repeat.
   *
   * @throws {InvalidInputError} with path `ids`, `actor` or `comment`
   * @throws {QueueUnavailableError} {@link QueueThrottledError} the dead-letter queue cannot be read
   */
  async discard(
    which: DeadLetterSelection,
    reason: DiscardReason,
    options: LookOptions = {},
  ): Promise<DeadLetterOutcome> {
    const { cache, report } = this.#parts;
    return this.#treat(which, discarding(cache, report, reason), options);
  }

  async #treat(
    { ids, all }: DeadLetterSelection,
    treatment: Treatment,
    { deadlineMs }: LookOptions,
  ): Promise<DeadLetterOutcome> {
    // What was left out by mistake must not mean all.
    if ((ids === undefined) === (all !== true)) throw new InvalidInputError('Either ids or all must be given.', 'ids');
    if (ids && (ids.length < 1 || ids.length > MAX_NAMED)) {
      throw new InvalidInputError(`Allowed are 1 to ${MAX_NAMED} ids.`, 'ids');
    }
    const missing = ids && new Set(ids);
    const failed: { id: string; reason: string }[] = [];
    let done = 0;
    const complete = await this.#look.through(this.#deadline(deadlineMs), async (messages) => {
      const letters = messages.filter(({ id }) => !missing || missing.delete(id)).map(letterOf);
      const { deleted, failures } = await this.#treatTogether(letters, treatment);
      done += deleted.length;
      failed.push(...failures);
      return { deleted, enough: missing?.size === 0 };
    });
    for (const id of missing ?? []) failed.push({ id, reason: complete ? NOT_THERE : NOT_SEEN });
    return { done, failed: failed.slice(0, MAX_NAMED), complete: complete || missing?.size === 0 };
  }

  /** Treats letters beside each other, and deletes those where that went well. */
  async #treatTogether(letters: readonly Letter[], treatment: Treatment) {
    const results = await Promise.allSettled(letters.map(treatment));
    const failures: { id: string; reason: string }[] = [];
    const treated: Letter[] = [];
    for (const [index, result] of results.entries()) {
      const letter = letters[index]!;
      if (result.status === 'fulfilled') treated.push(letter);
      else if (!(result.reason instanceof WriteBehindError)) throw result.reason;
      else failures.push({ id: letter.summary.id, reason: result.reason.message });
    }
    const kept = await this.#parts.receiver.delete(treated.map(({ receiptHandle }) => receiptHandle));
    for (const { summary, receiptHandle } of treated) {
      const error = kept.get(receiptHandle);
      if (error) failures.push({ id: summary.id, reason: `It could not be deleted, repeat it: ${error.message}` });
    }
    const deleted = treated.map(({ receiptHandle }) => receiptHandle).filter((handle) => !kept.has(handle));
    return { deleted, failures };
  }

  #deadline(deadlineMs = LOOK_MS): number {
    return this.#parts.nowMs() + deadlineMs;
  }
}

const NOT_THERE = 'not there';
const NOT_SEEN = 'not among those that could be looked at';
