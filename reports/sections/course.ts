// How the run went over time, beside utilisation: what was asked and when, what it was worth, what power it took, and the rhythm of the week.
import { formatAmount, formatNumber, formatPart } from '../format.ts';
import { heatMap } from '../html/heat-map.ts';
import { html, type Markup } from '../html/markup.ts';
import { type TimeBin, timeFigure } from '../html/time-chart.ts';
import { type DemandFigures, demand } from '../metrics/demand.ts';
import { energy } from '../metrics/energy.ts';
import { type KindsBucket, LEASE_CLASSES, leaseKinds } from '../metrics/lease-kinds.ts';
import { negotiation } from '../metrics/negotiation.ts';
import { type UtilisationFigures, utilisation } from '../metrics/utilisation.ts';
import type { ModelOf } from '../report-model.ts';
import { section } from './section.ts';

const READS = [demand, utilisation, energy, negotiation, leaseKinds] as const;
type Figures = ModelOf<typeof READS>['figures'];

const MS_PER_HOUR = 3_600_000;
const MICROS_PER_CREDIT = 1_000_000;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

export const courseSection = section({
  id: 'course',
  title: 'Over time',
  reads: READS,
  appears: ({ figures }) => figures.negotiation.requests + figures.negotiation.warmUpRequests > 0,
  html: ({
    figures,
  }) => html`<p>Requests and prices at the instant at which each request was made; the load at the time for which it was asked. Times are UTC. <span class="hint">Point at a curve for its values; drag across it to look closer, double-click to see all again.</span></p>
<div class="pair">
${arrivals(figures)}
${load(figures)}
${queueLength(figures)}
${kinds(figures)}
${revenue(figures)}
${power(figures)}
${nodesOn(figures)}
${week(figures)}
</div>`,
});

function arrivals(figures: Figures): Markup {
  const { series } = figures.demand;
  const perHour = (count: number, spanMs: number) => (count * MS_PER_HOUR) / spanMs;
  return timeFigure(figures, {
    name: 'arrivals',
    title: 'Requests per hour',
    alt: `Requests per hour over time: ${formatNumber(series.reduce((sum, { requests }) => sum + requests, 0))} in all.`,
    unit: 'amount',
    isWide: false,
    caption: 'Grey: all, blue: those that were confirmed.',
    lines: [
      { key: 'requests_per_hour', title: 'requests per hour', colour: '--other', width: 1.4, fill: 0.25 },
      { key: 'confirmed_per_hour', title: 'of these confirmed', colour: '--as-asked', width: 1.4 },
    ],
    bins: series.map(({ accepted, requests, spanMs, startMs }) => ({
      startMs,
      spanMs,
      values: { requests_per_hour: perHour(requests, spanMs), confirmed_per_hour: perHour(accepted, spanMs) },
    })),
  });
}

/** What was asked for each time against what was online then. */
function load(figures: Figures): Markup {
  const { offeredCpuMs } = figures.negotiation;
  const { onlineCpuMs } = figures.utilisation;
  return timeFigure(figures, {
    name: 'load',
    title: 'Offered load',
    alt: `CPUs first asked for each time, as a share of those online; ${formatPart(offeredCpuMs, onlineCpuMs)} over the measured time.`,
    unit: 'share',
    isWide: false,
    caption: 'CPUs that were first asked for, as a share of those online.',
    lines: [{ key: 'offered_share', title: 'offered', colour: '--on-other-terms', width: 1.4, fill: 0.16 }],
    bins: offeredShares(figures.demand, figures.utilisation),
  });
}

function offeredShares({ asked }: DemandFigures, { series }: UtilisationFigures): TimeBin[] {
  // Both series have bins of some width; where windows reach far ahead, those of what is asked are wider.
  let next = 0;
  return asked.map(({ cpus, spanMs, startMs }) => {
    let cpuMs = 0;
    let coveredMs = 0;
    for (; next < series.length && series[next]!.startMs < startMs + spanMs; next += 1) {
      const bucket = series[next]!;
      cpuMs += (bucket.resources.cpu.online / 1000) * bucket.spanMs;
      coveredMs += bucket.spanMs;
    }
    const online = coveredMs === 0 ? 0 : cpuMs / coveredMs;
    return {
      startMs,
      spanMs,
      weight: online,
      values: { offered_share: online === 0 ? null : cpus / online },
    };
  });
}

/** Who waits in the queue. */
function queueLength(figures: Figures): Markup | null {
  const { meanQueue, peakQueue, series } = figures.leaseKinds;
  if (series.every(({ suspended, waiting }) => suspended + waiting === 0)) return null;
  const isAnySuspended = series.some(({ suspended }) => suspended > 0);
  return timeFigure(figures, {
    name: 'queue',
    title: 'Leases in the queue',
    alt: `Leases in the queue over time: ${formatAmount(meanQueue ?? 0)} on average, at most ${formatNumber(peakQueue)}.`,
    unit: 'amount',
    isWide: false,
    caption: isAnySuspended
      ? 'Blue: that wait to begin, or to go on; violet: these alone, suspended.'
      : 'That wait to begin.',
    lines: [
      { key: 'in_queue', title: 'in the queue', colour: '--as-asked', width: 1.4, fill: 0.16 },
      ...(isAnySuspended
        ? [{ key: 'suspended', title: 'of these suspended', colour: '--suspending', width: 1.4, fill: 0.3 }]
        : []),
    ],
    bins: series.map(({ spanMs, startMs, suspended, waiting }) => ({
      startMs,
      spanMs,
      values: { in_queue: waiting + suspended, suspended },
    })),
  });
}

