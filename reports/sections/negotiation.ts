// How requests fared: the negotiation, and the displacement that it cost.
import { REJECTION_REASONS } from '../facts/session-records.ts';
import {
  formatAmount,
  formatCount,
  formatHours,
  formatNumber,
  formatPart,
  formatShare,
  formatSpan,
} from '../format.ts';
import { type BarRow, barTable } from '../html/bar-table.ts';
import { displacementFigure } from '../html/charts.ts';
import { type FigureTable, figure } from '../html/figure.ts';
import { html, type Markup } from '../html/markup.ts';
import { negotiationFlow } from '../html/negotiation-flow.ts';
import { type DisplacementFigures, displacement } from '../metrics/displacement.ts';
import { load } from '../metrics/load.ts';
import type { SummaryOf } from '../metrics/metric.ts';
import { type NegotiationFigures, negotiation } from '../metrics/negotiation.ts';
import { type UtilisationFigures, utilisation } from '../metrics/utilisation.ts';
import { type WaitlistFigures, waitlist } from '../metrics/waitlist.ts';
import type { Distribution } from '../statistics/spread.ts';
import { type FigureLine, figureTable } from '../terminal/style.ts';
import { section } from './section.ts';

const READS = [negotiation, displacement, utilisation, load, waitlist] as const;

const MS_PER_HOUR = 3_600_000;

export const negotiationSection = section({
  id: 'negotiation',
  title: 'Negotiation',
  reads: READS,
  html: ({ figures }) => {
    const funnel = figures.negotiation;
    const flow = negotiationFlow(funnel);
    return html`<p>What the provider answered, and what became of it.${exchangeText(funnel)}</p>
${loadText(funnel, figures.utilisation)}
${flow === null ? null : figure({ name: 'negotiation', drawing: flow, table: flowTable(funnel) })}
<div class="pair spaced"><div>
${barTable('Outcomes', outcomeRows(funnel), funnel.requests)}
</div><div>
${rejections(funnel)}
<h3>Holds</h3>
<p>${holdText(funnel)}</p>
${waitlistPart(figures.waitlist)}
</div></div>
<h3>Start displacement</h3>
${displacementPart(figures.displacement)}
`;
  },
  tiles: ({ figures }) => {
    const funnel = figures.negotiation;
    const { onlineCpuMs } = figures.utilisation;
    const countered = figures.displacement.overCountered;
    return [
      { title: 'Requests', figure: formatNumber(funnel.requests), lines: aboutRequests(funnel) },
      {
        title: 'Confirmed',
        figure: formatPart(funnel.accepted, funnel.requests),
        lines: [
          `${formatCount(funnel.accepted, 'reservation')}, ${formatNumber(funnel.outcomes['accepted-first-offer'])} as first asked`,
          `${formatPart(funnel.agreedCpuMs, funnel.askedCpuMs)} of the CPU-hours asked`,
        ],
      },
      {
        title: 'Offered load',
        figure: formatPart(funnel.offeredCpuMs, onlineCpuMs),
        lines: [
          `${formatNumber(funnel.offeredCpuMs / MS_PER_HOUR)} CPU-hours asked for this time, ${formatNumber(onlineCpuMs / MS_PER_HOUR)} online`,
          ...(funnel.offeredByRunTimeCpuMs === funnel.offeredCpuMs
            ? []
            : [`${formatPart(funnel.offeredByRunTimeCpuMs, onlineCpuMs)} by how long guests were to run`]),
        ],
      },
      {
        title: 'Countered',
        figure: formatPart(funnel.countered, funnel.requests),
        lines: [
          `${formatPart(funnel.outcomes['accepted-after-counter'], funnel.countered)} of these were confirmed`,
        ],
      },
      {
        title: 'Start displacement',
        figure: formatSpan(countered.p50),
        lines: [
          countered.count === 0
            ? 'no reservation was agreed after a counter-offer'
            : `median after a counter-offer; 95 % within ${formatSpan(countered.p95)}`,
        ],
      },
    ];
  },
  terms: [
    [
      'Measured time',
      'from the end of the warm-up to the end of the run. Requests count when their first proposal came in it.',
    ],
    [
      'Request',
      'a session with at least one proposal. Every request has exactly one outcome, so that the outcomes add up.',
    ],
    [
      'Confirmed as asked',
      'confirmed on the terms of the first proposal, without a counter-offer from either side.',
    ],
    [
      'CPU-hours asked',
      'vCPUs × guaranteed instances × duration of the first proposals of the requests of the measured time. Agreed: the same of those of them that were confirmed, as agreed.',
    ],
    [
      'Offered load',
      'CPU-hours that were first asked to run within the measured time, whenever they were asked for, divided by the CPU-hours online in it. By run time: of each request only as long as its guests were to run, where that is known; jobs of real logs run for less than they book.',
    ],
    ['Countered', 'the provider made at least one counter-offer, whatever became of it.'],
    [
      'Start displacement',
      'agreed minus asked start, over the requests of the measured time that were confirmed; positive is later. Quantiles are nearest-rank (the median of an even number is the lower of the middle two), within 0.2 %.',
    ],
    [
      'Held in vain',
      'vCPUs locked by offers that were not taken, times how long they were locked, over the requests of the measured time.',
    ],
  ],
  terminal: (summary, style) => figureTable('Negotiation', terminalLines(summary), style),
  compared: (s) => [
    ['Requests', formatNumber(s.requests)],
    ['Confirmed', formatNumber(s.accepted)],
    ['  share of the requests', formatShare(s.acceptanceRatio)],
    ['  of the CPU-hours asked', formatShare(s.agreedRatioByCpuHours)],
    ['  as first asked', formatNumber(s.acceptedFirstOffer)],
    ['Countered', formatNumber(s.countered)],
    ['Rejected', formatNumber(s.rejected)],
    ['Start displacement, mean', formatSpan(s.startDisplacementMs.mean)],
    ['  when countered', formatSpan(s.counteredDisplacementMs.mean)],
  ],
});

