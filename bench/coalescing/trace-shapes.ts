/** What is published of a production cache's trace; the trace itself is not. */
export interface TraceShape {
  /** Share of requests that write. */
  readonly writes: number;
  /** Requests per key that was requested at all. */
  readonly requestsPerKey: number;
  /** Exponent of the popularity of its keys. */
  readonly alpha: number;
}

/** Four of them, from much to little that can be coalesced. */
export const traceShapes: readonly TraceShape[] = [
  { writes: 0.5, requestsPerKey: 1533, alpha: 1.74 },
  { writes: 0.43, requestsPerKey: 154, alpha: 1.51 },
  { writes: 0.5, requestsPerKey: 11.8, alpha: 0.86 },
  { writes: 0.8, requestsPerKey: 1.3, alpha: 0.3 },
];

/**
 * How many keys there have to be, so that so many requests meet as many different ones as the shape has. Unpopular keys may
 * never be requested, so there are more than `requests / requestsPerKey`.
 */
export function keysOf(
  { requestsPerKey, alpha }: Pick<TraceShape, 'requestsPerKey' | 'alpha'>,
  requests: number,
): number {
  const wanted = requests / requestsPerKey;
  let least = Math.max(1, Math.floor(wanted));
  let most = least;
  while (keysMet(most, alpha, requests) < wanted) most *= 2;
  while (least < most) {
    const middle = (least + most) >> 1;
    if (keysMet(middle, alpha, requests) < wanted) least = middle + 1;
    else most = middle;
  }
  return least;
}

/** Different keys that so many requests are expected to meet. */
function keysMet(keys: number, alpha: number, requests: number): number {
  const weights = Array.from({ length: keys }, (_, index) => (index + 1) ** -alpha);
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.reduce((met, weight) => met + 1 - (1 - weight / sum) ** requests, 0);
}
