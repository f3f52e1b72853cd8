/** A line of a plot. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** Axis of a plot. */
export interface Axis {
  readonly title: string;
  readonly scale: 'linear' | 'log';
}

/** What becomes of one thing as another grows. */
export interface Plot {
  readonly id: string;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}
