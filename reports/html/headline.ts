// The top of a report: what ran, how it ended, and the figures that matter most.
import {
  formatAmount,
  formatCount,
  formatDateTime,
  formatHours,
  formatNumber,
  formatPart,
  formatShare,
  formatSpan,
} from '../format.ts';
import type { ReportModel } from '../report-model.ts';
import { html, type Markup } from './markup.ts';

const MICROS_PER_CREDIT = 1_000_000;
const MS_PER_HOUR = 3_600_000;

/** The parts of the page that one can jump to, in their order. */
const SECTIONS = [
  ['negotiation', 'Negotiation'],
  ['acceptance', 'Acceptance'],
  ['utilisation', 'Utilisation'],
  ['nodes', 'Nodes and reservations'],
  ['delivery', 'Delivery'],
  ['definitions', 'Definitions'],
  ['repeat', 'Repeat this run'],
] as const;

export function pageHead({ run, outcome, figures }: ReportModel): Markup {
  const { startMs, endMs, measuredFromMs } = figures;
  const warmUp =
    measuredFromMs > startMs
      ? html`<div><dt>Warm-up</dt><dd>${formatSpan(Math.min(measuredFromMs, endMs) - startMs)}, not measured</dd></div>`
      : null;
  const isService = outcome.end === 'ongoing';
  return html`<header>
<p class="kicker">OpenPEX ${isService ? 'service' : 'run'} report</p>
<h1>${run.scenario}</h1>
${run.description === '' ? null : html`<p class="muted">${run.description}</p>`}
<dl class="facts">
<div><dt>Window</dt><dd>${formatDateTime(startMs)} – ${formatDateTime(endMs)} (${formatSpan(endMs - startMs)})</dd></div>
${warmUp}
<div><dt>Cluster</dt><dd>${clusterText(figures)}</dd></div>
${isService ? null : html`<div><dt>Seed</dt><dd>${run.seed}</dd></div>`}
<div><dt>Version</dt><dd>${run.version}</dd></div>
<div><dt>Events</dt><dd>${formatNumber(outcome.events)}</dd></div>
<div><dt>Digest</dt><dd><code>${outcome.digest}</code></dd></div>
</dl>
${banner({ run, outcome, figures })}
${lede(figures)}
<nav aria-label="Sections">${SECTIONS.map(([id, title]) => html`<a href="#${id}">${isService && id === 'repeat' ? 'Repeat' : title}</a>`)}</nav>
</header>`;
}

export function tiles({ figures }: ReportModel): Markup {
  const { funnel, fulfilment, displacement, utilisation, interruptions, availability, energyKwh } = figures;
  const { fates } = fulfilment;
  const measuredMs = Math.max(1, figures.endMs - figures.measuredFromMs);
  const cpu = utilisation.mean.cpu;
  const tile = (title: string, big: string, ...lines: readonly string[]) =>
    html`<div><dt>${title}</dt><dd><span class="big">${big}</span>${lines.map((line) => html`<span>${unbroken(line)}</span>`)}</dd></div>
`;
  const countered = displacement.overCountered;
  return html`<dl class="tiles">
${tile('Requests', formatNumber(funnel.requests), ...aboutRequests(figures))}
${tile(
  'Confirmed',
  formatPart(funnel.accepted, funnel.requests),
  `${formatCount(funnel.accepted, 'reservation')}, ${formatNumber(funnel.outcomes['accepted-first-offer'])} as first asked`,
  `${formatPart(funnel.acceptedCpuMs, funnel.askedCpuMs)} of the CPU-hours asked`,
)}
${tile(
  'Offered load',
  formatPart(funnel.askedCpuMs, figures.onlineCpuMs),
  `${formatNumber(funnel.askedCpuMs / MS_PER_HOUR)} CPU-hours asked, ${formatNumber(figures.onlineCpuMs / MS_PER_HOUR)} online`,
)}
${tile(
  'Countered',
  formatPart(funnel.countered, funnel.requests),
  `${formatPart(funnel.outcomes['accepted-after-counter'], funnel.countered)} of these were confirmed`,
)}
${tile(
  'Start displacement',
  formatSpan(countered.p50),
  countered.count === 0
    ? 'no reservation was agreed after a counter-offer'
    : `median after a counter-offer; 95 % within ${formatSpan(countered.p95)}`,
)}
${tile(
  'CPU reserved',
  formatShare(cpu.reserved),
  `${formatShare(cpu.allocated)} allocated, ${formatShare(cpu.busy)} busy`,
)}
${tile(
  'Availability',
  formatShare(availability, 2),
  `${formatCount(fates.failed, 'reservation')} failed: ${formatHours(fulfilment.undeliveredMs)} of instance-time never delivered`,
  `${formatHours(interruptions.downtimeMs)} down`,
)}
${tile(
  'No-shows',
  formatNumber(fates['no-show']),
  `${formatPart(fates['no-show'], funnel.accepted)} of the reservations`,
)}
${tile(
  'Revenue, credits',
  formatAmount((fulfilment.agreedMicros - fulfilment.refundMicros) / MICROS_PER_CREDIT),
  `${formatAmount(fulfilment.penaltyMicros / MICROS_PER_CREDIT)} credits of penalties`,
)}
${
  energyKwh === null
    ? null
    : tile(
        'Energy, kWh',
        formatAmount(energyKwh),
        `${formatAmount(energyKwh / (measuredMs / MS_PER_HOUR))} kW on average, of nodes with a power model`,
      )
}
</dl>`;
}

