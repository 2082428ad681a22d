// A figure over time: curves of equal bins, the range within a bin as a band, the warm-up shaded. It is drawn without a script; series-script.ts adds what
// the mouse does to it.
import * as Plot from '@observablehq/plot';
import { formatInstant } from '../../engine/index.ts';
import { formatSpan } from '../format.ts';
import type { StreamSpan } from '../metrics/metric.ts';
import { chart, NARROW_WIDTH } from './chart.ts';
import { figure } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { timeTicks } from './time-axis.ts';

const FULL_WIDTH = 1072;
const HALF_WIDTH = 514;
const MARGIN = { left: 52, right: 18, top: 10, bottom: 26 };

export interface TimeLine {
  /** Of its values; a column of the table. */
  readonly key: string;
  readonly title: string;
  /** A custom property of the style sheet. */
  readonly colour: string;
  readonly width: number;
  /** Opacity of what is below the line; absent: nothing. */
  readonly fill?: number;
  /** The columns of the least and the highest value in each bin. */
  readonly band?: readonly [least: string, most: string];
}

/** One bin; all but the last are equally long. */
export interface TimeBin {
  readonly startMs: number;
  readonly spanMs: number;
  /** What averages over several bins are weighted by, beside their length: what was online, for a share of it. Absent: 1. */
  readonly weight?: number;
  /** By key; null: nothing was measured. */
  readonly values: Readonly<Record<string, number | null>>;
}

export interface TimeFigureOptions {
  readonly name: string;
  readonly title: string;
  readonly alt: string;
  readonly lines: readonly TimeLine[];
  readonly bins: readonly TimeBin[];
  readonly unit: 'share' | 'amount';
  /** As wide as the page. */
  readonly isWide: boolean;
  /** What the values are, before how long the bins are. */
  readonly caption?: string;
}

/** Over the whole run. */
export function timeFigure(span: StreamSpan, options: TimeFigureOptions): Markup {
  const { alt, bins, caption = '', isWide, lines, name, title, unit } = options;
  const { startMs, endMs, measuredFromMs } = span;
  const keys = lines.flatMap(({ band = [], key }) => [key, ...band]);
  const drawn = (width: number) => pointsOf(merged(bins, width), keys, endMs);
  const highest = Math.max(
    ...[FULL_WIDTH, NARROW_WIDTH].flatMap((width) =>
      drawn(width).flatMap((point) => keys.map((key) => point[key] ?? 0)),
    ),
  );
  const top = unit === 'share' ? Math.max(1, highest) : highest > 0 ? highest * 1.05 : 1;
  const drawing = chart({
    alt,
    wideWidth: isWide ? FULL_WIDTH : HALF_WIDTH,
    draw: ({ width, isNarrow }) => {
      const ticks = timeTicks(startMs, endMs, Math.floor(width / 76));
      const labels = new Map(ticks.map(({ atMs, label }) => [atMs, label]));
      const points = drawn(width);
      const curve = 'step-after';
      return {
        height: isWide && !isNarrow ? 270 : 170,
        marginLeft: MARGIN.left,
        marginRight: MARGIN.right,
        marginTop: MARGIN.top,
        marginBottom: MARGIN.bottom,
        x: { type: 'linear', domain: [startMs, Math.max(endMs, startMs + 1)] },
        y: { domain: [0, top] },
        marks: [
          ...(measuredFromMs > startMs
            ? [
                Plot.rect([{ from: startMs, to: Math.min(measuredFromMs, endMs) }], {
                  x1: 'from',
                  x2: 'to',
                  y1: 0,
                  y2: top,
                  fill: 'var(--shade)',
                }),
              ]
            : []),
          Plot.gridY({ ...yTicks(unit, top), stroke: 'var(--line)', strokeOpacity: 1 }),
          Plot.axisY({
            ...yTicks(unit, top),
            tickSize: 0,
            label: null,
            fill: 'var(--muted)',
            ...(unit === 'share' && { tickFormat: (share: number) => `${Math.round(share * 100)} %` }),
          }),
          Plot.axisX(
            ticks.map(({ atMs }) => atMs),
            {
              label: null,
              stroke: 'var(--line)',
              fill: 'var(--muted)',
              tickFormat: (atMs: number) => labels.get(atMs) ?? '',
            },
          ),
          ...lines.flatMap(({ band, colour, fill, key }) => [
            ...(fill === undefined
              ? []
              : [
                  Plot.areaY(points, { x: 'atMs', y: key, fill: `var(${colour})`, fillOpacity: fill, curve }),
                ]),
            ...(band === undefined
              ? []
              : [
                  Plot.areaY(points, {
                    x: 'atMs',
                    y1: band[0],
                    y2: band[1],
                    fill: `var(${colour})`,
                    fillOpacity: 0.22,
                    curve,
                  }),
                ]),
          ]),
          ...lines.map(({ colour, key, width: strokeWidth }) =>
            Plot.lineY(points, { x: 'atMs', y: key, stroke: `var(${colour})`, strokeWidth, curve }),
          ),
        ],
      };
    },
  });
  const settings = {
    from: startMs,
    to: endMs,
    top,
    margin: MARGIN,
    unit,
    lines: lines.map(({ band, colour, fill, key, title: called, width }) => ({
      key,
      title: called,
      colour,
      width,
      fill,
      band,
    })),
  };
  return html`<div class="over-time" data-over-time="${JSON.stringify(settings)}">${figure({
    name,
    title,
    drawing,
    caption: html`${caption === '' ? null : `${caption} `}${averagingText(bins, isWide)}`,
    table: {
      header: ['start', 'span_s', ...keys],
      rows: bins.map(({ spanMs, startMs: atMs, values }) => [
        formatInstant(atMs),
        spanMs / 1000,
        ...keys.map((key) => rounded(values[key] ?? null)),
      ]),
    },
  })}</div>`;
}

