// The figures of compare.html: intervals side by side, a figure over a factor that is a number, two figures against each other, and how runs began.
import * as Plot from '@observablehq/plot';
import { formatSpan } from '../../reports/format.ts';
import { chart } from '../../reports/html/chart.ts';
import { type FigureTable, figure } from '../../reports/html/figure.ts';
import { html, type Markup } from '../../reports/html/markup.ts';
import type { Combination } from '../definition/factors.ts';
import { welchAverage } from '../statistics/warm-up.ts';
import type { Course } from '../sweep/cell-series.ts';
import { cutOf } from '../sweep/warm-up.ts';
import type { Comparison } from './comparison.ts';
import { number } from './comparison-tables.ts';
import { choiceName, type Reading, readingOf } from './conclusions.ts';
import { paretoFront } from './pareto.ts';

const WIDTH = 1072;
const HALF_WIDTH = 514;
const ROW_HEIGHT = 22;

type Factors = ReadonlyArray<{ readonly name: string; readonly levels: readonly string[] }>;

interface Point {
  /** Of the first factor. */
  readonly level: string;
  /** Levels of the other factors. */
  readonly rest: string;
  readonly combination: Combination;
  readonly mean: number;
  readonly from: number;
  readonly to: number;
}

/** Of what is asked of every chart of one figure. */
export interface ChartContext {
  readonly name: string;
  readonly factors: Factors;
  readonly baseline: Combination;
}

function pointsOf(named: string, { groups }: Comparison, { factors, name }: ChartContext): Point[] {
  const [first, ...others] = factors.map((factor) => factor.name);
  return groups.flatMap(({ combination, figures }): Point[] => {
    const interval = figures.get(named);
    if (interval === undefined) return [];
    const { halfWidth, mean } = interval;
    return [
      {
        level: first === undefined ? name : combination[first]!,
        rest: others.map((factor) => `${factor} = ${combination[factor]}`).join(', '),
        combination,
        mean,
        from: mean - (halfWidth ?? 0),
        to: mean + (halfWidth ?? 0),
      },
    ];
  });
}

function tableOf(points: readonly Point[], { factors }: ChartContext): FigureTable {
  return {
    header: [...factors.map(({ name }) => name), 'mean', 'from', 'to'],
    rows: points.map(({ combination, from, mean, to }) => [
      ...factors.map(({ name }) => combination[name] ?? null),
      mean,
      from,
      to,
    ]),
  };
}

/** Means and intervals of all combinations, below each other. */
export function intervalFigure(named: string, comparison: Comparison, context: ChartContext): Markup {
  const { baseline } = context;
  const points = pointsOf(named, comparison, context);
  if (points.length === 0) return html`<p>No run has this figure.</p>`;
  const levels = [...new Set(points.map(({ level }) => level))];
  const rests = [...new Set(points.map(({ rest }) => rest))];
  const labelWidth = Math.min(240, 24 + 7 * Math.max(...levels.map(({ length }) => length)));
  const isBaseline = ({ combination }: Point) =>
    Object.keys(baseline).length > 0 &&
    Object.entries(baseline).every(([factor, level]) => combination[factor] === level);
  const colour = (point: Point) => (isBaseline(point) ? 'var(--on-other-terms)' : 'var(--allocated)');
  const drawing = chart({
    alt: points
      .map(({ level, mean, rest }) => `${level}${rest === '' ? '' : `, ${rest}`}: ${number(mean)}`)
      .join('; '),
    wideWidth: WIDTH,
    draw: ({ isNarrow }) => ({
      height: 60 + rests.length * (levels.length * ROW_HEIGHT + (rests.length > 1 ? 26 : 0)),
      marginLeft: labelWidth,
      marginRight: 24,
      marginTop: rests.length > 1 ? 22 : 8,
      marginBottom: 32,
      x: { nice: true, ...(isNarrow && { ticks: 4 }) },
      y: { domain: levels, label: null },
      fy: { domain: rests, axis: null, padding: rests.length > 1 ? 0.16 : 0 },
      marks: [
        Plot.gridX({ stroke: 'var(--line)', strokeOpacity: 1 }),
        Plot.axisX({ label: null, tickSize: 0, fill: 'var(--muted)', ...(isNarrow && { ticks: 4 }) }),
        Plot.axisY({ label: null, tickSize: 0 }),
        Plot.ruleY(points, { x1: 'from', x2: 'to', y: 'level', fy: 'rest', stroke: colour, strokeWidth: 2 }),
        Plot.dot(points, { x: 'mean', y: 'level', fy: 'rest', r: 4, fill: colour, title: titleOf }),
        ...(rests.length > 1 ? [restTitles(rests, 'fy')] : []),
      ],
    }),
  });
  return figure({ name: `${named}-intervals`, drawing, table: tableOf(points, context) });
}

