import type { Sample } from '../samples.ts';

/** Rates are taken over so long, ms: a window's flush comes in a burst, and single samples would show little else. */
const RATE_SPAN_MS = 10_000;

/** A column of figures; `null` where there is none. */
export type Column = (number | null)[];

/** The samples as the plots take them: a column for each figure. */
export interface Columns {
  /** s since the epoch */
  readonly at: number[];
  readonly writesPerSecond: Column;
  readonly storedPerSecond: Column;
  readonly dirtyItems: Column;
  readonly oldestLagSeconds: Column;
  readonly visible: Column;
  readonly delayed: Column;
  readonly inFlight: Column;
  readonly deadLetters: Column;
}

/** Makes the columns. Where samples are missing, because the server was away, there is a row without figures, so that no line is drawn over it. */
export function columnsOf(samples: readonly Sample[], everyMs: number): Columns {
  const columns: Columns = {
    at: [],
    writesPerSecond: [],
    storedPerSecond: [],
    dirtyItems: [],
    oldestLagSeconds: [],
    visible: [],
    delayed: [],
    inFlight: [],
    deadLetters: [],
  };
  const { at, ...figures } = columns;
  // Where the samples without a gap began; a rate reaches back at most to there.
  let start = 0;
  for (const [index, sample] of samples.entries()) {
    const before = samples[index - 1];
    if (before && (isGap(before, sample, everyMs) || sample.writes < before.writes)) {
      start = index;
      at.push((before.at + 1) / 1000);
      for (const column of Object.values(figures)) column.push(null);
    }
    while (start < index && sample.at - samples[start]!.at > RATE_SPAN_MS + everyMs / 2) start += 1;
    const first = samples[start]!;
    at.push(sample.at / 1000);
    columns.writesPerSecond.push(rate(first, sample, 'writes'));
    columns.storedPerSecond.push(rate(first, sample, 'itemsStored'));
    columns.dirtyItems.push(sample.dirtyItems);
    columns.oldestLagSeconds.push(sample.oldestLagMs / 1000);
    columns.visible.push(sample.visible);
    columns.delayed.push(sample.delayed);
    columns.inFlight.push(sample.inFlight);
    columns.deadLetters.push(sample.deadLetters);
  }
  return columns;
}

function isGap(before: Sample, sample: Sample, everyMs: number): boolean {
  return sample.at - before.at > 3 * everyMs + 1000;
}

function rate(first: Sample, last: Sample, counter: 'writes' | 'itemsStored'): number | null {
  if (first.at === last.at) return null;
  return Math.max(0, ((last[counter] - first[counter]) * 1000) / (last.at - first.at));
}
