/** A write that was acknowledged. */
export interface AcknowledgedWrite {
  readonly key: string;
  readonly version: number;
  /** When its acknowledgement came, ms since the epoch. */
  readonly at: number;
}

/**
 * The fewest item writes after which every acknowledged write has been in the table within one window. Per key, one write at
 * the end of a window that opens with the first write not covered yet covers all that came in it; none can do with fewer.
 */
export function floorOf(writes: readonly AcknowledgedWrite[], windowMs: number): number {
  let windows = 0;
  const endOf = new Map<string, number>();
  for (const { key, at } of writes.toSorted((a, b) => a.at - b.at)) {
    if (at <= (endOf.get(key) ?? -Infinity)) continue;
    windows += 1;
    endOf.set(key, at + windowMs);
  }
  return windows;
}
