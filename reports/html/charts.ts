// The charts of a report: what each shows and how it is drawn.
import * as Plot from '@observablehq/plot';
import { formatNumber, formatPart, formatShare, formatSpan } from '../format.ts';
import type { AcceptanceBin } from '../metrics/acceptance.ts';
import type { DisplacementFigures } from '../metrics/displacement.ts';
import type { StreamSpan } from '../metrics/metric.ts';
import type { NamedResourceFigures } from '../metrics/named-resources.ts';
import type { ReportResource, Use, UtilisationFigures } from '../metrics/utilisation.ts';
import { chart, NARROW_WIDTH } from './chart.ts';
import { html, type Markup } from './markup.ts';
import { timeTicks } from './time-axis.ts';

const FULL_WIDTH = 1072;
const HALF_WIDTH = 514;
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

interface SharePoint {
  readonly atMs: number;
  readonly reserved: number;
  readonly allocated: number;
  readonly busy: number | null;
}

/** Shares of one resource over the whole run. */
export function utilisationChart(
  { startMs, endMs, measuredFromMs }: StreamSpan,
  { isWide, mean, series, title }: ResourceUsage,
): Markup {
  const isBusyKnown = mean.busy !== null;
  const busyText = isBusyKnown ? ` and ${formatShare(mean.busy)} busy` : '';
  return chart({
    alt:
      `${title} over time, as a share of what was online. On average ` +
      `${formatShare(mean.reserved)} reserved, ${formatShare(mean.allocated)} allocated${busyText}.`,
    wideWidth: wideWidthOf(isWide),
    draw: ({ width, isNarrow }) => {
      const ticks = timeTicks(startMs, endMs, Math.floor(width / 76));
      const points = sharePoints(merged(series, width), endMs);
      const labels = new Map(ticks.map(({ atMs, label }) => [atMs, label]));
      const curve = 'step-after';
      const line = (use: 'reserved' | 'allocated' | 'busy', strokeWidth: number) =>
        Plot.lineY(points, { x: 'atMs', y: use, stroke: `var(--${use})`, strokeWidth, curve });
      return {
        height: isWide && !isNarrow ? 270 : 170,
        marginLeft: 46,
        marginRight: 18,
        marginTop: 10,
        marginBottom: 26,
        x: { type: 'linear', domain: [startMs, Math.max(endMs, startMs + 1)] },
        y: { domain: [0, Math.max(1, ...points.map(({ reserved }) => reserved))] },
        marks: [
          ...(measuredFromMs > startMs
            ? [
                Plot.rect([{ from: startMs, to: Math.min(measuredFromMs, endMs) }], {
                  x1: 'from',
                  x2: 'to',
                  y1: 0,
                  y2: 1,
                  fill: 'var(--shade)',
                }),
              ]
            : []),
          Plot.gridY([0, 0.25, 0.5, 0.75, 1], { stroke: 'var(--line)', strokeOpacity: 1 }),
          Plot.axisY([0, 0.25, 0.5, 0.75, 1], {
            tickSize: 0,
            label: null,
            fill: 'var(--muted)',
            tickFormat: (share: number) => `${Math.round(share * 100)} %`,
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
          Plot.areaY(points, {
            x: 'atMs',
            y: 'reserved',
            fill: 'var(--reserved)',
            fillOpacity: 0.18,
            curve,
          }),
          ...(isBusyKnown
            ? [Plot.areaY(points, { x: 'atMs', y: 'busy', fill: 'var(--busy)', fillOpacity: 0.16, curve })]
            : []),
          line('reserved', 1.1),
          line('allocated', 1.3),
          ...(isBusyKnown ? [line('busy', 1.3)] : []),
        ],
      };
    },
  });
}

/** Over how long a point of {@link utilisationChart} averages: longer where the page is narrow, so it is said once for each width. */
export function averagingText({ isWide, series }: ResourceUsage): Markup | null {
  const [first] = series;
  if (first === undefined) return null;
  const text = (width: number) =>
    `Averages over ${formatSpan(bucketsPerPoint(series, width) * first.spanMs)}.`;
  return html`<span class="wide">${text(wideWidthOf(isWide))}</span><span class="narrow">${text(NARROW_WIDTH)}</span>`;
}

function wideWidthOf(isWide: boolean): number {
  return isWide ? FULL_WIDTH : HALF_WIDTH;
}

/** How far displaced starts were displaced; those as asked would dwarf the rest and are told in the text. */
export function displacementChart({ bins }: DisplacementFigures): Markup {
  const displaced = bins
    .slice(0, bins.findLastIndex(({ count }) => count > 0) + 1)
    .filter(({ label }) => label !== 'as asked');
  const [earlier, ...later] = displaced;
  const shown = earlier !== undefined && earlier.count > 0 ? displaced : later;
  const total = shown.reduce((sum, { count }) => sum + count, 0);
  return chart({
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
}

/** Outcomes in order of stacking. */
export const ACCEPTANCE_CLASSES = [
  { field: 'asAsked', title: 'confirmed as asked', colour: '--as-asked' },
  { field: 'onOtherTerms', title: 'confirmed on other terms', colour: '--on-other-terms' },
  { field: 'other', title: 'declined, expired or withdrawn', colour: '--other' },
  { field: 'rejected', title: 'rejected', colour: '--rejected' },
] as const;

/** What became of the requests in each bin, as shares of the bin. */
export function acceptanceChart(bins: readonly AcceptanceBin[], what: string): Markup {
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
  return chart({
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
}

/** Puts neighbouring buckets together until each has room in a chart of this width. */
function merged(series: readonly UsageBucket[], width: number): UsageBucket[][] {
  const size = bucketsPerPoint(series, width);
  const groups: UsageBucket[][] = [];
  for (let i = 0; i < series.length; i += size) groups.push(series.slice(i, i + size));
  return groups;
}

function bucketsPerPoint(series: readonly UsageBucket[], width: number): number {
  const mostPoints = Math.floor(width / 2.6);
  return Math.max(1, Math.ceil(series.length / mostPoints));
}

function sharePoints(groups: readonly UsageBucket[][], endMs: number): SharePoint[] {
  const points = groups.map((group) => {
    const sum = (use: 'online' | 'reserved' | 'allocated' | 'busy') =>
      group.reduce((total, bucket) => total + (bucket[use] ?? 0) * bucket.spanMs, 0);
    const online = sum('online');
    const share = (use: 'reserved' | 'allocated' | 'busy') => (online === 0 ? 0 : sum(use) / online);
    return {
      atMs: group[0]!.startMs,
      reserved: share('reserved'),
      allocated: share('allocated'),
      busy: group[0]!.busy === null ? null : share('busy'),
    };
  });
  const last = points.at(-1);
  return last === undefined ? [] : [...points, { ...last, atMs: endMs }];
}
