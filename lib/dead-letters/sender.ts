import type { Cache } from '../cache/cache.ts';
import { isValkeyAway } from '../cache/valkey.ts';
import type { FlushReport } from '../flush/report.ts';
import type { Image } from '../model/image.ts';
import { dedupIdOf, encodeSignal, type Signal } from '../queue/signal.ts';
import type { SqsQueue } from '../queue/sqs-queue.ts';

/** Why and when a message became a dead letter. */
export interface DeadLetterCause {
  readonly reason: string;
  readonly receiveCount: number;
  /** Id of the message, so that a repeated attempt is one dead letter. */
  readonly messageId: string;
  /** Trace header of the message: the dead letter keeps it. */
  readonly traceHeader?: string | undefined;
}

/** Longest reason that is kept, characters. */
const MAX_REASON = 500;

/**
 * Puts what cannot be stored into the dead-letter queue, and parks its entry (rule 11). Each dead letter is a message group
 * of its own: within a group SQS shows nobody a second message while somebody looks at the first.
 */
export class DeadLetterSender {
  readonly #queue: SqsQueue;
  readonly #cache: Cache;
  readonly #nowMs: () => number;
  readonly #report: Pick<FlushReport, 'parked'>;

  constructor(queue: SqsQueue, cache: Cache, nowMs: () => number, report: Pick<FlushReport, 'parked'>) {
    this.#queue = queue;
    this.#cache = cache;
    this.#nowMs = nowMs;
    this.#report = report;
  }

  /**
   * An item that DynamoDB refuses for good: the dead letter carries its state, so that it survives the loss of Valkey.
   *
   * @param later what a message of this state, of the next format, has added
   */
  async park(key: string, image: Image, cause: DeadLetterCause, later?: Signal['later']): Promise<void> {
    const signal = { key, version: image.version, image, ...(later && { later }) };
    const dedupId = dedupIdOf(signal, cause.messageId);
    await this.#queue.send({
      body: encodeSignal(signal),
      groupId: dedupId,
      dedupId,
      attributes: { key: printable(key), ...this.#attributes(cause) },
      traceHeader: cause.traceHeader,
    });
    this.#report.parked(key, image.version, cause.traceHeader);
    try {
      await this.#cache.park(key, image.version, cause.reason.slice(0, MAX_REASON));
    } catch (error) {
      // The dead letter is safe; without its mark the sweep tries the entry again, which harms nothing.
      if (!isValkeyAway(error)) throw error;
    }
  }

  /** A message that is no signal: its text goes as it is. */
  async unreadable(body: string, cause: DeadLetterCause): Promise<void> {
    const { messageId, traceHeader } = cause;
    const attributes = this.#attributes(cause);
    await this.#queue.send({ body, groupId: messageId, dedupId: messageId, attributes, traceHeader });
  }

  #attributes({ reason, receiveCount }: DeadLetterCause): Record<string, string> {
    return {
      reason: printable(reason.slice(0, MAX_REASON)),
      receiveCount: String(receiveCount),
      failedAt: new Date(this.#nowMs()).toISOString(),
    };
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that SQS refuses
const REFUSED_CHARACTERS = /[\0-\x1F\uFFFE\uFFFF]/g;

/** SQS attributes take the characters that a body takes: the others are written as JSON writes them. */
function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(REFUSED_CHARACTERS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
