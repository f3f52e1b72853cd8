/** A dead letter that somebody gave up. Its value is never reported. */
export interface DiscardedLetter {
  readonly id: string;
  /** Left out where the message was no signal. */
  readonly key?: string;
  /** µs since the epoch; left out where the message was no signal. */
  readonly version?: number;
  /** Why it was a dead letter. */
  readonly reason: string;
  /** Who gave it up and why, as he said. */
  readonly actor: string;
  readonly comment: string;
  /** Who he was as far as that was verified, such as an ARN. */
  readonly caller?: string;
}

/** What must be on record about dead letters; the handlers turn it into log events. */
export interface DeadLetterReport {
  /** Said before the letter is deleted: when it has to be deleted again, it is said again. */
  discarded(letter: DiscardedLetter): void;
}

/** Says nothing. */
export const silentDeadLetterReport: DeadLetterReport = { discarded: () => undefined };
