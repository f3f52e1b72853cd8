import type { Axis, Plot } from './plot.ts';
import { type Scale, scaleOf } from './scale.ts';

const WIDTH = 720;
const HEIGHT = 360;
const AREA = { left: 64, right: 600, top: 44, bottom: 304 };
/** Lines whose names would cover each other are named so far apart. */
const NAME_HEIGHT = 16;
/** Told apart by those too who see few colours, on light and on dark. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'];

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #333 }
  .title { font-size: 14px; font-weight: 600 }
  .ground { fill: #fff } .grid { stroke: #ddd } .line { fill: none; stroke-width: 2 }
  @media (prefers-color-scheme: dark) { text { fill: #ccc } .ground { fill: #16181d } .grid { stroke: #3a3d44 } }
`;

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

/** A plot as an image of its own: no script, no font, nothing from elsewhere. */
export function plotSvg({ title, x, y, series }: Plot): string {
  const points = series.flatMap((each) => each.points);
  const across = scaleOf(
    x.scale,
    points.map((point) => point.x),
  );
  const up = scaleOf(
    y.scale,
    points.map((point) => point.y),
  );
  const left = (value: number) => round(AREA.left + across.place(value) * (AREA.right - AREA.left));
  const top = (value: number) => round(AREA.bottom - up.place(value) * (AREA.bottom - AREA.top));
  const named = series.map((each, index) => ({ ...each, colour: COLOURS[index % COLOURS.length]! }));
  const lines = named.map(({ points: own, colour }) => {
    const path = own.map((point, index) => `${index === 0 ? 'M' : 'L'}${left(point.x)} ${top(point.y)}`).join(' ');
    const dots = own.map((point) => `<circle cx="${left(point.x)}" cy="${top(point.y)}" r="3" fill="${colour}"/>`);
    return `<path class="line" stroke="${colour}" d="${path}"/>${dots.join('')}`;
  });
  const ends = named.map(({ name, points: own, colour }) => ({ name, colour, at: top(own.at(-1)!.y) }));
  const names = apart(ends).map(
    ({ name, colour, at }) =>
      `<text x="${AREA.right + 8}" y="${at + 4}" style="fill: ${colour}">${escaped(name)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">`,
    `<title>${escaped(title)}</title><style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="title" x="${AREA.left}" y="22">${escaped(title)}</text>`,
    ...gridOf(across, up, left, top),
    ...axisNames(x, y),
    ...lines,
    ...names,
    '</svg>\n',
  ].join('\n');
}

type Place = (value: number) => number;

function gridOf(across: Scale, up: Scale, left: Place, top: Place): string[] {
  return [
    ...across.ticks.map(
      (tick) =>
        `<path class="grid" d="M${left(tick)} ${AREA.top}V${AREA.bottom}"/>` +
        `<text x="${left(tick)}" y="${AREA.bottom + 18}" text-anchor="middle">${compact.format(tick)}</text>`,
    ),
    ...up.ticks.map(
      (tick) =>
        `<path class="grid" d="M${AREA.left} ${top(tick)}H${AREA.right}"/>` +
        `<text x="${AREA.left - 8}" y="${top(tick) + 4}" text-anchor="end">${compact.format(tick)}</text>`,
    ),
  ];
}

function axisNames(x: Axis, y: Axis): string[] {
  return [
    `<text x="${(AREA.left + AREA.right) / 2}" y="${AREA.bottom + 42}" text-anchor="middle">${escaped(x.title)}</text>`,
    `<text x="4" y="${AREA.top - 10}">${escaped(y.title)}</text>`,
  ];
}

/** Moves names down that are too close to the one above them. */
function apart<T extends { readonly at: number }>(names: readonly T[]): T[] {
  let free = -Infinity;
  return names
    .toSorted((a, b) => a.at - b.at)
    .map((name) => {
      const at = Math.max(name.at, free);
      free = at + NAME_HEIGHT;
      return { ...name, at };
    });
}

const round = (value: number): number => Math.round(value * 10) / 10;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
