// How to get the same figures again.
import { formatNumber } from '../format.ts';
import { html, type Markup } from '../html/markup.ts';
import { isService } from '../report-model.ts';
import type { Setting } from '../run-description.ts';
import { section } from './section.ts';

export const repeatSection = section({
  id: 'repeat',
  title: 'Repeat this run',
  titleOfService: 'Repeat',
  reads: [],
  html: (model) => {
    const { run, outcome } = model;
    const ofService = isService(model);
    return html`${
      ofService
        ? html`<p>This command makes the report again, with what was recorded since. <code>openpex replay</code> on the same database puts the recorded commands through the simulator, under the same policies or others.</p>`
        : html`<p>OpenPEX ${run.version} with this command gives the same event stream, and so the same digest, on every machine. <code>scenario.resolved.yaml</code> beside this file holds all settings.</p>`
    }
<code class="command">${run.reproduceCommand}</code>
<p class="note" style="margin-top:8px">SHA-256 of the event stream: <code>${outcome.digest}</code></p>
${
  run.settings.length === 0
    ? null
    : html`<details><summary>All ${formatNumber(run.settings.length)} settings of the ${ofService ? 'provider' : 'run'}</summary>
<div class="settings">${grouped(run.settings).map(settingsTable)}</div></details>`
}
`;
  },
});

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