/** By how much each choice differs from the baseline over all settings, around zero. */
export function differenceFigure(named: string, { better, overall }: Comparison): Markup | null {
  const rows = overall
    .filter(({ figure: own }) => own === named)
    .map((difference) => {
      const { combination, halfWidth, mean } = difference;
      const half = halfWidth ?? 0;
      return {
        choice: choiceName(combination),
        reading: readingOf(difference, better[named]!),
        mean,
        from: mean - half,
        to: mean + half,
      };
    });
  if (rows.length === 0) return null;
  const choices = rows.map(({ choice }) => choice);
  const colour = ({ reading }: (typeof rows)[number]) => COLOUR_OF_READING[reading];
  const drawing = chart({
    alt: rows
      .map(({ choice, from, mean, to }) => `${choice}: ${number(mean)} (${number(from)} to ${number(to)})`)
      .join('; '),
    wideWidth: HALF_WIDTH,
    draw: () => ({
      height: 44 + choices.length * ROW_HEIGHT,
      marginLeft: Math.min(180, 24 + 7 * Math.max(...choices.map(({ length }) => length))),
      marginRight: 24,
      marginTop: 8,
      marginBottom: 32,
      x: { nice: true, ticks: 4 },
      y: { domain: choices, label: null },
      marks: [
        Plot.gridX({ ticks: 4, stroke: 'var(--line)', strokeOpacity: 1 }),
        Plot.ruleX([0], { stroke: 'var(--ink)' }),
        Plot.axisX({ label: null, ticks: 4, tickSize: 0, fill: 'var(--muted)' }),
        Plot.axisY({ label: null, tickSize: 0 }),
        Plot.ruleY(rows, { x1: 'from', x2: 'to', y: 'choice', stroke: colour, strokeWidth: 2 }),
        Plot.dot(rows, { x: 'mean', y: 'choice', r: 4, fill: colour }),
      ],
    }),
  });
  return figure({
    name: `${named}-differences`,
    title: named,
    drawing,
    table: {
      header: ['choice', 'difference', 'from', 'to', 'reading'],
      rows: rows.map(({ choice, from, mean, reading, to }) => [choice, mean, from, to, reading]),
    },
  });
}

const COLOUR_OF_READING: Readonly<Record<Reading, string>> = {
  better: 'var(--busy)',
  worse: 'var(--failed)',
  higher: 'var(--allocated)',
  lower: 'var(--allocated)',
  same: 'var(--other)',
  open: 'var(--other)',
};