const REASONS = {
  'no-capacity': 'no room and no alternative',
  'never-fits': 'never fits the nodes',
  'node-outage': 'no room while nodes are out',
  'no-node': 'no node in service',
  'start-in-past': 'starts in the past',
  'too-short': 'shorter than the provider takes',
  'too-long': 'longer than the provider takes',
  'too-soon': 'asked for too late',
  'too-far-ahead': 'asked for too early',
  'beyond-booking-horizon': 'beyond the booking horizon',
  'claim-risk': 'claim risk of options',
  'too-many-rounds': 'too many rounds',
  'price-too-high': 'above the price limit',
  'sold-at-auction': 'sold at auctions, and too many bid',
  'unknown-kind': 'a kind of lease that is not offered',
  'not-immediate': 'immediate, but not for now',
  'misses-deadline': 'ends after its deadline at any start',
  'waited-in-vain': 'no room came free while it waited',
} as const satisfies Record<(typeof REJECTION_REASONS)[number], string>;

/** Rounds only when there was a request with more than one; the warm-up only when there was one. */
function aboutRequests({ meanRounds, warmUpRequests }: NegotiationFigures): string[] {
  const lines: string[] = [];
  if (meanRounds !== null && meanRounds > 1) {
    lines.push(`${formatNumber(meanRounds, 2)} rounds each on average`);
  }
  if (warmUpRequests > 0) lines.push(`${formatNumber(warmUpRequests)} more in the warm-up, not counted`);
  return lines;
}

function exchangeText({ meanMessages, negotiationMs }: NegotiationFigures): string {
  const messages =
    meanMessages === null
      ? ''
      : ` A request took ${formatNumber(meanMessages, 1)} messages of both sides on average.`;
  if (negotiationMs.p50 === null) return messages;
  return negotiationMs.p50 === 0
    ? `${messages} In the median a confirmation came at the instant of the first proposal.`
    : `${messages} From the first proposal to the confirmation it took ${formatSpan(negotiationMs.p50)} in the median.`;
}

