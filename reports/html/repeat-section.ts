// How to get the same figures again, and what they mean.
import { formatNumber } from '../format.ts';
import type { ReportModel } from '../report-model.ts';
import type { Setting } from '../run-description.ts';
import { html, type Markup } from './markup.ts';

export function repeatSection({ run, outcome }: ReportModel): Markup {
  const isService = outcome.end === 'ongoing';
  return html`<section id="repeat">${
    isService
      ? html`<h2>Repeat</h2>
<p>This command makes the report again, with what was recorded since. <code>openpex replay</code> on the same database puts the recorded commands through the simulator, under the same policies or others.</p>`
      : html`<h2>Repeat this run</h2>
<p>OpenPEX ${run.version} with this command gives the same event stream, and so the same digest, on every machine. <code>scenario.resolved.yaml</code> beside this file holds all settings.</p>`
  }
<code class="command">${run.reproduceCommand}</code>
<p class="note" style="margin-top:8px">SHA-256 of the event stream: <code>${outcome.digest}</code></p>
${
  run.settings.length === 0
    ? null
    : html`<details><summary>All ${formatNumber(run.settings.length)} settings of the ${isService ? 'provider' : 'run'}</summary>
<div class="settings">${grouped(run.settings).map(settingsTable)}</div></details>`
}
</section>`;
}

function settingsTable([group, settings]: readonly [string, readonly Setting[]]): Markup {
  return html`<table><caption><code>${group}</code></caption><thead class="skip"><tr><th scope="col">Setting</th><th scope="col">Value</th></tr></thead><tbody>
${settings.map(
  ({ path, value }) =>
    html`<tr><th scope="row"><code>${breakable(group === NO_GROUP ? path : path.slice(group.length).replace(/^\./, ''))}</code></th><td><code>${value}</code></td></tr>
`,
)}</tbody></table>
`;
}

/** A path that may be broken between its parts, and nowhere else. */
function breakable(path: string): Markup[] {
  return path.split(/(?<=\.)|(?=\[)/).map((part, i) => (i === 0 ? html`${part}` : html`<wbr>${part}`));
}

const NO_GROUP = 'run';

/** Settings by the first part of their path; those of one part only go together. In order of the first of each group. */
function grouped(settings: readonly Setting[]): [string, Setting[]][] {
  const groups = new Map<string, Setting[]>();
  for (const setting of settings) {
    const group = /^[^.[]+(?=[.[])/.exec(setting.path)?.[0] ?? NO_GROUP;
    groups.set(group, [...(groups.get(group) ?? []), setting]);
  }
  return [...groups];
}

const DEFINITIONS: ReadonlyArray<readonly [string, string]> = [
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
    'vCPUs × guaranteed instances × duration of the first proposals. Offered load: that, divided by the CPU-hours online.',
  ],
  ['Countered', 'the provider made at least one counter-offer, whatever became of it.'],
  [
    'Start displacement',
    'agreed minus asked start over confirmed reservations; positive is later. Quantiles are nearest-rank (the median of an even number is the lower of the middle two), within 0.2 %.',
  ],
  [
    'Reserved',
    'capacity in the open windows of confirmed reservations, as a share of what was online, averaged over time.',
  ],
  ['Allocated', 'capacity taken by virtual machines that are running, paused or under migration.'],
  ['Busy', 'CPU kept busy by guests. For memory and disk nothing of the kind is observed.'],
  [
    'No-show',
    'confirmed, but never activated before its window was over; it held its capacity all the same.',
  ],
  [
    'Down',
    'instance-time lost to crashes, hangs, lost nodes and the standstill of migrations, within open windows.',
  ],
  [
    'Availability',
    'time up, divided by time up, down, suspended and never delivered (what failed reservations had ahead of them).',
  ],
  ['Held in vain', 'vCPUs locked by offers that were not taken, times how long they were locked.'],
  ['Revenue', 'agreed prices of confirmed reservations minus refunds; penalties are apart.'],
  [
    'Energy',
    'of nodes with a power model: idle + (peak − idle) × share of CPU busy, in watts, while the node is online.',
  ],
];

export function definitionsSection(): Markup {
  return html`<section id="definitions"><h2>Definitions</h2>
<dl class="definitions">
${DEFINITIONS.map(
  ([term, meaning]) => html`<div><dt>${term}</dt><dd>${meaning}</dd></div>
`,
)}</dl></section>`;
}
