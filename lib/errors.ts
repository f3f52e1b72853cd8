import { READABLE_FORMATS } from './model/format.ts';

/** Base of every error that write-behind throws on purpose; `code` is stable and becomes the problem type over HTTP. */
export abstract class WriteBehindError extends Error {
  /** Stable machine-readable name of what went wrong, such as `no-room`. */
  abstract readonly code: string;
  /** Facts about the error that a caller may act on; they are shown to HTTP callers. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(message: string, facts: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.facts = facts;
  }
}

/** A setting is missing or out of range; nothing was started. */
export class ConfigurationError extends WriteBehindError {
  override readonly code = 'configuration';
}

/** The input is not what the contract allows; nothing was changed. `facts.path` names the part at fault. */
export class InvalidInputError extends WriteBehindError {
  override readonly code = 'invalid-input';

  constructor(message: string, path: string, options?: ErrorOptions) {
    super(message, { path }, options);
  }
}

/** Text that is not JSON at all. */
export class MalformedJsonError extends WriteBehindError {
  override readonly code = 'malformed-json';
}

/** The item would be larger than an item may be; nothing was changed. */
export class ItemTooLargeError extends WriteBehindError {
  override readonly code = 'item-too-large';

  constructor(bytes: number, maxBytes: number) {
    super(`The item would be ${bytes} bytes, allowed are ${maxBytes}.`, { bytes, maxBytes });
  }
}

/** The configuration lists its collections and this is none of them. */
export class UnknownCollectionError extends WriteBehindError {
  override readonly code = 'unknown-collection';

  constructor(collection: string) {
    super(`The collection ${JSON.stringify(collection)} is not configured.`, { collection });
  }
}

/** The collection keeps no history. */
export class NotAuditedError extends WriteBehindError {
  override readonly code = 'not-audited';

  constructor(collection: string) {
    super(
      `The collection ${JSON.stringify(collection)} keeps no history: the setting collections[${JSON.stringify(collection)}].audited is not set.`,
      { collection },
    );
  }
}

/** The items of the collection cannot be listed. */
export class NotListableError extends WriteBehindError {
  override readonly code = 'not-listable';

  constructor(collection: string) {
    super(
      `The collection ${JSON.stringify(collection)} is not listable: the setting collections[${JSON.stringify(collection)}].listable is not set.`,
      { collection },
    );
  }
}

/** An `add` would break its `min` or `max`; nothing was changed. */
export class BoundError extends WriteBehindError {
  override readonly code = 'bound';

  constructor(attribute: string, current: number) {
    super(`The attribute ${JSON.stringify(attribute)} would leave its bounds.`, { attribute, current });
  }
}

/** `If-Match` or `If-None-Match` does not hold; nothing was changed. */
export class PreconditionFailedError extends WriteBehindError {
  override readonly code = 'precondition-failed';

  constructor(currentVersion: number | null) {
    super(currentVersion === null ? 'The item does not exist.' : `The item exists at version ${currentVersion}.`, {
      currentVersion,
    });
  }
}

/** The idempotency key was used for a different request; nothing was changed. */
export class IdempotencyConflictError extends WriteBehindError {
  override readonly code = 'idempotency-conflict';

  constructor() {
    super('This idempotency key belongs to a request with other content.');
  }
}

/**
 * No room for another dirty item or for another change that waits for the history, or Valkey is out of memory; nothing was changed. Try
 * again after `retryAfterSeconds`.
 */
export class NoRoomError extends WriteBehindError {
  override readonly code = 'no-room';

  constructor(message: string, retryAfterSeconds: number, options?: ErrorOptions) {
    super(message, { retryAfterSeconds }, options);
  }
}

/** One key gets more `queue` writes than an SQS message group takes. The write is in the cache; retry, or use `cache` level. */
export class HotKeyError extends WriteBehindError {
  override readonly code = 'hot-key';

