import type { Plot } from './report/plot.ts';
import type { Table } from './report/table.ts';
import type { Target } from './report/target.ts';

/** How much is measured. */
export interface Extent {
  /** Only enough to see that it works. */
  readonly quick: boolean;
  /** Of the queue, where something flushes, s; none where figures say nothing: it is what takes the time. */
  readonly windowSeconds: number;
  /** Repeats that count. */
  readonly repeats: number;
  /** Takes a line about what is going on. */
  readonly log: (line: string) => void;
}

/** What a section found. */
export interface Findings {
  readonly tables: readonly Table[];
  readonly plots?: readonly Plot[];
  readonly targets?: readonly Target[];
}

/** A part of the benchmark that can run alone. */
export interface Section {
  /** For `--only`. */
  readonly name: string;
  readonly title: string;
  run(extent: Extent): Promise<Findings>;
}
