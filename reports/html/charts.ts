// The charts of a report: what each shows and how it is drawn.
import * as Plot from '@observablehq/plot';
import { type Class, DURATIONS, SIZES } from '../facts/classes.ts';
import { formatAmount, formatNumber, formatPart, formatShare } from '../format.ts';
import type { AcceptanceBin } from '../metrics/acceptance.ts';
import type { DisplacementFigures } from '../metrics/displacement.ts';
import type { StreamSpan } from '../metrics/metric.ts';
import type { NamedResourceFigures } from '../metrics/named-resources.ts';
import type { ReportResource, Use } from '../metrics/use-channels.ts';
import type { Extremes, UtilisationFigures } from '../metrics/utilisation.ts';
import { shareInterval } from '../statistics/share-interval.ts';
import { chart } from './chart.ts';
import { type FigureTable, figure } from './figure.ts';
import { heatMap } from './heat-map.ts';
import type { Markup } from './markup.ts';
import { timeFigure } from './time-chart.ts';

const THIRD_WIDTH = 340;
const DISPLACEMENT_WIDTH = 430;

export const RESOURCE_TITLES = { cpu: 'CPU', memory: 'Memory', disk: 'Disk' } as const satisfies Record<
  ReportResource,
  string
>;

/** What is drawn of one resource: time averages in buckets, and over the measured time. */
export interface ResourceUsage {
  readonly title: string;
  readonly mean: Readonly<Record<Use, number | null>>;
  readonly series: readonly UsageBucket[];
  /** As wide as the page. */
  readonly isWide: boolean;
}

interface UsageBucket {
  readonly startMs: number;
  readonly spanMs: number;
  readonly online: number;
  readonly reserved: number;
  readonly allocated: number;
  /** null: nothing of the kind is observed. */
  readonly busy: number | null;
  /** Absent: not observed within buckets. */
  readonly reservedShares?: Extremes | null;
}

/** Of CPU, memory or disk. */
export function usageOf({ mean, series }: UtilisationFigures, resource: ReportResource): ResourceUsage {
  return {
    title: RESOURCE_TITLES[resource],
    mean: mean[resource],
    series: series.map(({ startMs, spanMs, resources }) => ({ startMs, spanMs, ...resources[resource] })),
    isWide: resource === 'cpu',
  };
}

/** Of a resource that a provider names. */
export function namedUsage({ mean, name, series }: NamedResourceFigures): ResourceUsage {
  return {
    title: name,
    mean: { ...mean, busy: null },
    series: series.map((bucket) => ({ ...bucket, busy: null })),
    isWide: false,
  };
}

/** Shares of one resource over the whole run. */
export function utilisationFigure(span: StreamSpan, { isWide, mean, series, title }: ResourceUsage): Markup {
  const isBusyKnown = mean.busy !== null;
  const busyText = isBusyKnown ? ` and ${formatShare(mean.busy)} busy` : '';
  return timeFigure(span, {
    name: `utilisation-${title.toLowerCase()}`,
    title,
    alt:
      `${title} over time, as a share of what was online. On average ` +
      `${formatShare(mean.reserved)} reserved, ${formatShare(mean.allocated)} allocated${busyText}.`,
    isWide,
    unit: 'share',
    lines: [
      // Wide and below, so that it is seen beside the thin line of what is allocated where the two are alike.
      {
        key: 'reserved_share',
        title: 'reserved',
        colour: '--reserved',
        width: 3,
        band: ['reserved_least', 'reserved_most'],
      },
      ...(isBusyKnown
        ? [{ key: 'busy_share', title: 'busy', colour: '--busy', width: 1.2, fill: 0.22 }]
        : []),
      { key: 'allocated_share', title: 'allocated', colour: '--allocated', width: 1.2 },
    ],
    bins: series.map(({ allocated, busy, online, reserved, reservedShares = null, spanMs, startMs }) => {
      const share = (amount: number | null) => (amount === null ? null : online === 0 ? 0 : amount / online);
      return {
        startMs,
        spanMs,
        weight: online,
        values: {
          reserved_share: share(reserved),
          busy_share: share(busy),
          allocated_share: share(allocated),
          reserved_least: reservedShares?.least ?? share(reserved),
          reserved_most: reservedShares?.most ?? share(reserved),
        },
      };
    }),
  });
}

