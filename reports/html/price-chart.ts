// Prices over time: a point for each step in which there were agreements, so that nothing is told of where nothing was agreed.
import * as Plot from '@observablehq/plot';
import { formatInstant } from '../../engine/index.ts';
import { formatAmount } from '../format.ts';
import type { PriceBucket } from '../metrics/market.ts';
import type { StreamSpan } from '../metrics/metric.ts';
import { chart } from './chart.ts';
import { figure } from './figure.ts';
import { html, type Markup } from './markup.ts';
import { timeTicks } from './time-axis.ts';

const WIDTH = 514;

/** Credits for an hour of a CPU, of the agreements of each step. @param series with an agreement in one of its steps at least */
export function priceFigure(span: StreamSpan, series: readonly PriceBucket[]): Markup {
  const { endMs, measuredFromMs, startMs } = span;
  const steps = series.flatMap(({ pricePerCpuHour: price, spanMs, startMs: atMs }) =>
    price === null ? [] : [{ atMs, spanMs, middleMs: atMs + spanMs / 2, price }],
  );
  const prices = steps.map(({ price }) => price);
  const [least, most] = [Math.min(...prices), Math.max(...prices)];
  const top = most > 0 ? most * 1.05 : 1;
  const drawing = chart({
    alt: `Price of a CPU-hour over time, from ${formatAmount(least)} to ${formatAmount(most)} credits.`,
    wideWidth: WIDTH,
    draw: ({ width }) => {
      const ticks = timeTicks(startMs, endMs, Math.floor(width / 76));
      const labels = new Map(ticks.map(({ atMs, label }) => [atMs, label]));
      return {
        height: 170,
        marginLeft: 52,
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
          Plot.lineY(steps, { x: 'middleMs', y: 'price', stroke: 'var(--as-asked)', strokeWidth: 1.2 }),
          Plot.dot(steps, { x: 'middleMs', y: 'price', r: 1.8, fill: 'var(--as-asked)' }),
        ],
      };
    },
  });
  return html`<div class="over-time">${figure({
    name: 'price',
    title: 'Price of a CPU-hour',
    drawing,
    caption: 'Credits, of the agreements of a time, by when they were made.',
    table: {
      header: ['start', 'span_s', 'credits_per_cpu_hour'],
      rows: steps.map(({ atMs, price, spanMs }) => [formatInstant(atMs), spanMs / 1000, price]),
    },
  })}</div>`;
}
