/** A message, as far as it is reported. */
export interface ReportedMessage {
  readonly messageId: string;
  /** Trace header of the write that sent it. */
  readonly traceHeader?: string | undefined;
}

/** What operators must hear of while flushing; the handlers turn it into log events. No values are ever reported. */
export interface FlushReport {
  /** An item could not be flushed; it is tried again or became a dead letter. `traceHeader`: of the write that asked for it, if it has one. */
  failed(key: string, error: Error, traceHeader?: string): void;
  /** An item that DynamoDB refuses is a dead letter now, at this version. */
  parked(key: string, version: number, traceHeader?: string): void;
  /** An acknowledged write was lost with Valkey's data: at `cache` level, or because a patch was made without it. */
  lost(key: string, version: number, traceHeader?: string): void;
  /** A message is no signal and became a dead letter; or it has a format that this version does not read, and is tried again before it does. */
  unreadable(message: ReportedMessage, error: Error): void;
  /** A dead letter could not be sent; its message comes again. */
  deadLetterFailed(message: ReportedMessage, error: unknown): void;
  /** The back-off of a message could not be set; it comes again after the visibility timeout. */
  delayFailed(message: ReportedMessage, error: unknown): void;
}

/** Says nothing; what matters is in the counters too. */
export const silentReport: FlushReport = {
  failed: () => undefined,
  parked: () => undefined,
  lost: () => undefined,
  unreadable: () => undefined,
  deadLetterFailed: () => undefined,
  delayFailed: () => undefined,
};