function yTicks(unit: 'share' | 'amount', top: number) {
  return unit === 'share' && top < 1.5 ? { interval: 0.25 } : { ticks: 4 };
}

/** Over how long a point averages: longer where the page is narrow, so it is said once for each width. */
function averagingText(bins: readonly TimeBin[], isWide: boolean): Markup | null {
  const [first] = bins;
  if (first === undefined) return null;
  const text = (width: number) => `Averages over ${formatSpan(binsPerPoint(bins, width) * first.spanMs)}.`;
  return html`<span class="wide">${text(isWide ? FULL_WIDTH : HALF_WIDTH)}</span><span class="narrow">${text(NARROW_WIDTH)}</span>`;
}

/** Puts neighbouring bins together until each has room in a chart of this width. */
function merged(bins: readonly TimeBin[], width: number): TimeBin[][] {
  const size = binsPerPoint(bins, width);
  const groups: TimeBin[][] = [];
  for (let i = 0; i < bins.length; i += size) groups.push(bins.slice(i, i + size));
  return groups;
}

function binsPerPoint(bins: readonly TimeBin[], width: number): number {
  return Math.max(1, Math.ceil(bins.length / Math.floor(width / 2.6)));
}

type Point = Record<string, number | null> & { atMs: number };

/** Means of the bins of each group; of columns that end in `_least` and `_most` the extremes. */
function pointsOf(groups: readonly TimeBin[][], keys: readonly string[], endMs: number): Point[] {
  const points = groups.map((group): Point => {
    const point: Point = { atMs: group[0]!.startMs };
    for (const key of keys) point[key] = meanOf(group, key);
    return point;
  });
  const last = points.at(-1);
  return last === undefined ? [] : [...points, { ...last, atMs: endMs }];
}

function meanOf(group: readonly TimeBin[], key: string): number | null {
  const known = group.filter(({ values }) => typeof values[key] === 'number');
  if (known.length === 0) return null;
  if (key.endsWith('_least')) return Math.min(...known.map(({ values }) => values[key]!));
  if (key.endsWith('_most')) return Math.max(...known.map(({ values }) => values[key]!));
  const weights = known.map(({ spanMs, weight = 1 }) => spanMs * weight);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return 0;
  return known.reduce((sum, { values }, i) => sum + values[key]! * weights[i]!, 0) / total;
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1e4) / 1e4;
}
