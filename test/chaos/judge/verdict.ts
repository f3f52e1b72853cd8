/** What the judge counts; every column but the last three must be zero. */
export const COLUMNS = {
  lost: 'acknowledged writes that are nowhere',
  resurrected: 'deleted items that are back',
  reordered: 'writes ordered against the order of their acknowledgements',
  doubleCounted: 'increments that count twice',
  wentBack: 'items whose version in the table went down',
  readBack: 'reads older than what the same client had seen',
  stale: 'cached items that differ from the table at rest',
  foreign: 'items that hold what nobody wrote',
  unreported: 'writes lost with Valkey that nobody was told of',
  overReported: 'losses reported that were none',
} as const;

export type Column = keyof typeof COLUMNS;

/** One thing that is wrong. */
export interface Finding {
  readonly column: Column;
  readonly key: string;
  readonly what: string;
}

/** What the judge found, and what it knows to be within the documented limits. */
export interface Verdict {
  readonly findings: readonly Finding[];
  /** Keys of which writes acknowledged at `cache` level went with Valkey's data. */
  readonly lostWithValkey: ReadonlySet<string>;
  /** Patches made without an acknowledged write that Valkey had lost or never had. */
  readonly patchedWithout: number;
  /** Patches that so many writes of unknown outcome surround that nothing can be said. */
  readonly undetermined: number;
  /** Longest time from an acknowledgement until the table had that version or a newer one, ms. */
  readonly longestLagMs: number;
}
