// Nodes and reservations: the Gantt chart, and the overview of how full each node was.
import { formatNumber } from '../format.ts';
import { ganttData } from '../html/gantt-data.ts';
import { GANTT_SCRIPT } from '../html/gantt-script.ts';
import { html, jsonForScript, type Markup, raw } from '../html/markup.ts';
import { occupancyOverview } from '../html/occupancy-overview.ts';
import { barColour, staticGantt } from '../html/static-gantt.ts';
import { MAX_BARS, type Outage, type ReservationBars, timeline } from '../metrics/node-timeline.ts';
import { utilisation } from '../metrics/utilisation.ts';
import { section } from './section.ts';

export const nodesSection = section({
  id: 'nodes',
  title: 'Nodes and reservations',
  reads: [timeline, utilisation],
  html: ({ figures }) => {
    const { reservations, outages, moreOutages } = figures.timeline;
    const overview = occupancyOverview(figures, figures.utilisation);
    if (overview === null) return html`<p>No node ever joined.</p>`;
    const intro =
      reservations === null
        ? html`<p>This run has more than ${formatNumber(MAX_BARS)} bars, too many to draw one by one: the picture shows how much of each node was reserved when. Every reservation is in <code>reservations.csv</code>.</p>`
        : html`<p>Every reservation on its nodes. A node is a strip as high as its CPUs; a bar is as high as the CPUs reserved in it.${moreOutages ? ' Only the first times are marked at which nodes were lost, out of service or off, or were sent an image.' : ''}</p>`;
    const gantt =
      reservations === null || reservations.length === 0
        ? null
        : html`<noscript>${staticGantt(figures, figures.utilisation.nodes, reservations) ?? html`<p class="note">The chart of single reservations needs JavaScript; the overview does not.</p>`}</noscript>
${ganttFigure(reservations, outages)}
<script type="application/json" id="gantt-data">${jsonForScript(ganttData(figures, { nodes: figures.utilisation.nodes, reservations, outages }))}</script>`;
    return html`${intro}
${gantt}
${overview}
${gantt === null ? null : html`<script>${raw(GANTT_SCRIPT)}</script>`}
`;
  },
});

const BAR_KEYS = [
  { title: 'as asked', colour: '--as-asked' },
  { title: 'after a counter-offer', colour: '--on-other-terms' },
  { title: 'no-show', colour: '--no-show' },
  { title: 'failed', colour: '--failed' },
  { title: 'cancelled', colour: '--cancelled' },
];
const OUTAGE_KEYS = [
  { kind: 'lost', title: 'node lost', colour: '--lost' },
  { kind: 'drained', title: 'node out of service', colour: '--drained' },
  { kind: 'off', title: 'node switched off', colour: '--off' },
  { kind: 'receiving', title: 'image being sent', colour: '--receiving' },
] as const;

function ganttFigure(reservations: readonly ReservationBars[], outages: readonly Outage[]): Markup {
  const colours = new Set(reservations.map(barColour));
  const key = (title: string, colour: string, className = '') =>
    html`<li><span class="swatch${className}" style="--swatch:var(${colour})"></span>${title}</li>`;
  const button = (action: string, label: string, text: string) =>
    html`<button type="button" data-action="${action}" aria-label="${label}" title="${label}">${text}</button>`;
  return html`<figure id="gantt" data-figure="reservations" hidden>
<ul class="legend">${BAR_KEYS.filter(({ colour }) => colours.has(colour)).map(({ title, colour }) => key(title, colour))}${OUTAGE_KEYS.filter(
    ({ kind }) => outages.some((outage) => outage.kind === kind),
  ).map(({ title, colour }) =>
    key(title, colour, ' hatched'),
  )}${reservations.some(({ pieces }) => pieces.length > 0) ? key('being suspended or resumed', '--suspending', ' piece') : null}</ul>
<div class="gantt-bar controls"><span class="group"><span>Time</span>${button('zoom-in', 'Zoom in on time', '+')}${button('zoom-out', 'Zoom out of time', '−')}</span>
<span class="group"><span>Nodes</span>${button('taller', 'Show fewer nodes, taller', '+')}${button('lower', 'Show more nodes, lower', '−')}</span>${button('fit', 'Show all nodes and times', 'Show all')}
<span class="group"><label for="gantt-colour">Colour by</label><select id="gantt-colour"><option value="outcome">outcome</option><option value="user">user</option><option value="size">size</option></select></span>
<form class="group"><label for="gantt-find">Find</label><input id="gantt-find" name="find" autocomplete="off" placeholder="id or user"><button>Next</button><span class="found muted" role="status"></span></form></div>
<div class="gantt-view"><canvas tabindex="0" role="img" aria-label="Gantt chart of reservations on nodes" aria-describedby="gantt-help"></canvas><dl class="tip" hidden></dl></div>
<figcaption class="hint" id="gantt-help">Point at a bar for its reservation. Drag to move; Ctrl and wheel, double-click or pinch to zoom in time, Shift and wheel to zoom in on nodes. With the chart focused: arrows, +, −, Page Up, Page Down, Home. Or drag in the overview below.</figcaption>
</figure>`;
}
