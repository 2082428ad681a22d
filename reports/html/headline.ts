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
  return html`<header>
<p class="kicker">OpenPEX run report</p>
<h1>${run.scenario}</h1>
${run.description === '' ? null : html`<p class="muted">${run.description}</p>`}
<dl class="facts">
<div><dt>Window</dt><dd>${formatDateTime(startMs)} – ${formatDateTime(endMs)} (${formatSpan(endMs - startMs)})</dd></div>
${warmUp}
<div><dt>Cluster</dt><dd>${clusterText(figures)}</dd></div>
<div><dt>Seed</dt><dd>${run.seed}</dd></div>
<div><dt>Version</dt><dd>${run.version}</dd></div>
<div><dt>Events</dt><dd>${formatNumber(outcome.events)}</dd></div>
<div><dt>Digest</dt><dd><code>${outcome.digest}</code></dd></div>
</dl>
${banner({ run, outcome, figures })}
${lede(figures)}
<nav aria-label="Sections">${SECTIONS.map(([id, title]) => html`<a href="#${id}">${title}</a>`)}</nav>
</header>`;
}

export function tiles({ figures }: ReportModel): Markup {
  const { funnel, fulfilment, displacement, utilisation, availability, energyKwh } = figures;
  const { fates } = fulfilment;
  const cpu = utilisation.mean.cpu;
  const tile = (title: string, big: string, ...lines: readonly string[]) =>
    html`<div><dt>${title}</dt><dd><span class="big">${big}</span>${lines.map((line) => html`<span>${unbroken(line)}</span>`)}</dd></div>
`;
  const countered = displacement.overCountered;
  return html`<dl class="tiles">
${tile('Requests', formatNumber(funnel.requests), `${formatNumber(funnel.meanRounds, 2)} rounds each on average`)}
${tile(
  'Confirmed',
  formatPart(funnel.accepted, funnel.requests),
  `${formatNumber(funnel.accepted)} reservations, ${formatNumber(funnel.outcomes['accepted-first-offer'])} as first asked`,
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
  `${formatCount(fates.failed, 'reservation')} failed, ${formatHours(figures.interruptions.downtimeMs)} down`,
)}
${tile(
  'Revenue, credits',
  formatAmount((fulfilment.agreedMicros - fulfilment.refundMicros) / MICROS_PER_CREDIT),
  `${formatAmount(fulfilment.penaltyMicros / MICROS_PER_CREDIT)} credits of penalties`,
)}
${
  energyKwh === null
    ? tile(
        'No-shows',
        formatNumber(fates['no-show']),
        `${formatPart(fates['no-show'], funnel.accepted)} of reservations`,
      )
    : tile(
        'Energy, kWh',
        formatAmount(energyKwh),
        `${formatCount(fates['no-show'], 'no-show')} among the reservations`,
      )
}
</dl>`;
}

function banner({ run, outcome, figures }: ReportModel): Markup | null {
  const { funnel, fulfilment, endMs } = figures;
  const left = `${formatCount(funnel.outcomes.open, 'negotiation')} and ${formatCount(fulfilment.fates.unfinished, 'reservation')} were not over`;
  if (outcome.end === 'interrupted') {
    const planned = Number.isFinite(run.endMs) ? ` It was to go on until ${formatDateTime(run.endMs)}.` : '';
    return html`<p class="banner" role="status"><strong>This run was interrupted</strong> at ${formatDateTime(endMs)}; the figures cover what happened until then, and ${left}.${planned}</p>`;
  }
  if (outcome.end === 'horizon' && funnel.outcomes.open + fulfilment.fates.unfinished > 0) {
    return html`<p class="note" style="margin-top:14px">The run stopped at its configured end, when ${left}.</p>`;
  }
  return null;
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
