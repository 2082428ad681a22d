// The top of a report: what ran, how it ended, and the figures that matter most.
import { amountOf } from '../../engine/index.ts';
import { formatCount, formatDateTime, formatNumber, formatPart, formatShare, formatSpan } from '../format.ts';
import { html, type Markup } from '../html/markup.ts';
import { unbroken } from '../html/unbroken.ts';
import type { cluster } from '../metrics/cluster.ts';
import type { displacement } from '../metrics/displacement.ts';
import type { fulfilment } from '../metrics/fulfilment.ts';
import type { namedResources } from '../metrics/named-resources.ts';
import type { negotiation } from '../metrics/negotiation.ts';
import type { utilisation } from '../metrics/utilisation.ts';
import { isService, type ModelOf } from '../report-model.ts';

export interface Place {
  readonly id: string;
  readonly title: string;
}

/** What the head of a page looks at. */
type HeadModel = ModelOf<
  [
    typeof cluster,
    typeof negotiation,
    typeof displacement,
    typeof fulfilment,
    typeof utilisation,
    typeof namedResources,
  ]
>;

/** @param places the parts of the page that one can jump to, in their order */
export function pageHead(model: HeadModel, places: readonly Place[]): Markup {
  const { run, outcome, figures } = model;
  const { startMs, endMs, measuredFromMs } = figures;
  const warmUp =
    measuredFromMs > startMs
      ? html`<div><dt>Warm-up</dt><dd>${formatSpan(Math.min(measuredFromMs, endMs) - startMs)}, not measured</dd></div>`
      : null;
  const ofService = isService(model);
  return html`<header>
<p class="kicker">OpenPEX ${ofService ? 'service' : 'run'} report</p>
<h1>${run.scenario}</h1>
${run.description === '' ? null : html`<p class="muted">${run.description}</p>`}
<dl class="facts">
<div><dt>Window</dt><dd>${formatDateTime(startMs)} – ${formatDateTime(endMs)} (${formatSpan(endMs - startMs)})</dd></div>
${warmUp}
<div><dt>Cluster</dt><dd>${clusterText(figures)}</dd></div>
${ofService ? null : html`<div><dt>Seed</dt><dd>${run.seed}</dd></div>`}
<div><dt>Version</dt><dd>${run.version}</dd></div>
<div><dt>Events</dt><dd>${formatNumber(outcome.events)}</dd></div>
<div><dt>Digest</dt><dd><code>${outcome.digest}</code></dd></div>
</dl>
${banner(model)}
${lede(figures)}
<nav aria-label="Sections">${places.map(({ id, title }) => html`<a href="#${id}">${title}</a>`)}</nav>
</header>`;
}

function banner({ run, outcome, figures }: HeadModel): Markup | null {
  const { negotiation: funnel, fulfilment, endMs } = figures;
  const left = notOver(funnel.outcomes.open, fulfilment.fates.unfinished);
  if (outcome.end === 'interrupted') {
    const planned = Number.isFinite(run.endMs) ? ` It was to go on until ${formatDateTime(run.endMs)}.` : '';
    return html`<p class="banner" role="status"><strong>This run was interrupted</strong> at ${formatDateTime(endMs)}; the figures cover what happened until then, and ${left}.${planned}</p>`;
  }
  if (outcome.end === 'ongoing') {
    return html`<p class="note" style="margin-top:14px">What a live service recorded until ${formatDateTime(endMs)}, when ${left}.</p>`;
  }
  if (outcome.end === 'stalled') {
    return html`<p class="banner" role="status"><strong>This run could not be completed</strong>: at its end ${left}, which waited for nodes that nothing brings back.</p>`;
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

function lede({ negotiation: funnel, displacement, utilisation }: HeadModel['figures']): Markup {
  const { accepted, requests } = funnel;
  if (requests === 0) return html`<p class="lede">No request came in the measured time.</p>`;
  const asAsked = funnel.outcomes['accepted-first-offer'];
  const { overCountered } = displacement;
  const { cpu } = utilisation.mean;
  const sentences = [
    `Of ${formatCount(requests, 'request')}, ${formatNumber(accepted)} (${formatPart(accepted, requests)}) became a reservation: ` +
      `${formatNumber(asAsked)} as first asked and ${formatNumber(accepted - asAsked)} on other terms.`,
    `Of the CPU-hours asked, ${formatPart(funnel.agreedCpuMs, funnel.askedCpuMs)} were agreed.`,
    overCountered.count === 0
      ? ''
      : `A counter-offer moved the start by ${formatSpan(overCountered.p50)} in the median and ${formatSpan(overCountered.mean)} on average.`,
    `Of the CPU time online, ${formatShare(cpu.reserved)} was reserved, ${formatShare(cpu.allocated)} allocated to running machines ` +
      `and ${formatShare(cpu.busy)} busy.`,
  ];
  return html`<p class="lede">${unbroken(sentences.join(' '))}</p>`;
}

function clusterText({ cluster: { nodes, shapes }, namedResources: named }: HeadModel['figures']): string {
  const counts = new Map<string, number>();
  for (const { capacity, nodes: count } of shapes) {
    const others = named
      .filter(({ name }) => amountOf(capacity, name) > 0)
      .map(
        ({ divisible, name }) =>
          `, ${formatNumber(amountOf(capacity, name) / (divisible ? 1000 : 1))} ${name}`,
      );
    const shape = `${formatNumber(capacity.milliCpus / 1000)} vCPU, ${formatNumber(capacity.memoryMib / 1024)} GiB${others.join('')}`;
    counts.set(shape, (counts.get(shape) ?? 0) + count);
  }
  const list = Array.from(counts, ([shape, count]) => `${formatNumber(count)} × (${shape})`);
  return list.length > 3
    ? `${formatNumber(nodes)} nodes of ${list.length} shapes`
    : `${formatNumber(nodes)} nodes: ${list.join(', ')}`;
}