  constructor(retryAfterSeconds: number, options?: ErrorOptions) {
    super(
      'SQS throttles the message group of this key. Very hot keys belong at cache level.',
      { retryAfterSeconds, inCache: true },
      options,
    );
  }
}

/** Whether a write whose level was not met is in the cache; `unknown` when the connection was cut while it ran. */
export type InCache = boolean | 'unknown';

/** The durability level that was asked for could not be met. A retry with the same idempotency key is safe. */
export class LevelNotMetError extends WriteBehindError {
  override readonly code = 'level-not-met';

  constructor(message: string, inCache: InCache, options?: ErrorOptions) {
    super(message, { inCache, retryAfterSeconds: 1 }, options);
  }
}

/** Valkey cannot be reached, or refused before running anything: the command was certainly not executed. */
export class CacheUnavailableError extends WriteBehindError {
  override readonly code = 'cache-unavailable';
}

/** The connection was cut or timed out while a command ran: it may or may not have been executed. */
export class CacheOutcomeUnknownError extends WriteBehindError {
  override readonly code = 'cache-outcome-unknown';
}

/** Valkey holds something else than the functions put there, or refuses a command as such: somebody changed it, or the functions are at fault. */
export class CacheDamagedError extends WriteBehindError {
  override readonly code = 'cache-damaged';
}

/**
 * Another version of write-behind wrote the entry, in a format that this one does not read: nothing was read or changed. A version that is
 * not more than one away from both can. (Decision 0031.)
 */
export class EntryFormatError extends WriteBehindError {
  override readonly code = 'entry-format';

  constructor(format: number) {
    super(`The entry in Valkey has format ${format}; this version reads ${READABLE_FORMATS}.`, { format });
  }
}

/** The items could not move to another number of shards; everything is as it was before. (Decision 0031.) */
export class NotReshapedError extends WriteBehindError {
  override readonly code = 'not-reshaped';
}

/** The database cannot be reached, throttles or fails: trying later helps. */
export class StoreUnavailableError extends WriteBehindError {
  override readonly code = 'store-unavailable';
}

/** DynamoDB refuses the item for good: trying again does not help. */
export class ItemRefusedError extends WriteBehindError {
  override readonly code = 'item-refused';
}

/** SQS cannot be reached or refuses the message for now. */
export class QueueUnavailableError extends WriteBehindError {
  override readonly code = 'queue-unavailable';
}

/** SQS throttles. */
export class QueueThrottledError extends WriteBehindError {
  override readonly code = 'queue-throttled';
}

/** Flushing is paused: nothing was stored. `facts.since` says since when, `actor` and `reason` by whom and why. */
export class FlushPausedError extends WriteBehindError {
  override readonly code = 'flush-paused';

  constructor({ since, actor, reason }: { since: string; actor?: string; reason?: string }) {
    const because = `${actor === undefined ? '' : ` by ${actor}`}${reason === undefined ? '' : `: ${reason}`}`;
    super(`Flushing is paused since ${since}${because}`, { since, actor, reason });
  }
}

/** This process cannot pause or resume flushing: another one holds the switch. */
export class NoFlushSwitchError extends WriteBehindError {
  override readonly code = 'no-flush-switch';

  constructor() {
    super('Flushing is not paused and resumed here: this process has no switch (option `flushSwitch`).');
  }
}

/** What holds signals back, or lets them through, cannot be told now; a repeat is harmless. */
export class FlushSwitchUnavailableError extends WriteBehindError {
  override readonly code = 'flush-switch-unavailable';

  constructor(message: string, options?: ErrorOptions) {
    super(message, { retryAfterSeconds: 3 }, options);
  }
}

/** A message that SQS on AWS would refuse: its group, its dedup id, its size or its characters. */
export class InvalidMessageError extends WriteBehindError {
  override readonly code = 'invalid-message';
}

/** A message of a version of write-behind whose format this one does not read. Another version can. (Decision 0031.) */
export class MessageFormatError extends InvalidMessageError {
  constructor(format: number) {
    super(
      `The message has format ${format}; this version reads ${READABLE_FORMATS}. Redrive it where another version runs.`,
      { format },
    );
  }
}
