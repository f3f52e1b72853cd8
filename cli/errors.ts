/** What a command's process ends with. */
export const ExitCode = {
  /** Everything was done. */
  done: 0,
  /** It failed, or it found what should not be: differences, failures, bad health. */
  failed: 1,
  /** The command line or what it names is wrong. */
  usage: 2,
  /** The API cannot be reached, or can do nothing now: the same command may work later. */
  later: 3,
} as const;

/** A number that a process ends with. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A mistake in the command line; its message is for the person who typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A command has found that it cannot do what it should; its message says why. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  /** Stable name of what went wrong, such as `no-such-item`. */
  readonly code: string;

  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
