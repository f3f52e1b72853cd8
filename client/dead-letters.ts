import type {
  DeadLetterDetail,
  DeadLetterOutcome,
  DeadLetterPage,
  DeadLetterSelection,
} from '../lib/dead-letters/types.ts';
import { orNull } from './errors.ts';
import type { Sender } from './send.ts';
import type { CallOptions, PageOptions } from './types.ts';

/** What operators do with dead letters. */
export class DeadLetters {
  readonly #sender: Sender;

  /**
   * Made by the client.
   *
   * @internal
   */
  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** A page of them, the oldest failure first. */
  list({ limit, cursor, signal }: PageOptions = {}): Promise<DeadLetterPage> {
    return this.#sender.call({ method: 'GET', path: '/dead-letters', query: { limit, cursor }, signal });
  }

  /** One with what it carries and what a redrive would lead to; `null` if it is not there. */
  show(id: string, { signal }: CallOptions = {}): Promise<DeadLetterDetail | null> {
    const path = `/dead-letters/${encodeURIComponent(id)}`;
    return orNull('no-such-dead-letter', this.#sender.call({ method: 'GET', path, signal }));
  }

  /** Sends them to the queue again; harmless to repeat. */
  redrive(which: DeadLetterSelection, { signal }: CallOptions = {}): Promise<DeadLetterOutcome> {
    return this.#sender.call({ method: 'POST', path: '/dead-letters/redrive', body: which, signal });
  }

  /** Gives them up; harmless to repeat. */
  discard(
    which: DeadLetterSelection,
    { actor, comment }: { readonly actor: string; readonly comment: string },
    { signal }: CallOptions = {},
  ): Promise<DeadLetterOutcome> {
    const body = { ...which, actor, comment };
    return this.#sender.call({ method: 'POST', path: '/dead-letters/discard', body, signal });
  }
}