/** A line for each level of the first factor, over another factor whose levels are numbers; null where there is none, or more than two factors. */
export function lineFigure(named: string, comparison: Comparison, context: ChartContext): Markup | null {
  const [first, second, ...others] = context.factors.filter(({ levels }) => levels.length > 1);
  if (second === undefined || others.length > 0 || !second.levels.every(isNumber)) return null;
  const points = pointsOf(named, comparison, context).map((point) => ({
    ...point,
    level: point.combination[first!.name]!,
    x: Number(point.combination[second.name]),
  }));
  if (points.length === 0) return null;
  const colourOf = colours(first!.levels);
  const drawing = chart({
    alt: `${named} over ${second.name}, a line for each ${first!.name}: the numbers are in the table of intervals.`,
    wideWidth: WIDTH,
    draw: ({ isNarrow }) => ({
      height: isNarrow ? 260 : 340,
      marginLeft: 60,
      marginRight: 24,
      marginTop: 14,
      marginBottom: 42,
      x: { nice: false },
      y: { nice: true, zero: false },
      marks: [
        Plot.gridY({ stroke: 'var(--line)', strokeOpacity: 1 }),
        Plot.axisX(second.levels.map(Number), {
          label: second.name,
          labelAnchor: 'center',
          labelArrow: 'none',
          tickSize: 4,
          fill: 'var(--muted)',
          tickFormat: String,
        }),
        Plot.axisY({ label: null, tickSize: 0, fill: 'var(--muted)', ...(isNarrow && { ticks: 5 }) }),
        Plot.ruleX(points, {
          x: 'x',
          y1: 'from',
          y2: 'to',
          stroke: ({ level }: Point) => colourOf(level),
          strokeOpacity: 0.5,
        }),
        Plot.lineY(points, {
          x: 'x',
          y: 'mean',
          z: 'level',
          stroke: ({ level }: Point) => colourOf(level),
          strokeWidth: 1.8,
          sort: 'x',
        }),
        Plot.dot(points, {
          x: 'x',
          y: 'mean',
          r: 3.2,
          fill: ({ level }: Point) => colourOf(level),
          title: titleOf,
        }),
      ],
    }),
  });
  return html`${legend(first!.levels)}${figure({ name: `${named}-over-${second.name}`, drawing, table: tableOf(points, context) })}`;
}

/** All combinations by two figures; those that no other beats in both are joined, where it is known which way each is better. */
export function scatterFigure(
  [x, y]: readonly [string, string],
  comparison: Comparison,
  context: ChartContext,
): Markup | null {
  const ys = new Map(pointsOf(y, comparison, context).map((point) => [point.combination, point]));
  const points = pointsOf(x, comparison, context).flatMap((point) => {
    const other = ys.get(point.combination);
    return other === undefined
      ? []
      : [
          {
            ...point,
            x: point.mean,
            y: other.mean,
            x1: point.from,
            x2: point.to,
            y1: other.from,
            y2: other.to,
          },
        ];
  });
  if (points.length < 2) return null;
  const [bx, by] = [comparison.better[x]!, comparison.better[y]!];
  const rests = [...new Set(points.map(({ rest }) => rest))];
  // Combinations under different loads are no alternatives: each setting of the other factors has a front of its own.
  const front =
    bx === 'same' || by === 'same'
      ? []
      : rests.flatMap((rest) =>
          paretoFront(
            points.filter((point) => point.rest === rest),
            { x: bx, y: by },
          ),
        );
  const levels = [...new Set(points.map(({ level }) => level))];
  const colourOf = colours(levels);
  const isFront = new Set(front);
  const drawing = chart({
    alt: `${y} over ${x}. ${front.length === 0 ? '' : `Not beaten in both: ${front.map(nameOf).join('; ')}.`}`,
    wideWidth: WIDTH,
    draw: ({ isNarrow }) => ({
      height: isNarrow ? 300 : 400,
      marginLeft: 64,
      marginRight: 24,
      marginTop: 32,
      marginBottom: 42,
      x: { nice: true },
      y: { nice: true },
      marks: [
        Plot.gridY({ stroke: 'var(--line)', strokeOpacity: 1 }),
        Plot.axisX({
          label: x,
          labelAnchor: 'center',
          labelArrow: 'none',
          tickSize: 4,
          fill: 'var(--muted)',
          ...(isNarrow && { ticks: 4 }),
        }),
        Plot.axisY({ label: y, labelArrow: 'none', tickSize: 0, fill: 'var(--muted)' }),
        Plot.line(front, {
          x: 'x',
          y: 'y',
          z: 'rest',
          sort: 'x',
          stroke: 'var(--other)',
          strokeDasharray: '4 3',
        }),
        Plot.ruleY(points, {
          x1: 'x1',
          x2: 'x2',
          y: 'y',
          stroke: ({ level }: Point) => colourOf(level),
          strokeOpacity: 0.35,
        }),
        Plot.ruleX(points, {
          y1: 'y1',
          y2: 'y2',
          x: 'x',
          stroke: ({ level }: Point) => colourOf(level),
          strokeOpacity: 0.35,
        }),
        Plot.dot(points, {
          x: 'x',
          y: 'y',
          r: 4.5,
          fill: (point: (typeof points)[number]) =>
            isFront.has(point) ? colourOf(point.level) : 'var(--paper)',
          stroke: ({ level }: Point) => colourOf(level),
          strokeWidth: 1.6,
          title: (point: (typeof points)[number]) =>
            `${nameOf(point)}: ${x} ${number(point.x)}, ${y} ${number(point.y)}`,
        }),
      ],
    }),
  });
  const table: FigureTable = {
    header: [...context.factors.map(({ name }) => name), x, y, 'pareto_front'],
    rows: points.map((point) => [
      ...context.factors.map(({ name }) => point.combination[name] ?? null),
      point.x,
      point.y,
      isFront.has(point) ? 'true' : 'false',
    ]),
  };
  const caption =
    front.length === 0
      ? 'Which way these figures are better is not known, so there is no front.'
      : `Filled and joined: no other choice under the same ${rests.length > 1 ? 'circumstances' : 'scenario'} is at least as good in both and better in one (${x}: ${bx}, ${y}: ${by} is better). Crosses are intervals.`;
  return html`${legend(levels)}${figure({ name: `${y}-by-${x}`, drawing, caption, table })}`;
}

