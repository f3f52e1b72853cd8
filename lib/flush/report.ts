/** What operators must hear of while flushing; the handlers turn it into log events. No values are ever reported. */
export interface FlushReport {
  /** An item could not be flushed; it is tried again or became a dead letter. */
  failed(key: string, error: Error): void;
  /** An acknowledged write was lost with Valkey's data: at `cache` level, or because a patch was made without it. */
  lost(key: string, version: number): void;
  /** A message is no signal and became a dead letter; or it has a format that this version does not read, and is tried again before it does. */
  unreadable(message: { readonly messageId: string }, error: Error): void;
  /** A dead letter could not be sent; its message comes again. */
  deadLetterFailed(message: { readonly messageId: string }, error: unknown): void;
  /** The back-off of a message could not be set; it comes again after the visibility timeout. */
  delayFailed(message: { readonly messageId: string }, error: unknown): void;
}

/** Says nothing; what matters is in the counters too. */
export const silentReport: FlushReport = {
  failed: () => undefined,
  lost: () => undefined,
  unreadable: () => undefined,
  deadLetterFailed: () => undefined,
  delayFailed: () => undefined,
};
