/** How far a version may be ahead of the clock of who reads it, µs: AWS refuses requests of clocks that are wrong by 5 minutes, either way. */
const MOST_AHEAD_US = 600_000_000;

/**
 * Whether a version is so far ahead of the clock that its writer's clock is wrong, or that somebody made it up.
 *
 * @param version µs since the epoch
 * @param nowMs ms since the epoch
 */
export function isAhead(version: number, nowMs: number): boolean {
  return version > nowMs * 1000 + MOST_AHEAD_US;
}

/** The version that a number in the table is; `undefined` for one that write-behind never gives, as other programs may put there. */
export function storedVersion(number: string | undefined): number | undefined {
  const version = Number(number ?? Number.NaN);
  return Number.isSafeInteger(version) && version >= 0 ? version : undefined;
}
