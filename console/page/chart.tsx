import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { KEPT_MS } from '../samples.ts';
import type { Column } from './columns.ts';
import { clock, NONE } from './format.ts';
import type { Theme } from './theme.ts';

/** A line of a plot. */
export interface Line {
  readonly label: string;
  readonly values: Column;
}

interface ChartProps {
  readonly title: string;
  readonly unit: string;
  /** s since the epoch, for all lines. */
  readonly at: number[];
  readonly lines: readonly Line[];
  /** Where the time axis ends, ms since the epoch. */
  readonly now: number;
  readonly theme: Theme;
  readonly format: (value: number) => string;
}

const HEIGHT = 180;

/** Lines over the last 15 minutes. The legend tells the figures under the pointer, else the newest. */
export function Chart({ title, unit, at, lines, now, theme, format }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const end = useRef(now);
  const [pointed, setPointed] = useState<number | null>(null);
  end.current = now;

  // New data goes into the plot that is there; its colours are the theme's
  useEffect(() => {
    const element = box.current!;
    const colours = [...element.parentElement!.querySelectorAll('.swatch')].map(
      (swatch) => getComputedStyle(swatch).color,
    );
    const ink = getComputedStyle(element);
    const axis = { stroke: ink.color, font: `12px ${ink.fontFamily}`, ticks: { show: false }, gap: 6 };
    const grid = { stroke: ink.borderTopColor, width: 1 };
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        padding: [10, 6, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 }, sync: { key: 'now' } },
        scales: {
          x: { range: () => [(end.current - KEPT_MS) / 1000, end.current / 1000] },
          // From zero, and never flat on the floor.
          y: { range: (_, __, max) => [0, Math.max(1, max * 1.15)] },
        },
        axes: [
          {
            ...axis,
            size: 28,
            grid: { show: false },
            space: 70,
            values: (_, ticks) => ticks.map((tick) => clock(tick * 1000).slice(0, 5)),
          },
          { ...axis, grid, size: 46, space: 40, values: (_, ticks) => ticks.map(compact) },
        ],
        series: [
          {},
          ...lines.map((_, index) => ({
            stroke: colours[index]!,
            width: 1.75,
            points: { show: false },
            ...(index === 0 && { fill: faint(colours[index]!) }),
          })),
        ],
        hooks: { setCursor: [({ cursor }) => setPointed(cursor.idx ?? null)] },
      },
      [at, ...lines.map(({ values }) => values)] as uPlot.AlignedData,
      element,
    );
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, [theme, lines.length]);

  useEffect(() => plot.current?.setData([at, ...lines.map(({ values }) => values)] as uPlot.AlignedData));

  const index = pointed !== null && pointed < at.length ? pointed : at.length - 1;
  return (
    <figure class="panel chart">
      <figcaption>
        <h3>
          {title} <span class="unit">{unit}</span>
        </h3>
        <span class="at">{pointed !== null && at[index] !== undefined ? clock(at[index] * 1000) : ''}</span>
        <ul class="legend">
          {lines.map(({ label, values }, line) => (
            <li key={label}>
              <span class={`swatch tone-${line}`} aria-hidden="true" />
              {label} <b>{values[index] == null ? NONE : format(values[index])}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div
        ref={box}
        class="plot"
        role="img"
        aria-label={`${title}, ${unit}, over the last 15 minutes; the newest figures are above.`}
      />
    </figure>
  );
}

/** The same colour, almost transparent, for the area below a line. */
function faint(rgb: string): string {
  return rgb.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.1)');
}

const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

function compact(tick: number): string {
  return short.format(tick);
}
