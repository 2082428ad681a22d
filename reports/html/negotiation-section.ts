// How requests fared: the negotiation, the displacement it cost, and who got accepted.
import { formatAmount, formatHours, formatNumber, formatPart, formatSpan } from '../format.ts';
import type { AcceptanceBin } from '../metrics/acceptance-by.ts';
import type { FunnelFigures } from '../metrics/negotiation-funnel.ts';
import { REJECTION_REASONS } from '../metrics/session-records.ts';
import type { Distribution } from '../metrics/spread.ts';
import type { RunFigures } from '../run-metrics.ts';
import { type BarRow, barTable } from './bar-table.ts';
import { ACCEPTANCE_CLASSES, acceptanceChart, displacementChart } from './charts.ts';
import { html, type Markup } from './markup.ts';
import { negotiationFlow } from './negotiation-flow.ts';

const REASONS = {
  'no-capacity': 'no room and no alternative',
  'never-fits': 'never fits the nodes',
  'no-node': 'no node in service',
  'start-in-past': 'starts in the past',
  'beyond-booking-horizon': 'beyond the booking horizon',
  'claim-risk': 'claim risk of options',
  'price-too-high': 'above the price limit',
  'too-many-rounds': 'too many rounds',
} as const satisfies Record<(typeof REJECTION_REASONS)[number], string>;

const MS_PER_HOUR = 3_600_000;

export function negotiationSection(figures: RunFigures): Markup {
  const { funnel, displacement } = figures;
  const flow = negotiationFlow(funnel);
  return html`<section id="negotiation"><h2>Negotiation</h2>
<p>What the provider answered, and what became of it.${exchangeText(funnel)}</p>
${loadText(figures)}
${flow === null ? null : html`<figure>${flow}</figure>`}
<div class="pair spaced"><div>
${barTable('Outcomes', outcomeRows(figures), funnel.requests)}
</div><div>
${rejections(figures)}
<h3>Holds</h3>
<p>${holdText(funnel)}</p>
</div></div>
<h3>Start displacement</h3>
${displacementText(figures)}
<div class="pair table-wider"><figure>${displacement.overCountered.count + moved(figures) === 0 ? null : displacementChart(displacement)}<figcaption>Confirmed reservations whose start was moved, by how far.</figcaption></figure>
<div class="scroll"><table><caption>Agreed minus asked start</caption><thead><tr><th scope="col">Over</th><th scope="col" class="n">Count</th><th scope="col" class="n">Mean</th><th scope="col" class="n">Median</th><th scope="col" class="n">95 %</th><th scope="col" class="n">Most</th></tr></thead><tbody>
${distributionRow('all', displacement.overAll)}
${distributionRow('countered', displacement.overCountered)}
${displacement.byKind.length < 2 ? null : displacement.byKind.map(({ kind, distribution }) => distributionRow(kind, distribution))}
</tbody></table></div></div>
</section>`;
}

export function acceptanceSection({ acceptance }: RunFigures): Markup {
  const { byLeadTime, bySize, byKind } = acceptance;
  const figure = (bins: readonly AcceptanceBin[], title: string, what: string) =>
    bins.some(({ requests }) => requests > 0)
      ? html`<figure><h3>${title}</h3>${acceptanceChart(bins, what)}</figure>`
      : null;
  return html`<section id="acceptance"><h2>Who gets accepted</h2>
<p>Shares of the requests in each bin; the number at the right is how many there were. Lead time is the asked start minus the submission; the size is that of all guaranteed instances together.</p>
<ul class="legend">${ACCEPTANCE_CLASSES.map(
    ({ title, colour }) =>
      html`<li><span class="swatch" style="--swatch:var(${colour})"></span>${title}</li>`,
  )}</ul>
<div class="thirds">
${figure(byLeadTime, 'By lead time', 'lead time')}
${figure(bySize, 'By size in vCPUs', 'size in vCPUs')}
${byKind.length < 2 ? null : figure(byKind, 'By kind of request', 'kind of request')}
</div>
<details><summary>The same as a table</summary>
${[
  ['Lead time', byLeadTime],
  ['vCPUs', bySize],
  ['Kind', byKind],
].map(([title, bins]) => acceptanceTable(title as string, bins as readonly AcceptanceBin[]))}
</details></section>`;
}

function exchangeText({ meanMessages, negotiationMs }: FunnelFigures): string {
  const messages =
    meanMessages === null
      ? ''
      : ` A request took ${formatNumber(meanMessages, 1)} messages of both sides on average.`;
  if (negotiationMs.p50 === null) return messages;
  return negotiationMs.p50 === 0
    ? `${messages} In the median a confirmation came at the instant of the first proposal.`
    : `${messages} From the first proposal to the confirmation it took ${formatSpan(negotiationMs.p50)} in the median.`;
}