/** Welch's picture: the course of each combination, all seeds together, smoothed; where MSER-5 would cut, and where the warm-up of the runs ends. */
export function welchFigure(
  courses: ReadonlyArray<{ readonly combination: Combination; readonly course: Course }>,
  { context, warmUpMs }: { readonly context: ChartContext; readonly warmUpMs: number | null },
): Markup | null {
  const [first, ...others] = context.factors.map(({ name }) => name);
  const curves = courses.flatMap(({ combination, course }) => {
    const smooth = welchAverage(course.reserved, Math.max(1, Math.floor(course.reserved.length / 20)));
    if (smooth.length < 2) return [];
    return [
      {
        level: first === undefined ? context.name : combination[first]!,
        rest: others.map((factor) => `${factor} = ${combination[factor]}`).join(', '),
        combination,
        course,
        smooth,
        cutMs: cutOf(course),
      },
    ];
  });
  if (curves.length === 0) return null;
  const levels = [...new Set(curves.map(({ level }) => level))];
  const rests = [...new Set(curves.map(({ rest }) => rest))];
  const colourOf = colours(levels);
  const points = curves.flatMap(({ course, level, rest, smooth }) =>
    thinned(smooth).map(([index, share]) => ({ level, rest, x: (index * course.bucketMs) / HOUR_MS, share })),
  );
  const cuts = curves.flatMap(({ course, cutMs, level, rest, smooth }) =>
    cutMs === null
      ? []
      : [
          {
            level,
            rest,
            x: cutMs / HOUR_MS,
            share: smooth[Math.min(smooth.length - 1, cutMs / course.bucketMs)]!,
          },
        ],
  );
  const drawing = chart({
    alt: `Share of the CPUs reserved since the beginning of the runs. MSER-5: ${curves.map((curve) => `${curve.level} ${curve.rest} ${curve.cutMs === null ? 'never steady' : formatSpan(curve.cutMs)}`).join('; ')}.`,
    wideWidth: WIDTH,
    draw: ({ isNarrow }) => ({
      height: 50 + rests.length * (isNarrow ? 130 : 170),
      marginLeft: 56,
      marginRight: 24,
      marginTop: rests.length > 1 ? 22 : 10,
      marginBottom: 40,
      x: { domain: [0, Math.max(...points.map(({ x }) => x))] },
      y: { domain: [0, Math.max(0.05, ...points.map(({ share }) => share))], nice: true },
      fy: { domain: rests, axis: null, padding: rests.length > 1 ? 0.2 : 0 },
      marks: [
        Plot.gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 4 }),
        Plot.axisX({
          label: 'hours since the beginning',
          labelAnchor: 'center',
          labelArrow: 'none',
          tickSize: 4,
          fill: 'var(--muted)',
          ...(isNarrow && { ticks: 5 }),
        }),
        Plot.axisY({
          label: null,
          tickSize: 0,
          ticks: 4,
          fill: 'var(--muted)',
          tickFormat: (share: number) => `${Math.round(share * 100)} %`,
        }),
        ...(warmUpMs === null || warmUpMs === 0
          ? []
          : [Plot.ruleX([warmUpMs / HOUR_MS], { stroke: 'var(--ink)', strokeDasharray: '5 4' })]),
        Plot.lineY(points, {
          x: 'x',
          y: 'share',
          z: 'level',
          fy: 'rest',
          stroke: ({ level }: { level: string }) => colourOf(level),
          strokeWidth: 1.4,
        }),
        Plot.dot(cuts, {
          x: 'x',
          y: 'share',
          fy: 'rest',
          r: 4,
          fill: ({ level }: { level: string }) => colourOf(level),
          stroke: 'var(--paper)',
        }),
        ...(rests.length > 1 ? [restTitles(rests, 'fy')] : []),
      ],
    }),
  });
  const table: FigureTable = {
    header: [
      ...context.factors.map(({ name }) => name),
      'hours',
      'reserved_share',
      'smoothed',
      'mser5_hours',
    ],
    rows: curves.flatMap(({ combination, course, cutMs, smooth }) =>
      thinned(course.reserved).map(([index, share]) => [
        ...context.factors.map(({ name }) => combination[name] ?? null),
        (index * course.bucketMs) / HOUR_MS,
        Math.round(share * 1e6) / 1e6,
        smooth[index] === undefined ? null : Math.round(smooth[index] * 1e6) / 1e6,
        cutMs === null ? null : cutMs / HOUR_MS,
      ]),
    ),
  };
  const lost = curves.filter(({ cutMs }) => cutMs === null);
  const caption = `The moving average of the mean over all seeds (Welch), as long as all of them have requests. A dot: where MSER-5 would cut${
    lost.length === 0
      ? ''
      : lost.length === curves.length
        ? '; none: no combination becomes steady before half of the time'
        : `; ${lost.length} of ${curves.length} combinations do not become steady before half of the time and have none`
  }.${warmUpMs === null || warmUpMs === 0 ? ' These runs have no warm-up.' : ` The dashed line: the warm-up of these runs, ${formatSpan(warmUpMs)}.`}`;
  return html`${legend(levels)}${figure({ name: 'warm-up', drawing, caption, table })}`;
}

