// What the cluster did: utilisation over time, the Gantt chart of nodes and reservations, and what was delivered in the end.
import { formatHours, formatNumber, formatShare, formatSpan } from '../format.ts';
import { MAX_BARS, type Outage, type ReservationBars } from '../metrics/node-timeline.ts';
import { FATES, type Fate } from '../metrics/session-records.ts';
import { REPORT_RESOURCES, type ReportResource } from '../metrics/utilisation.ts';
import type { RunFigures } from '../run-metrics.ts';
import { barTable } from './bar-table.ts';
import { averagingText, RESOURCE_TITLES, utilisationChart } from './charts.ts';
import { ganttData } from './gantt-data.ts';
import { GANTT_SCRIPT } from './gantt-script.ts';
import { html, jsonForScript, type Markup, raw } from './markup.ts';
import { occupancyOverview } from './occupancy-overview.ts';
import { barColour, staticGantt } from './static-gantt.ts';

const USES = [
  { use: 'reserved', title: 'reserved', colour: '--reserved' },
  { use: 'allocated', title: 'allocated to running machines', colour: '--allocated' },
  { use: 'busy', title: 'busy (CPU only)', colour: '--busy' },
] as const;

export function utilisationSection(figures: RunFigures): Markup {
  const { utilisation, measuredFromMs, startMs } = figures;
  const warmUp = measuredFromMs > startMs ? ' The shaded part is the warm-up.' : '';
  const online = REPORT_RESOURCES.filter((resource) => utilisation.mean[resource].reserved !== null);
  const rows = online.flatMap((resource) =>
    USES.filter(({ use }) => use !== 'busy' || resource === 'cpu').map(({ use }, i) => {
      const cell = (value: number | null) => html`<td class="n">${formatShare(value)}</td>`;
      const { mean, p95, peak } = utilisation;
      return html`<tr><th scope="row">${i === 0 ? RESOURCE_TITLES[resource] : ''}</th><th scope="row">${use}</th>${[mean, p95, peak].map((by) => cell(by[resource][use]))}</tr>
`;
    }),
  );
  return html`<section id="utilisation"><h2>Utilisation over time</h2>
<p>Shares of the capacity that was online.${warmUp} Times are UTC.</p>
<ul class="legend">${USES.map(
    ({ title, colour }) =>
      html`<li><span class="swatch line" style="--swatch:var(${colour})"></span>${title}</li>`,
  )}</ul>
${usageFigure(figures, 'cpu')}
<div class="pair">
${(['memory', 'disk'] as const).map((resource) =>
  utilisation.mean[resource].reserved === null
    ? null
    : html`${usageFigure(figures, resource)}
`,
)}</div>
<div class="scroll" style="margin-top:22px;max-width:620px"><table><caption>Over the measured time, not averaged over the steps of the charts</caption><thead><tr><th scope="col">Resource</th><th scope="col">Use</th><th scope="col" class="n">Mean</th><th scope="col" class="n">95 % of the time at most</th><th scope="col" class="n">Peak at any instant</th></tr></thead><tbody>
${rows}</tbody></table></div>
</section>`;
}

function usageFigure(figures: RunFigures, resource: ReportResource): Markup {
  return html`<figure><h3>${RESOURCE_TITLES[resource]}</h3>${utilisationChart(figures, resource)}<figcaption>${averagingText(figures, resource)}</figcaption></figure>`;
}

export function nodesSection(figures: RunFigures): Markup {
  const { reservations, moreOutages } = figures.timeline;
  const overview = occupancyOverview(figures);
  if (overview === null)
    return html`<section id="nodes"><h2>Nodes and reservations</h2><p>No node ever joined.</p></section>`;
  const intro =
    reservations === null
      ? html`<p>This run has more than ${formatNumber(MAX_BARS)} bars, too many to draw one by one: the picture shows how much of each node was reserved when. Every reservation is in <code>reservations.csv</code>.</p>`
      : html`<p>Every reservation on its nodes. A node is a strip as high as its CPUs; a bar is as high as the CPUs reserved in it.${moreOutages ? ' Only the first failures of nodes are marked.' : ''}</p>`;
  const gantt =
    reservations === null || reservations.length === 0
      ? null
      : html`<noscript>${staticGantt(figures, reservations) ?? html`<p class="note">The chart of single reservations needs JavaScript; the overview does not.</p>`}</noscript>
${ganttFigure(reservations, figures.timeline.outages)}
<script type="application/json" id="gantt-data">${jsonForScript(ganttData(figures, reservations))}</script>`;
  return html`<section id="nodes"><h2>Nodes and reservations</h2>
${intro}
${gantt}
${overview}
${gantt === null ? null : html`<script>${raw(GANTT_SCRIPT)}</script>`}
</section>`;
}

