/** A mistake in the command line; its message is for the person who typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A command cannot go on; its message says why and what helps. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** A program that a command started has failed, and has said why itself. */
export class ProgramFailedError extends Error {
  override readonly name = 'ProgramFailedError';
  readonly exitCode: number;

  constructor(program: string, exitCode: number) {
    super(`${program} ended with exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}
