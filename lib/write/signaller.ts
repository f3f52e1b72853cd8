import type { Cache } from '../cache/cache.ts';
import { dedupIdOf, encodeSignal, groupOf, type Signal } from '../queue/signal.ts';
import type { SqsQueue } from '../queue/sqs-queue.ts';
import { type Span, type Tracing, traced } from '../tracing/tracing.ts';

/** So many signals wait in memory at most, about 1 KB each; a write that makes more waits for its own. */
const MOST_BEHIND = 10_000;

/** Sends signals, before a write is answered or behind it. */
export class Signaller {
  readonly #queue: SqsQueue;
  readonly #cache: Cache;
  readonly #mayStayBehind: boolean;
  readonly #tracing: Tracing | undefined;
  readonly #behind = new Set<Promise<unknown>>();

  constructor(queue: SqsQueue, cache: Cache, mayStayBehind: boolean, tracing?: Tracing) {
    this.#queue = queue;
    this.#cache = cache;
    this.#mayStayBehind = mayStayBehind;
    this.#tracing = tracing;
  }

  /**
   * Sends the signals of one key, in order, each with the trace that it is sent in. Never rejects: the error is what comes of it. Where
   * one was not sent the entry loses its mark, so that the next write signals again.
   *
   * @param marked whether the entry has the mark of these signals
   * @param awaited whether an acknowledgement depends on them
   */
  send(signals: readonly Signal[], marked: boolean, awaited: boolean): Promise<Error | undefined> {
    const { key, version } = signals.at(-1)!;
    return traced(this.#tracing, 'signal', { key, version }, (span) => this.#send(signals, marked, awaited, span));
  }

  async #send(
    signals: readonly Signal[],
    marked: boolean,
    awaited: boolean,
    span: Span | undefined,
  ): Promise<Error | undefined> {
    const { key } = signals[0]!;
    const groupId = groupOf(key);
    const traceHeader = this.#tracing?.header();
    try {
      for (const signal of signals) {
        const message = { body: encodeSignal(signal), groupId, dedupId: dedupIdOf(signal), traceHeader };
        await this.#queue.send(message, { patient: !awaited && this.#mayStayBehind });
      }
      return undefined;
    } catch (error) {
      span?.fail(error as Error);
      // Whatever Valkey says to this: with its mark the entry is the sweep's; nothing is lost, it only waits longer.
      if (marked) await this.#cache.unmark(key).catch(() => undefined);
      return error as Error;
    }
  }

  /** Waits for signals that no acknowledgement depends on, unless they may stay behind. */
  async leaveBehind(sending: Promise<unknown>): Promise<void> {
    if (!this.#mayStayBehind || this.#behind.size >= MOST_BEHIND) {
      await sending;
      return;
    }
    this.#behind.add(sending);
    void sending.finally(() => this.#behind.delete(sending));
  }

  /** Waits until nothing is left behind. */
  async caughtUp(): Promise<void> {
    while (this.#behind.size > 0) await Promise.all(this.#behind);
  }
}
