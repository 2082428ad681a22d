// A table of numbers drawn as a map of cells, the darker the more; each cell has its number where there is room, so that nobody has to guess a shade.
import * as Plot from '@observablehq/plot';
import { chart } from './chart.ts';
import { figure } from './figure.ts';
import type { Markup } from './markup.ts';

export interface HeatCell {
  readonly column: string;
  readonly row: string;
  /** How dark: 0..1; null: nothing is there. */
  readonly share: number | null;
  /** Inside the cell; absent: nothing. */
  readonly text?: string;
  /** Where one points at it. */
  readonly title: string;
}

export interface HeatMapOptions {
  readonly name: string;
  readonly title: string;
  readonly alt: string;
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  readonly cells: readonly HeatCell[];
  readonly caption: string;
  /** What the cells show, as columns of a table, one row each. */
  readonly table: {
    readonly header: readonly string[];
    readonly rows: ReadonlyArray<ReadonlyArray<string | number | null>>;
  };
  readonly colour: string;
  readonly xLabel: string;
  readonly yLabel: string;
}

const WIDTH = 514;
/** What is there at all is seen on paper and on a dark screen. */
const LEAST = 0.08;

export function heatMap({
  alt,
  caption,
  cells,
  colour,
  columns,
  name,
  rows,
  table,
  title,
  xLabel,
  yLabel,
}: HeatMapOptions): Markup {
  const drawing = chart({
    alt,
    wideWidth: WIDTH,
    draw: ({ isNarrow }) => ({
      height: rows.length * 26 + 58,
      marginLeft: 62,
      marginRight: 6,
      marginTop: 22,
      marginBottom: 36,
      x: { type: 'band', domain: columns, padding: 0.04 },
      y: { type: 'band', domain: rows, padding: 0.06 },
      marks: [
        Plot.axisX({
          label: xLabel,
          labelAnchor: 'center',
          labelArrow: 'none',
          tickSize: 0,
          fill: 'var(--muted)',
          fontSize: columns.length > 12 ? 10 : isNarrow ? 9 : 11,
          ...(columns.length > 12 && { ticks: columns.filter((_, i) => i % (isNarrow ? 6 : 3) === 0) }),
          ...(isNarrow && columns.length <= 12 && { tickRotate: -35 }),
        }),
        Plot.axisY({
          label: yLabel === '' ? null : yLabel,
          labelAnchor: 'top',
          labelArrow: 'none',
          tickSize: 0,
          fill: 'var(--muted)',
        }),
        Plot.cell(cells, { x: 'column', y: 'row', fill: 'var(--shade)', stroke: 'var(--line)' }),
        Plot.cell(
          cells.filter(({ share }) => share !== null && share > 0),
          {
            x: 'column',
            y: 'row',
            fill: `var(${colour})`,
            fillOpacity: ({ share }: HeatCell) => LEAST + (1 - LEAST) * share!,
            title: 'title',
          },
        ),
        Plot.text(
          cells.filter(({ text }) => text !== undefined),
          {
            x: 'column',
            y: 'row',
            text: 'text',
            fontSize: isNarrow ? 9 : 11,
            fill: ({ share }: HeatCell) => ((share ?? 0) > 0.55 ? 'var(--on-bar)' : 'var(--ink)'),
            pointerEvents: 'none',
          },
        ),
      ],
    }),
  });
  return figure({ name, title, drawing, caption, table });
}