export function deliverySection(figures: RunFigures): Markup {
  const { fulfilment, interruptions: i, funnel } = figures;
  const row = (title: string, value: string) =>
    html`<tr><th scope="row">${title}</th><td class="n">${value}</td></tr>
`;
  return html`<section id="delivery"><h2>Delivery</h2>
<p>What became of the confirmed reservations, and what kept their instances from running.</p>
<div class="pair"><div>
${barTable(
  'Reservations',
  FATES.map((fate) => ({
    title: FATE_TITLES[fate],
    count: fulfilment.fates[fate],
    colour: FATE_COLOURS[fate],
  })),
  funnel.accepted,
)}
</div><div>
<table><caption>Interruptions</caption><thead class="skip"><tr><th scope="col">What</th><th scope="col">Figure</th></tr></thead><tbody>
${row('Live migrations', formatNumber(i.migrations))}
${row('Standstill in migrations', formatSpan(i.migrationDowntimeMs))}
${row('Bookings moved to another node', formatNumber(i.moves))}
${row('Node losses', formatNumber(i.nodeLosses))}
${row('Guest crashes and hangs', formatNumber(i.guestCrashes + i.guestHangs))}
${row('Failed hypervisor operations', formatNumber(i.operationFailures))}
${row('Suspensions', `${formatNumber(i.suspensions)} (${formatHours(i.suspendedMs)})`)}
${row('Instance-time up', formatHours(i.upMs))}
${row('Instance-time down', formatHours(i.downtimeMs))}
${row('Instance-time never delivered', formatHours(fulfilment.undeliveredMs))}
</tbody></table>
</div></div></section>`;
}

const FATE_TITLES: Readonly<Record<Fate, string>> = {
  fulfilled: 'Fulfilled',
  'no-show': 'No-show: never activated',
  cancelled: 'Cancelled by the user',
  failed: 'Failed',
  unfinished: 'Not over at the end of the run',
};
const FATE_COLOURS: Readonly<Record<Fate, string>> = {
  fulfilled: '--as-asked',
  'no-show': '--no-show',
  cancelled: '--cancelled',
  failed: '--failed',
  unfinished: '--other',
};

const BAR_KEYS = [
  { title: 'as asked', colour: '--as-asked' },
  { title: 'after a counter-offer', colour: '--on-other-terms' },
  { title: 'no-show', colour: '--no-show' },
  { title: 'failed', colour: '--failed' },
  { title: 'cancelled', colour: '--cancelled' },
];
const OUTAGE_KEYS = [
  { kind: 'lost', title: 'node lost', colour: '--lost' },
  { kind: 'drained', title: 'node drained', colour: '--drained' },
] as const;

function ganttFigure(reservations: readonly ReservationBars[], outages: readonly Outage[]): Markup {
  const colours = new Set(reservations.map(barColour));
  const key = (title: string, colour: string, className = '') =>
    html`<li><span class="swatch${className}" style="--swatch:var(${colour})"></span>${title}</li>`;
  const button = (action: string, label: string, text: string) =>
    html`<button type="button" data-action="${action}" aria-label="${label}" title="${label}">${text}</button>`;
  return html`<figure id="gantt" hidden>
<ul class="legend">${BAR_KEYS.filter(({ colour }) => colours.has(colour)).map(({ title, colour }) => key(title, colour))}${OUTAGE_KEYS.filter(
    ({ kind }) => outages.some((outage) => outage.kind === kind),
  ).map(({ title, colour }) => key(title, colour, ' hatched'))}</ul>
<div class="gantt-bar controls"><span class="group"><span>Time</span>${button('zoom-in', 'Zoom in on time', '+')}${button('zoom-out', 'Zoom out of time', '−')}</span>
<span class="group"><span>Nodes</span>${button('taller', 'Show fewer nodes, taller', '+')}${button('lower', 'Show more nodes, lower', '−')}</span>${button('fit', 'Show all nodes and times', 'Show all')}
<form class="group"><label for="gantt-find">Find</label><input id="gantt-find" name="find" autocomplete="off" placeholder="id or user"><button>Next</button><span class="found muted" role="status"></span></form></div>
<div class="gantt-view"><canvas tabindex="0" role="img" aria-label="Gantt chart of reservations on nodes" aria-describedby="gantt-help"></canvas><dl class="tip" hidden></dl></div>
<figcaption class="hint" id="gantt-help">Point at a bar for its reservation. Drag to move; Ctrl and wheel, double-click or pinch to zoom in time, Shift and wheel to zoom in on nodes. With the chart focused: arrows, +, −, Page Up, Page Down, Home. Or drag in the overview below.</figcaption>
</figure>`;
}