/** How far displaced starts were displaced; those as asked would dwarf the rest and are told in the text. */
export function displacementFigure({ bins }: DisplacementFigures): Markup {
  const displaced = bins
    .slice(0, bins.findLastIndex(({ count }) => count > 0) + 1)
    .filter(({ label }) => label !== 'as asked');
  const [earlier, ...later] = displaced;
  const shown = earlier !== undefined && earlier.count > 0 ? displaced : later;
  const total = shown.reduce((sum, { count }) => sum + count, 0);
  const drawing = chart({
    alt: `Displaced starts by how far: ${shown.map(({ label, count }) => `${label}: ${count}`).join(', ')}.`,
    wideWidth: DISPLACEMENT_WIDTH,
    draw: () => ({
      height: 26 * shown.length + 14,
      marginLeft: 70,
      marginRight: 96,
      marginTop: 4,
      marginBottom: 10,
      x: { axis: null, domain: [0, Math.max(1, ...shown.map(({ count }) => count))] },
      y: { domain: shown.map(({ label }) => label), label: null, padding: 0.28 },
      marks: [
        Plot.axisY({ tickSize: 0, label: null, fill: 'var(--muted)' }),
        Plot.barX(shown, { x: 'count', y: 'label', fill: 'var(--on-other-terms)' }),
        Plot.ruleX([0], { stroke: 'var(--other)' }),
        Plot.text(shown, {
          x: 'count',
          y: 'label',
          text: ({ count }: { count: number }) =>
            count === 0 ? '0' : `${formatNumber(count)}  (${formatPart(count, total)})`,
          textAnchor: 'start',
          dx: 6,
        }),
      ],
    }),
  });
  return figure({
    name: 'start-displacement',
    drawing,
    caption: 'Confirmed reservations whose start was moved, by how far.',
    table: { header: ['displacement', 'reservations'], rows: bins.map(({ count, label }) => [label, count]) },
  });
}

/** Outcomes in order of stacking. */
export const ACCEPTANCE_CLASSES = [
  { field: 'asAsked', title: 'confirmed as asked', colour: '--as-asked' },
  { field: 'onOtherTerms', title: 'confirmed on other terms', colour: '--on-other-terms' },
  { field: 'other', title: 'declined, expired or withdrawn', colour: '--other' },
  { field: 'rejected', title: 'rejected', colour: '--rejected' },
] as const;

/** What became of the requests in each bin, as shares of the bin. */
export function acceptanceFigure(bins: readonly AcceptanceBin[], title: string, what: string): Markup {
  const shown = bins.slice(
    bins.findIndex(({ requests }) => requests > 0),
    bins.findLastIndex(({ requests }) => requests > 0) + 1,
  );
  const summary = shown
    .filter(({ requests }) => requests > 0)
    .map(
      (bin) => `${bin.label}: ${formatPart(bin.asAsked + bin.onOtherTerms, bin.requests)} of ${bin.requests}`,
    )
    .join('; ');
  const intervals = shown.flatMap(({ asAsked, label, onOtherTerms, requests }) => {
    const interval = shareInterval(asAsked + onOtherTerms, requests);
    return interval === null ? [] : [{ label, from: interval[0], to: interval[1] }];
  });
  const drawing = chart({
    alt: `Share of requests confirmed by ${what}. ${summary}.`,
    wideWidth: THIRD_WIDTH,
    draw: () => ({
      height: 27 * shown.length + 32,
      marginLeft: 72,
      marginRight: 54,
      marginTop: 4,
      marginBottom: 26,
      x: { domain: [0, 1] },
      y: { domain: shown.map(({ label }) => label), label: null, padding: 0.24 },
      marks: [
        Plot.axisY({ tickSize: 0, label: null, fill: 'var(--muted)' }),
        Plot.axisX([0, 0.5, 1], {
          label: null,
          tickSize: 4,
          stroke: 'var(--line)',
          fill: 'var(--muted)',
          tickFormat: (share: number) => `${Math.round(share * 100)} %`,
        }),
        ...ACCEPTANCE_CLASSES.map(({ field, title, colour }, i) =>
          Plot.barX(
            shown.flatMap((bin) => {
              if (bin[field] === 0) return [];
              const before = ACCEPTANCE_CLASSES.slice(0, i).reduce((sum, { field: f }) => sum + bin[f], 0);
              return [
                {
                  label: bin.label,
                  from: before / bin.requests,
                  to: (before + bin[field]) / bin.requests,
                  text: `${bin.label}: ${formatNumber(bin[field])} of ${formatNumber(bin.requests)} ${title}`,
                },
              ];
            }),
            { x1: 'from', x2: 'to', y: 'label', fill: `var(${colour})`, title: 'text', insetRight: 0.5 },
          ),
        ),
        Plot.ruleY(intervals, { x1: 'from', x2: 'to', y: 'label', stroke: 'var(--paper)', strokeWidth: 4 }),
        Plot.ruleY(intervals, { x1: 'from', x2: 'to', y: 'label', stroke: 'var(--ink)', strokeWidth: 1.6 }),
        Plot.text(shown, {
          x: () => 1,
          y: 'label',
          text: ({ requests }: AcceptanceBin) => formatNumber(requests),
          textAnchor: 'end',
          dx: 48,
          fill: 'var(--muted)',
        }),
      ],
    }),
  });
  return figure({
    name: `acceptance-by-${what.replaceAll(' ', '-')}`,
    title,
    drawing,
    table: acceptanceTableOf(bins, what),
  });
}

/** The numbers behind both figures of a class. */
function acceptanceTableOf(bins: readonly AcceptanceBin[], what: string): FigureTable {
  return {
    header: [
      what.replaceAll(' ', '_'),
      'requests',
      ...ACCEPTANCE_CLASSES.map(({ field }) => field),
      'confirmed_from',
      'confirmed_to',
      'cpu_hours_asked',
      'cpu_hours_agreed',
    ],
    rows: bins.map((bin) => {
      const interval = shareInterval(bin.asAsked + bin.onOtherTerms, bin.requests);
      return [
        bin.label,
        bin.requests,
        ...ACCEPTANCE_CLASSES.map(({ field }) => bin[field]),
        interval?.[0] ?? null,
        interval?.[1] ?? null,
        bin.askedCpuMs / MS_PER_HOUR,
        bin.agreedCpuMs / MS_PER_HOUR,
      ];
    }),
  };
}

