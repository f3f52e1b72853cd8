import type { SqsQueue } from '../queue/sqs-queue.ts';
import type { ReceivedMessage, SqsReceiver } from '../queue/sqs-receiver.ts';

/** Most messages that one look holds at a time. */
export const MAX_HELD = 1000;
/** Beyond the deadline, for what is under way then; what a look that was cut off held is visible again after it, s. */
const GRACE_SECONDS = 15;
/** Longest that SQS hides a message, s. */
const MAX_INVISIBLE_SECONDS = 43_200;
/** How long the last receive waits where the queue counts more than was seen. */
const LAST_WAIT_SECONDS = 1;

/** Looks at some messages and says what became of them. */
export type Visit = (messages: readonly ReceivedMessage[]) => Promise<{
  /** Receipt handles of those that are gone. */
  readonly deleted: readonly string[];
  /** Whether nothing else has to be looked at. */
  readonly enough: boolean;
}>;

/**
 * Looks through the dead-letter queue. SQS shows a message only by receiving it, which hides it from others; so what was seen
 * is held until the end of the look, so that each receive brings others, and then released.
 */
export class Look {
  readonly #queue: Pick<SqsQueue, 'depth'>;
  readonly #receiver: SqsReceiver;
  readonly #nowMs: () => number;

  constructor(queue: Pick<SqsQueue, 'depth'>, receiver: SqsReceiver, nowMs: () => number) {
    this.#queue = queue;
    this.#receiver = receiver;
    this.#nowMs = nowMs;
  }

  /**
   * Shows each message once, until all were seen, the visitor has enough, the time is over or too many are held. Returns
   * whether all were seen.
   *
   * @param deadlineMs ms since the epoch
   * @throws {QueueUnavailableError} {@link QueueThrottledError}
   */
  async through(deadlineMs: number, visit: Visit): Promise<boolean> {
    const held = new Set<string>();
    let seen = 0;
    try {
      // Messages that a group or another look hides are counted too; receiving does not change the sum.
      const [{ visible, delayed, inFlight }, first] = await Promise.all([
        this.#queue.depth(),
        this.#receive(0, deadlineMs),
      ]);
      const total = visible + delayed + inFlight;
      for (let messages = first; ; messages = await this.#receive(0, deadlineMs)) {
        if (messages.length === 0) {
          if (seen >= total) return true;
          // Another look may end soon; and a receive that does not wait does not ask all of SQS's servers.
          if (this.#nowMs() + LAST_WAIT_SECONDS * 1000 > deadlineMs) return false;
          messages = await this.#receive(LAST_WAIT_SECONDS, deadlineMs);
          if (messages.length === 0) return false;
        }
        seen += messages.length;
        for (const { receiptHandle } of messages) held.add(receiptHandle);
        const { deleted, enough } = await visit(messages);
        for (const receiptHandle of deleted) held.delete(receiptHandle);
        if (enough || held.size >= MAX_HELD || this.#nowMs() >= deadlineMs) return seen >= total;
      }
    } finally {
      await this.#receiver.release([...held]);
    }
  }

  #receive(waitSeconds: number, deadlineMs: number): Promise<ReceivedMessage[]> {
    const leftSeconds = Math.ceil(Math.max(0, deadlineMs - this.#nowMs()) / 1000);
    const invisibleSeconds = Math.min(MAX_INVISIBLE_SECONDS, leftSeconds + GRACE_SECONDS);
    return this.#receiver.receive({ waitSeconds, invisibleSeconds });
  }
}
