/** Gives the time in µs since the epoch. */
export type Clock = () => number;

/**
 * A clock that never gives the same time twice. What the system's time lacks below a millisecond comes from the timer, so
 * that instances that write in the same millisecond do not tie.
 */
export function systemClock(): Clock {
  let last = 0;
  return () => {
    last = Math.max(last + 1, Date.now() * 1000 + Number((process.hrtime.bigint() / 1000n) % 1000n));
    return last;
  };
}
