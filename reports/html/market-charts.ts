// Price and revenue over time.
import * as Plot from '@observablehq/plot';
import { formatAmount } from '../format.ts';
import type { MarketFigures } from '../metrics/market.ts';
import type { StreamSpan } from '../metrics/metric.ts';
import { chart } from './chart.ts';
import type { Markup } from './markup.ts';
import { timeTicks } from './time-axis.ts';

const WIDTH = 514;
const HOUR_MS = 3_600_000;

type Series = MarketFigures['series'];

/** Credits for an hour of a CPU, of the agreements of a time: a point where there were any. */
export function priceChart(span: StreamSpan, series: Series): Markup {
  const points = series.flatMap(({ pricePerCpuHour, spanMs, startMs }) =>
    pricePerCpuHour === null ? [] : [{ atMs: startMs + spanMs / 2, value: pricePerCpuHour }],
  );
  const prices = points.map(({ value }) => value);
  const [least, most] = [Math.min(...prices), Math.max(...prices)];
  return overTime(span, {
    alt: `Price of a CPU-hour over time, from ${formatAmount(least)} to ${formatAmount(most)} credits.`,
    most,
    marks: [
      Plot.lineY(points, { x: 'atMs', y: 'value', stroke: 'var(--as-asked)', strokeWidth: 1.2 }),
      Plot.dot(points, { x: 'atMs', y: 'value', r: 1.8, fill: 'var(--as-asked)' }),
    ],
  });
}

/** What windows earned, in credits an hour. */
export function revenueChart(span: StreamSpan, series: Series): Markup {
  const points = series.map(({ revenueMicros, spanMs, startMs }) => ({
    atMs: startMs,
    value: spanMs === 0 ? 0 : revenueMicros / 1e6 / (spanMs / HOUR_MS),
  }));
  const last = points.at(-1);
  const steps = last === undefined ? [] : [...points, { ...last, atMs: span.endMs }];
  const most = Math.max(0, ...points.map(({ value }) => value));
  const curve = 'step-after';
  return overTime(span, {
    alt: `Revenue over time, up to ${formatAmount(most)} credits an hour.`,
    most,
    marks: [
      Plot.areaY(steps, { x: 'atMs', y: 'value', fill: 'var(--busy)', fillOpacity: 0.16, curve }),
      Plot.lineY(steps, { x: 'atMs', y: 'value', stroke: 'var(--busy)', strokeWidth: 1.3, curve }),
    ],
  });
}

function overTime(
  { endMs, measuredFromMs, startMs }: StreamSpan,
  { alt, marks, most }: { readonly alt: string; readonly marks: Plot.Markish[]; readonly most: number },
): Markup {
  return chart({
    alt,
    wideWidth: WIDTH,
    draw: ({ width }) => {
      const ticks = timeTicks(startMs, endMs, Math.floor(width / 76));
      const labels = new Map(ticks.map(({ atMs, label }) => [atMs, label]));
      const top = most > 0 ? most * 1.05 : 1;
      return {
        height: 190,
        marginLeft: 46,
        marginRight: 18,
        marginTop: 10,
        marginBottom: 26,
        x: { type: 'linear', domain: [startMs, Math.max(endMs, startMs + 1)] },
        y: { domain: [0, top], ticks: 4 },
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
          Plot.gridY({ ticks: 4, stroke: 'var(--line)', strokeOpacity: 1 }),
          Plot.axisY({ ticks: 4, tickSize: 0, label: null, fill: 'var(--muted)' }),
          Plot.axisX(
            ticks.map(({ atMs }) => atMs),
            {
              label: null,
              stroke: 'var(--line)',
              fill: 'var(--muted)',
              tickFormat: (atMs: number) => labels.get(atMs) ?? '',
            },
          ),
          ...marks,
        ],
      };
    },
  });
}