function loadText(
  { agreedCpuMs, askedCpuMs, offeredByRunTimeCpuMs, offeredCpuMs }: NegotiationFigures,
  { onlineCpuMs }: UtilisationFigures,
): Markup | null {
  if (askedCpuMs === 0 || onlineCpuMs === 0) return null;
  const hours = (cpuMs: number) => formatNumber(cpuMs / MS_PER_HOUR);
  const byRunTime =
    offeredByRunTimeCpuMs === offeredCpuMs
      ? ''
      : ` Their guests were to run for less: ${hours(offeredByRunTimeCpuMs)}, or ${formatPart(offeredByRunTimeCpuMs, onlineCpuMs)}.`;
  return html`<p>The requests asked for ${hours(askedCpuMs)} CPU-hours; ${hours(agreedCpuMs)} (${formatPart(agreedCpuMs, askedCpuMs)}) were agreed. For the measured time itself ${hours(offeredCpuMs)} were asked, ${formatPart(offeredCpuMs, onlineCpuMs)} of the ${hours(onlineCpuMs)} that were online.${byRunTime} What is agreed may add up to more than was online, because guests that finish early give back the rest of their time.</p>`;
}

function outcomeRows({ accepted, outcomes }: NegotiationFigures): BarRow[] {
  const rows: BarRow[] = [
    { title: 'Confirmed', count: accepted, colour: '--as-asked' },
    { title: 'as first asked', count: outcomes['accepted-first-offer'], colour: '--as-asked', isSub: true },
    {
      title: 'after a counter-offer',
      count: outcomes['accepted-after-counter'],
      colour: '--on-other-terms',
      isSub: true,
    },
    { title: 'Rejected by the provider', count: outcomes.rejected, colour: '--rejected' },
    { title: 'Declined by the user', count: outcomes.declined, colour: '--other' },
    { title: 'Offer expired', count: outcomes.expired, colour: '--other' },
    { title: 'Withdrawn by the user', count: outcomes.withdrawn, colour: '--other' },
    { title: 'Offer lost with a node', count: outcomes['capacity-lost'], colour: '--other' },
    { title: 'Still open at the end of the run', count: outcomes.open, colour: '--other' },
  ];
  // What every run has stays; the rest only when it occurred.
  return rows.filter(
    ({ count, title }) => count > 0 || /^(Confirmed|as first|after a c|Rejected|Declined)/.test(title),
  );
}

function flowTable({ outcomes }: NegotiationFigures): FigureTable {
  return {
    header: ['outcome', 'requests'],
    rows: Object.entries(outcomes).map(([outcome, count]) => [outcome, count]),
  };
}

function rejections(funnel: NegotiationFigures): Markup {
  const { rejected } = funnel.outcomes;
  if (rejected === 0) return html`<h3>Rejections</h3><p>No request was rejected by the provider.</p>`;
  const rows = REJECTION_REASONS.map((reason) => ({
    title: REASONS[reason],
    count: funnel.rejections[reason],
    colour: '--rejected',
  })).filter(({ count }) => count > 0);
  return barTable('Rejections by reason', rows, rejected);
}

function holdText({ holdMs, vainHoldCpuMs }: NegotiationFigures): string {
  if (holdMs === 0) return 'No offer held capacity for longer than an instant.';
  const inVain =
    vainHoldCpuMs === 0
      ? ''
      : ` Those that were not taken locked ${formatAmount(vainHoldCpuMs / MS_PER_HOUR)} CPU-hours meanwhile.`;
  return `Offers held capacity for ${formatHours(holdMs)} in all.${inVain}`;
}

function waitlistPart({ accepted, agreedCpuMs, turns, waitMs, waited }: WaitlistFigures): Markup | null {
  if (waited === 0) return null;
  const came =
    waitMs.p50 === null
      ? ''
      : ` A turn came ${formatSpan(waitMs.p50)} after the request in the median. ${formatNumber(accepted)} of these were confirmed, ${formatNumber(agreedCpuMs / MS_PER_HOUR)} CPU-hours.`;
  return html`<h3>Waitlist</h3>
<p>${formatCount(waited, 'request')} waited for room, and ${formatNumber(turns)} of them had their turn.${came}</p>`;
}

function displacementPart(figures: DisplacementFigures): Markup {
  const { byKind, overAll, overCountered } = figures;
  return html`${displacementText(figures)}
<div class="pair table-wider"><div>${overCountered.count + moved(figures) === 0 ? null : displacementFigure(figures)}</div>
<div class="scroll"><table><caption>Agreed minus asked start</caption><thead><tr><th scope="col">Over</th><th scope="col" class="n">Count</th><th scope="col" class="n">Mean</th><th scope="col" class="n">Median</th><th scope="col" class="n">95 %</th><th scope="col" class="n">Most</th></tr></thead><tbody>
${distributionRow('all', overAll)}
${distributionRow('countered', overCountered)}
${byKind.length < 2 ? null : byKind.map(({ kind, distribution }) => distributionRow(kind, distribution))}
</tbody></table></div></div>`;
}

