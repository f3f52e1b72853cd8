import type { Health, Stats } from '../lib/insight/types.ts';

/** How long samples are kept and shown, ms. */
export const KEPT_MS = 15 * 60_000;

/** The figures of one moment that the plots need. */
export interface Sample {
  /** ms since the epoch */
  readonly at: number;
  /** Writes acknowledged since counting began, all levels. */
  readonly writes: number;
  /** Items stored since counting began. */
  readonly itemsStored: number;
  readonly dirtyItems: number;
  readonly oldestLagMs: number;
  readonly visible: number;
  readonly delayed: number;
  readonly inFlight: number;
  readonly deadLetters: number;
}

/** What `GET /console/samples` answers. */
export interface Samples {
  /** The server's clock, ms since the epoch. */
  readonly now: number;
  /** How often a sample is taken, ms. */
  readonly everyMs: number;
  /** Oldest first; with `?after=MS` only the later ones. */
  readonly samples: readonly Sample[];
  /** The last statistics that could be read, and when, ms since the epoch. */
  readonly stats: { readonly at: number; readonly value: Stats } | null;
  /** The last health that could be read, and when, ms since the epoch. */
  readonly health: { readonly at: number; readonly value: Health } | null;
  /** Why the last attempt brought no statistics; absent when it did. */
  readonly problem?: string;
}

/** The figures of one reading of the statistics. */
export function sampleOf(
  at: number,
  { writes, itemsStored, dirtyItems, oldestLagMs, queue, deadLetters }: Stats,
): Sample {
  return {
    at,
    writes: writes.cache + writes.queue + writes.database,
    itemsStored,
    dirtyItems,
    oldestLagMs,
    ...queue,
    deadLetters,
  };
}