function loadText({ funnel, onlineCpuMs }: RunFigures): Markup | null {
  const { askedCpuMs, acceptedCpuMs } = funnel;
  if (askedCpuMs === 0 || onlineCpuMs === 0) return null;
  const hours = (cpuMs: number) => formatNumber(cpuMs / MS_PER_HOUR);
  return html`<p>The requests asked for ${hours(askedCpuMs)} CPU-hours, ${formatPart(askedCpuMs, onlineCpuMs)} of the ${hours(onlineCpuMs)} that were online; ${hours(acceptedCpuMs)} of them (${formatPart(acceptedCpuMs, askedCpuMs)}) were confirmed. What is confirmed may add up to more than was online, because guests that finish early give back the rest of their time.</p>`;
}

function holdText({ holdMs, vainHoldCpuMs }: FunnelFigures): string {
  if (holdMs === 0) return 'No offer held capacity for longer than an instant.';
  const inVain =
    vainHoldCpuMs === 0
      ? ''
      : ` Those that were not taken locked ${formatAmount(vainHoldCpuMs / MS_PER_HOUR)} CPU-hours meanwhile.`;
  return `Offers held capacity for ${formatHours(holdMs)} in all.${inVain}`;
}

function outcomeRows({ funnel }: RunFigures): BarRow[] {
  const { outcomes } = funnel;
  const rows: BarRow[] = [
    { title: 'Confirmed', count: funnel.accepted, colour: '--as-asked' },
    { title: 'as first asked', count: outcomes['accepted-first-offer'], colour: '--as-asked', isSub: true },
    {
      title: 'after a counter-offer',
      count: outcomes['accepted-after-counter'],
      colour: '--on-other-terms',
      isSub: true,
    },
    {
      title: 'after the user asked for other terms',
      count: outcomes['accepted-after-own-change'],
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

function rejections({ funnel }: RunFigures): Markup {
  const { rejected } = funnel.outcomes;
  if (rejected === 0) return html`<h3>Rejections</h3><p>No request was rejected by the provider.</p>`;
  const rows = REJECTION_REASONS.map((reason) => ({
    title: REASONS[reason],
    count: funnel.rejections[reason],
    colour: '--rejected',
  })).filter(({ count }) => count > 0);
  return barTable('Rejections by reason', rows, rejected);
}

function displacementText({ displacement }: RunFigures): Markup {
  const { overAll, bins, meanRelative } = displacement;
  const asAsked = bins.find(({ label }) => label === 'as asked')?.count ?? 0;
  if (overAll.count === 0) return html`<p>No reservation was confirmed.</p>`;
  return html`<p>${formatNumber(asAsked)} of ${formatNumber(overAll.count)} confirmed reservations (${formatPart(asAsked, overAll.count)}) start when they were first asked to. On average over all of them, the displacement is ${formatNumber(meanRelative, 2)} times the duration.</p>`;
}

function moved({ displacement }: RunFigures): number {
  return displacement.bins.reduce((sum, { label, count }) => sum + (label === 'as asked' ? 0 : count), 0);
}

function distributionRow(title: string, { count, mean, p50, p95, max }: Distribution): Markup {
  const cell = (ms: number | null) => html`<td class="n">${formatSpan(ms)}</td>`;
  return html`<tr><th scope="row">${title}</th><td class="n">${formatNumber(count)}</td>${[mean, p50, p95, max].map(cell)}</tr>`;
}

function acceptanceTable(title: string, bins: readonly AcceptanceBin[]): Markup | null {
  if (bins.every(({ requests }) => requests === 0)) return null;
  return html`<div class="scroll"><table><thead><tr><th scope="col">${title}</th><th scope="col" class="n">Requests</th>${ACCEPTANCE_CLASSES.map(
    ({ title: name }) => html`<th scope="col" class="n">${name}</th>`,
  )}<th scope="col" class="n">confirmed</th></tr></thead><tbody>
${bins
  .filter(({ requests }) => requests > 0)
  .map(
    (bin) =>
      html`<tr><th scope="row">${bin.label}</th><td class="n">${formatNumber(bin.requests)}</td>${ACCEPTANCE_CLASSES.map(
        ({ field }) => html`<td class="n">${formatNumber(bin[field])}</td>`,
      )}<td class="n">${formatPart(bin.asAsked + bin.onOtherTerms, bin.requests)}</td></tr>
`,
  )}</tbody></table></div>`;
}