function displacementText({ overAll, bins, meanRelative }: DisplacementFigures): Markup {
  const asAsked = bins.find(({ label }) => label === 'as asked')?.count ?? 0;
  if (overAll.count === 0) return html`<p>No reservation was confirmed.</p>`;
  return html`<p>${formatNumber(asAsked)} of ${formatNumber(overAll.count)} confirmed reservations (${formatPart(asAsked, overAll.count)}) start when they were first asked to. On average over all of them, the displacement is ${formatNumber(meanRelative, 2)} times the duration.</p>`;
}

function moved({ bins }: DisplacementFigures): number {
  return bins.reduce((sum, { label, count }) => sum + (label === 'as asked' ? 0 : count), 0);
}

function distributionRow(title: string, { count, mean, p50, p95, max }: Distribution): Markup {
  const cell = (ms: number | null) => html`<td class="n">${formatSpan(ms)}</td>`;
  return html`<tr><th scope="row">${title}</th><td class="n">${formatNumber(count)}</td>${[mean, p50, p95, max].map(cell)}</tr>`;
}

function terminalLines(s: SummaryOf<typeof READS>): FigureLine[] {
  const part = (count: number) => formatPart(count, s.requests);
  const { mean, p50, p95 } = s.startDisplacementMs;
  const countered = s.counteredDisplacementMs;
  const rare: FigureLine[] = [
    ['Withdrawn', formatNumber(s.withdrawn), part(s.withdrawn)],
    ['Lost with a node', formatNumber(s.capacityLost), part(s.capacityLost)],
    ['Still open', formatNumber(s.open), part(s.open)],
  ];
  return [
    ['Requests', formatNumber(s.requests), terminalRemark(s)],
    ...offeredLine(s),
    ['Confirmed', formatNumber(s.accepted), part(s.accepted)],
    ['  of the CPU-hours asked', formatShare(s.agreedRatioByCpuHours)],
    ['  as first asked', formatNumber(s.acceptedFirstOffer), part(s.acceptedFirstOffer)],
    [
      '  on other terms',
      formatNumber(s.accepted - s.acceptedFirstOffer),
      `${part(s.accepted - s.acceptedFirstOffer)}; ${formatNumber(s.countered)} ${s.countered === 1 ? 'was' : 'were'} countered`,
    ],
    ['Rejected', formatNumber(s.rejected), part(s.rejected)],
    ['Declined by the user', formatNumber(s.declined), part(s.declined)],
    ['Offer expired', formatNumber(s.expired), part(s.expired)],
    ...rare.filter(([, count]) => count !== '0'),
    [
      'Start displacement',
      formatSpan(mean),
      `on average; median ${formatSpan(p50)}, 95 % ${formatSpan(p95)}`,
    ],
    [
      '  when countered',
      formatSpan(countered.mean),
      countered.mean === null
        ? ''
        : `on average; median ${formatSpan(countered.p50)}, 95 % ${formatSpan(countered.p95)}`,
    ],
  ];
}

/** Nothing for summaries of version 0.1.0, which do not have the keys. */
function offeredLine(s: Partial<SummaryOf<typeof READS>>): FigureLine[] {
  const { offeredLoad, offeredLoadByRunTime = offeredLoad } = s;
  if (offeredLoad === undefined || offeredLoadByRunTime === undefined) return [];
  const byRunTime =
    offeredLoadByRunTime === offeredLoad ? '' : `; ${formatShare(offeredLoadByRunTime)} by run time`;
  return [['Offered load', formatShare(offeredLoad), `of what was online${byRunTime}`]];
}

function terminalRemark({ meanRounds, warmUpRequests }: SummaryOf<typeof READS>): string {
  const rounds = meanRounds !== null && meanRounds > 1 ? [`${formatNumber(meanRounds, 2)} rounds each`] : [];
  const verb = warmUpRequests === 1 ? 'is' : 'are';
  const warmUp =
    warmUpRequests > 0 ? [`${formatNumber(warmUpRequests)} more in the warm-up ${verb} not counted`] : [];
  return [...rounds, ...warmUp].join('; ');
}
