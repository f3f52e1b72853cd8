/** How writes are spread over keys, the hottest first. */
export interface Spread {
  /** Share of the writes that the hottest key takes, 0–1. */
  readonly hottest: number;
  /** Sum over all keys of what is said of a key by its share of the writes. */
  sum(of: (share: number) => number): number;
}

/** Ranks that are reckoned one by one; the further ones in groups. */
const SINGLE_RANKS = 1024;
/** How long a group is for its first rank: within it the shares differ by about a percent. */
const GROUP_LENGTH = 1 / 128;

interface Group {
  readonly keys: number;
  /** Of each of them. */
  readonly share: number;
}

/**
 * A Zipf distribution: the key of rank k is written 1 / k^skew as often as the first. A hundred million keys take as long as ten
 * thousand, and sums are right to a few millionths.
 *
 * @param skew 0 for keys that are all alike; YCSB's is 0.99
 */
export function spreadOf(keys: number, skew: number): Spread {
  const weights: Group[] = [];
  for (let first = 1; first <= keys; ) {
    const length = first < SINGLE_RANKS ? 1 : Math.min(keys + 1 - first, Math.ceil(first * GROUP_LENGTH));
    weights.push({ keys: length, share: (first + (length - 1) / 2) ** -skew });
    first += length;
  }
  const total = weights.reduce((sum, group) => sum + group.keys * group.share, 0);
  const groups = weights.map((group) => ({ keys: group.keys, share: group.share / total }));
  return {
    hottest: groups[0]!.share,
    sum: (of) => groups.reduce((sum, group) => sum + group.keys * of(group.share), 0),
  };
}
