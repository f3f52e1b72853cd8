/** A mistake in the command line; its message is for the person who typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The demo cannot go on; its message says why and what helps. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}