/** CPUs by kind of lease, one line above the other; where there is one kind only, utilisation says it. */
function kinds(figures: Figures): Markup | null {
  const { series } = figures.leaseKinds;
  const present = LEASE_CLASSES.filter((kind) => series.some(({ cpus }) => cpus[kind] > 0));
  if (present.length < 2) return null;
  const upTo = ({ cpus }: KindsBucket, last: number) =>
    present.slice(0, last + 1).reduce((sum, kind) => sum + cpus[kind], 0);
  const keyOf = (kind: string) => `${kind.replaceAll('-', '_')}_cpus`;
  return timeFigure(figures, {
    name: 'kinds',
    title: 'CPUs by kind of lease',
    alt: `CPUs in open windows over time, of leases of kinds ${present.join(', ')}.`,
    unit: 'amount',
    isWide: false,
    caption: `One above the other, from below: ${present.join(', ')}.`,
    // The highest first, so that those below are drawn over it.
    lines: present
      .map((kind, i) => ({
        key: keyOf(kind),
        title: i === 0 ? kind : `${kind} and those below`,
        colour: `--c${(i % 6) + 1}`,
        width: 1.2,
        fill: 0.55,
      }))
      .reverse(),
    bins: series.map((bucket) => ({
      startMs: bucket.startMs,
      spanMs: bucket.spanMs,
      values: Object.fromEntries(present.map((kind, i) => [keyOf(kind), upTo(bucket, i)])),
    })),
  });
}

function revenue(figures: Figures): Markup | null {
  const { series } = figures.demand;
  const total = series.reduce((sum, { agreedMicros }) => sum + agreedMicros, 0) / MICROS_PER_CREDIT;
  if (total === 0) return null;
  return timeFigure(figures, {
    name: 'revenue',
    title: 'Credits agreed per hour',
    alt: `Agreed prices over time: ${formatAmount(total)} credits in all.`,
    unit: 'amount',
    isWide: false,
    caption: 'Agreed prices of the requests made then.',
    lines: [{ key: 'credits_per_hour', title: 'credits per hour', colour: '--busy', width: 1.4, fill: 0.2 }],
    bins: series.map(({ agreedMicros, spanMs, startMs }) => ({
      startMs,
      spanMs,
      values: { credits_per_hour: (agreedMicros / MICROS_PER_CREDIT) * (MS_PER_HOUR / spanMs) },
    })),
  });
}

function power(figures: Figures): Markup | null {
  const { totalKwh } = figures.energy;
  if (totalKwh === null) return null;
  return timeFigure(figures, {
    name: 'power',
    title: 'Power, kW',
    alt: `Power of the nodes over time: ${formatAmount(totalKwh)} kWh over the measured time.`,
    unit: 'amount',
    isWide: false,
    caption: 'Of nodes with a power model.',
    lines: [{ key: 'kw', title: 'kW', colour: '--no-show', width: 1.4, fill: 0.2 }],
    bins: figures.utilisation.series.map(({ spanMs, startMs, watts }) => ({
      startMs,
      spanMs,
      values: { kw: watts / 1000 },
    })),
  });
}

/** Where nodes are switched off while nothing is on them. */
function nodesOn({ utilisation: { series }, ...figures }: Figures): Markup | null {
  if (series.every(({ nodesOff }) => nodesOff === 0)) return null;
  let onMs = 0;
  let spannedMs = 0;
  for (const { nodesOff, nodesOnline, spanMs } of series) {
    onMs += (nodesOnline - nodesOff) * spanMs;
    spannedMs += spanMs;
  }
  return timeFigure(figures, {
    name: 'nodes-on',
    title: 'Nodes that are on',
    alt: `Nodes that are switched on over time: ${formatAmount(onMs / spannedMs)} on average.`,
    unit: 'amount',
    isWide: false,
    caption: 'Grey: nodes that are there; blue: of these switched on, or booting.',
    lines: [
      { key: 'nodes_online', title: 'there', colour: '--other', width: 1.4 },
      { key: 'nodes_on', title: 'of these on', colour: '--as-asked', width: 1.4, fill: 0.16 },
    ],
    bins: series.map(({ nodesOff, nodesOnline, spanMs, startMs }) => ({
      startMs,
      spanMs,
      values: { nodes_online: nodesOnline, nodes_on: nodesOnline - nodesOff },
    })),
  });
}

function week({ demand: { week: counts } }: Figures): Markup | null {
  const most = Math.max(...counts.flat());
  const days = counts.filter((hours) => hours.some((count) => count > 0)).length;
  // Of a day there is no rhythm of the week to be seen.
  if (days < 2) return null;
  const hours = Array.from({ length: 24 }, (_, hour) => String(hour));
  const cells = counts.flatMap((byHour, day) =>
    byHour.map((count, hour) => ({ count, hour: hours[hour]!, day: WEEKDAYS[day]! })),
  );
  return heatMap({
    name: 'week',
    title: 'Requests by weekday and hour',
    alt: `Requests by weekday and hour of the day, UTC; at most ${formatNumber(most)} in one hour of the week.`,
    columns: hours,
    rows: WEEKDAYS,
    colour: '--as-asked',
    xLabel: 'hour of the day, UTC',
    yLabel: '',
    cells: cells.map(({ count, day, hour }) => ({
      column: hour,
      row: day,
      share: most === 0 ? 0 : count / most,
      title: `${day}, ${hour} to ${Number(hour) + 1} h: ${formatNumber(count)} requests`,
    })),
    caption: `When requests of the measured time were made; the fullest cell had ${formatNumber(most)}.`,
    table: {
      header: ['weekday', 'hour', 'requests'],
      rows: cells.map(({ count, day, hour }) => [day, Number(hour), count]),
    },
  });
}
