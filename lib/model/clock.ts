/** Gives the time in µs since the epoch. */
export type Clock = () => number;

/** A clock that never gives the same time twice; within a millisecond it counts. */
export function systemClock(): Clock {
  let last = 0;
  return () => {
    last = Math.max(last + 1, Date.now() * 1000);
    return last;
  };
}