const HOUR_MS = 3_600_000;
/** Points of a curve, at most: more than a screen shows in the width of a chart. */
const MOST_POINTS = 250;

function thinned(values: readonly number[]): Array<readonly [index: number, value: number]> {
  const step = Math.max(1, Math.ceil(values.length / MOST_POINTS));
  return values.flatMap((value, index) => (index % step === 0 ? [[index, value] as const] : []));
}

function isNumber(label: string): boolean {
  return label.trim() !== '' && Number.isFinite(Number(label));
}

const COLOURS = 8;

function colours(levels: readonly string[]): (level: string) => string {
  const numbers = new Map(levels.map((level, index) => [level, (index % COLOURS) + 1]));
  return (level) => `var(--c${numbers.get(level) ?? 1})`;
}

function legend(levels: readonly string[]): Markup | null {
  if (levels.length < 2) return null;
  const colourOf = colours(levels);
  return html`<ul class="legend">${levels.map(
    (level) => html`<li><span class="swatch" style="--swatch:${colourOf(level)}"></span>${level}</li>`,
  )}</ul>`;
}

function restTitles(rests: readonly string[], fy: 'fy') {
  return Plot.text(
    rests.map((rest) => ({ rest })),
    {
      [fy]: 'rest',
      text: 'rest',
      frameAnchor: 'top-left',
      dy: -16,
      fill: 'var(--muted)',
      textAnchor: 'start',
    },
  );
}

function nameOf({ level, rest }: Pick<Point, 'level' | 'rest'>): string {
  return rest === '' ? level : `${level}, ${rest}`;
}

function titleOf(point: Point): string {
  return `${nameOf(point)}: ${number(point.mean)} (${number(point.from)} to ${number(point.to)})`;
}