/** Rounds only when there was a request with more than one; the warm-up only when there was one. */
function aboutRequests({ funnel, warmUpRequests }: ReportModel['figures']): string[] {
  const lines: string[] = [];
  if (funnel.meanRounds !== null && funnel.meanRounds > 1) {
    lines.push(`${formatNumber(funnel.meanRounds, 2)} rounds each on average`);
  }
  if (warmUpRequests > 0) lines.push(`${formatNumber(warmUpRequests)} more in the warm-up, not counted`);
  return lines;
}

function banner({ run, outcome, figures }: ReportModel): Markup | null {
  const { funnel, fulfilment, endMs } = figures;
  const left = notOver(funnel.outcomes.open, fulfilment.fates.unfinished);
  if (outcome.end === 'interrupted') {
    const planned = Number.isFinite(run.endMs) ? ` It was to go on until ${formatDateTime(run.endMs)}.` : '';
    return html`<p class="banner" role="status"><strong>This run was interrupted</strong> at ${formatDateTime(endMs)}; the figures cover what happened until then, and ${left}.${planned}</p>`;
  }
  if (outcome.end === 'ongoing') {
    return html`<p class="note" style="margin-top:14px">What a live service recorded until ${formatDateTime(endMs)}, when ${left}.</p>`;
  }
  if (outcome.end === 'horizon' && funnel.outcomes.open + fulfilment.fates.unfinished > 0) {
    return html`<p class="note" style="margin-top:14px">The run stopped at its configured end, when ${left}.</p>`;
  }
  return null;
}

/** "1 negotiation and 49 reservations were not over". */
function notOver(negotiations: number, reservations: number): string {
  const parts = [
    ...(negotiations > 0 ? [formatCount(negotiations, 'negotiation')] : []),
    ...(reservations > 0 ? [formatCount(reservations, 'reservation')] : []),
  ];
  if (parts.length === 0) return 'everything was over';
  return `${parts.join(' and ')} ${negotiations + reservations === 1 ? 'was' : 'were'} not over`;
}

function lede({ funnel, displacement, utilisation }: ReportModel['figures']): Markup {
  const { accepted, requests } = funnel;
  if (requests === 0) return html`<p class="lede">No request came in the measured time.</p>`;
  const asAsked = funnel.outcomes['accepted-first-offer'];
  const { overCountered } = displacement;
  const { cpu } = utilisation.mean;
  const sentences = [
    `Of ${formatCount(requests, 'request')}, ${formatNumber(accepted)} (${formatPart(accepted, requests)}) became a reservation: ` +
      `${formatNumber(asAsked)} as first asked and ${formatNumber(accepted - asAsked)} on other terms.`,
    `Of the CPU-hours asked, ${formatPart(funnel.acceptedCpuMs, funnel.askedCpuMs)} were confirmed.`,
    overCountered.count === 0
      ? ''
      : `A counter-offer moved the start by ${formatSpan(overCountered.p50)} in the median and ${formatSpan(overCountered.mean)} on average.`,
    `Of the CPU time online, ${formatShare(cpu.reserved)} was reserved, ${formatShare(cpu.allocated)} allocated to running machines ` +
      `and ${formatShare(cpu.busy)} busy.`,
  ];
  return html`<p class="lede">${unbroken(sentences.join(' '))}</p>`;
}

function clusterText({ nodes }: ReportModel['figures']): string {
  const shapes = new Map<string, number>();
  for (const { capacity } of nodes) {
    const shape = `${formatNumber(capacity.milliCpus / 1000)} vCPU, ${formatNumber(capacity.memoryMib / 1024)} GiB`;
    shapes.set(shape, (shapes.get(shape) ?? 0) + 1);
  }
  const list = Array.from(shapes, ([shape, count]) => `${formatNumber(count)} × (${shape})`);
  return list.length > 3
    ? `${formatNumber(nodes.length)} nodes of ${list.length} shapes`
    : `${formatNumber(nodes.length)} nodes: ${list.join(', ')}`;
}

/** Keeps figures and their units on one line. */
function unbroken(text: string): string {
  return text.replace(/(?<=\d) (?=(%|ms|s|min|h|d)(?!\w))/g, '\u00a0');
}
