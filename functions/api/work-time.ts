/** Longest that a request may work, ms. */
const WORK_MS = 20_000;
/** Kept of the function's time for shaping and sending the answer. */
const ANSWER_MS = 2_000;

/** How long a request may work that could take all the time there is, ms. */
export function workTimeMs({ remainingMs }: { readonly remainingMs: number }): number {
  return Math.max(0, Math.min(WORK_MS, remainingMs - ANSWER_MS));
}