const MS_PER_HOUR = 3_600_000;

/** What was asked and what was agreed of it in each bin, in CPU-hours. */
export function cpuHoursFigure(bins: readonly AcceptanceBin[], title: string, what: string): Markup {
  const shown = bins.slice(
    bins.findIndex(({ requests }) => requests > 0),
    bins.findLastIndex(({ requests }) => requests > 0) + 1,
  );
  const most = Math.max(...shown.map(({ agreedCpuMs, askedCpuMs }) => Math.max(agreedCpuMs, askedCpuMs)));
  const drawing = chart({
    alt: `CPU-hours by ${what}. ${shown.map((bin) => `${bin.label}: ${formatAmount(bin.agreedCpuMs / MS_PER_HOUR)} agreed of ${formatAmount(bin.askedCpuMs / MS_PER_HOUR)}`).join('; ')}.`,
    wideWidth: THIRD_WIDTH,
    draw: () => ({
      height: 27 * shown.length + 14,
      marginLeft: 72,
      marginRight: 122,
      marginTop: 4,
      marginBottom: 8,
      x: { axis: null, domain: [0, Math.max(1, most)] },
      y: { domain: shown.map(({ label }) => label), label: null, padding: 0.24 },
      marks: [
        Plot.axisY({ tickSize: 0, label: null, fill: 'var(--muted)' }),
        Plot.barX(shown, { x: 'askedCpuMs', y: 'label', fill: 'var(--other)', fillOpacity: 0.35 }),
        Plot.barX(shown, {
          x: 'agreedCpuMs',
          y: 'label',
          fill: 'var(--as-asked)',
          insetTop: 3,
          insetBottom: 3,
        }),
        Plot.text(shown, {
          x: (bin: AcceptanceBin) => Math.max(bin.agreedCpuMs, bin.askedCpuMs),
          y: 'label',
          text: (bin: AcceptanceBin) =>
            `${formatNumber(bin.askedCpuMs / MS_PER_HOUR)} (${formatPart(bin.agreedCpuMs, bin.askedCpuMs)})`,
          textAnchor: 'start',
          dx: 6,
          fill: 'var(--muted)',
        }),
      ],
    }),
  });
  return figure({
    name: `cpu-hours-by-${what.replaceAll(' ', '-')}`,
    title,
    drawing,
    table: acceptanceTableOf(bins, what),
  });
}

/** Requests by size and duration: how many, and how many of them were confirmed. */
export function sizeAndDurationFigure(rows: readonly (readonly AcceptanceBin[])[]): Markup | null {
  const cells = rows.flatMap((bins, i) => bins.map((bin) => ({ ...bin, size: SIZES[i]!.label })));
  const used = cells.filter(({ requests }) => requests > 0);
  if (used.length < 2) return null;
  const between = (classes: readonly Class[], key: 'label' | 'size') => {
    const labels = classes.map(({ label }) => label);
    const found = used.map((cell) => labels.indexOf(cell[key]));
    return labels.slice(Math.min(...found), Math.max(...found) + 1);
  };
  const columns = between(DURATIONS, 'label');
  const sizes = between(SIZES, 'size');
  return heatMap({
    name: 'size-and-duration',
    title: 'By size and duration',
    alt: `Share of requests confirmed by size and duration. ${used.map((cell) => `${cell.size} vCPU, ${cell.label}: ${formatPart(cell.asAsked + cell.onOtherTerms, cell.requests)} of ${cell.requests}`).join('; ')}.`,
    columns,
    rows: sizes.toReversed(),
    colour: '--as-asked',
    xLabel: 'asked duration',
    yLabel: 'vCPUs',
    cells: cells
      .filter(({ label, size }) => columns.includes(label) && sizes.includes(size))
      .map(({ asAsked, label, onOtherTerms, requests, size }) => ({
        column: label,
        row: size,
        share: requests === 0 ? null : (asAsked + onOtherTerms) / requests,
        ...(requests === 0 ? {} : { text: formatNumber(requests) }),
        title: `${size} vCPU for ${label}: ${formatNumber(asAsked + onOtherTerms)} of ${formatNumber(requests)} confirmed`,
      })),
    caption:
      'The stronger the colour, the more of them were confirmed; the number is how many requests there were.',
    table: {
      header: ['vcpus', 'duration', 'requests', 'confirmed', 'cpu_hours_asked', 'cpu_hours_agreed'],
      rows: used.map((cell) => [
        cell.size,
        cell.label,
        cell.requests,
        cell.asAsked + cell.onOtherTerms,
        cell.askedCpuMs / MS_PER_HOUR,
        cell.agreedCpuMs / MS_PER_HOUR,
      ]),
    },
  });
}
