import type { Cache } from '../cache/cache.ts';
import { isValkeyAway } from '../cache/valkey.ts';
import { InvalidInputError, InvalidMessageError } from '../errors.ts';
import { checkAuthor } from '../model/key.ts';
import { dedupIdOf, groupOf } from '../queue/signal.ts';
import type { SqsQueue } from '../queue/sqs-queue.ts';
import type { Letter } from './letter.ts';
import type { DeadLetterReport } from './report.ts';
import type { DiscardReason } from './types.ts';

/**
 * Deals with one letter, which is deleted afterwards: cut off at any point, the letter is still there and may be dealt with
 * again. What it throws is why the letter stays.
 */
export type Treatment = (letter: Letter) => Promise<void>;

/**
 * Sends a letter to the queue again and makes its parked entry dirty again. A second time the flush finds the version
 * stored; and it never stores what is older than the table.
 */
export function redriving(queue: SqsQueue, cache: Cache, nowMs: () => number): Treatment {
  return async ({ summary, text, signal }) => {
    if (signal instanceof InvalidMessageError) throw signal;
    const { key, version } = signal;
    // The letter's id: SQS has seen this version before, and would swallow what looks like a repetition.
    await queue.send({ body: text, groupId: groupOf(key), dedupId: dedupIdOf(signal, summary.id) });
    try {
      await cache.unpark(key, version, nowMs());
    } catch (error) {
      // The flush stores a parked entry too; while it tries, the item is only not counted as dirty.
      if (!isValkeyAway(error)) throw error;
    }
  };
}

/**
 * Gives the write of a letter up: drops its entry if that is still parked, and puts on record who did it.
 *
 * @throws {InvalidInputError} without an actor or a comment, or with one that no write may have
 */
export function discarding(cache: Cache, report: DeadLetterReport, reason: DiscardReason): Treatment {
  const { actor, comment, caller } = reason;
  if (!actor) throw new InvalidInputError('Who discards must be named.', 'actor');
  if (!comment) throw new InvalidInputError('A reason must be given.', 'comment');
  checkAuthor(actor, comment);
  return async ({ summary, signal }) => {
    const item = signal instanceof InvalidMessageError ? undefined : { key: signal.key, version: signal.version };
    // While Valkey is away the letter stays: without it nobody could drop the entry any more.
    if (item) await cache.discard(item.key, item.version);
    const { id, reason: cause } = summary;
    report.discarded({ id, ...item, reason: cause, actor, comment, ...(caller !== undefined && { caller }) });
  };
}
