import type { WriteReply } from '../cache/replies.ts';
import type { WriteRequest } from '../cache/write-request.ts';
import {
  BoundError,
  CacheOutcomeUnknownError,
  CacheUnavailableError,
  EntryFormatError,
  HotKeyError,
  IdempotencyConflictError,
  type InCache,
  InvalidInputError,
  ItemTooLargeError,
  LevelNotMetError,
  NoRoomError,
  PreconditionFailedError,
  QueueThrottledError,
} from '../errors.ts';
import { MAX_ATTRIBUTES } from '../model/value.ts';

/** A reply of the write script that is not a write. */
export type Refusal = Exclude<WriteReply, { kind: 'ok' | 'replay' | 'miss' | 'busy' }>;

/** The error that a refusal of the write script means; nothing was changed. */
export function refusalError(
  refusal: Refusal,
  { maxItemBytes, baseBytes }: Pick<WriteRequest, 'maxItemBytes' | 'baseBytes'>,
  retryAfterSeconds: number,
): Error {
  switch (refusal.kind) {
    case 'conflict':
      return new IdempotencyConflictError();
    case 'full':
      return new NoRoomError('Too many items wait to be stored; there is no room for another.', retryAfterSeconds);
    case 'ended':
      return levelNotMet('No version is left: somebody changed the item or its shard in Valkey.', false, undefined);
    case 'foreign':
      return new EntryFormatError(refusal.format);
    case 'unrecorded':
      return new NoRoomError('Too many changes of this item wait for the history.', retryAfterSeconds);
    case 'many':
      return new InvalidInputError(`An item has at most ${MAX_ATTRIBUTES} attributes.`, 'value');
    case 'large':
      return new ItemTooLargeError(baseBytes + refusal.bytes, maxItemBytes);
    case 'precondition':
      return new PreconditionFailedError(refusal.version);
    case 'bound':
      return new BoundError(refusal.attribute, refusal.current);
    case 'type':
      return new InvalidInputError('The attribute is not a number.', refusal.attribute);
    case 'range':
      return new InvalidInputError('The result is a number that cannot be kept exactly.', refusal.attribute);
  }
}

/** The error of a write whose cache did not answer. */
export function cacheFailure(error: unknown): Error {
  if (error instanceof CacheUnavailableError) return levelNotMet('Valkey cannot be reached.', false, error);
  if (error instanceof CacheOutcomeUnknownError) {
    return levelNotMet('The connection to Valkey failed while it wrote.', 'unknown', error);
  }
  return error as Error;
}

/** The error of a write whose message SQS did not take. */
export function queueFailure(error: unknown, inCache: InCache): Error {
  if (error instanceof QueueThrottledError && inCache === true) return new HotKeyError(1, { cause: error });
  return levelNotMet('SQS did not take the message.', inCache, error);
}

/** The durability level could not be met. */
export function levelNotMet(message: string, inCache: InCache, cause: unknown): Error {
  return new LevelNotMetError(message, inCache, { cause });
}
