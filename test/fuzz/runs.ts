import type { Parameters } from 'fast-check';

/** How many times as many runs as in `npm test`; `npm run fuzz` sets it. */
const times = Number(process.env.FUZZ_TIMES ?? 1);
/** Repeats what a failure printed; without it every run is another. */
const seed = process.env.FUZZ_SEED === undefined ? undefined : Number(process.env.FUZZ_SEED);

/** Parameters of a property: a failure prints its seed, and `FUZZ_SEED=… npx vitest run FILE` replays it. */
export function runs<T>(numRuns: number): Parameters<T> {
  return { numRuns: numRuns * times, ...(seed !== undefined && { seed }), endOnFailure: times > 1 };
}

/** Longest that a property may take, ms: long enough for a slow machine. */
export const LONG_MS: number = 120_000 * times;
