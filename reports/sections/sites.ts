// The sites side by side, where nodes stand on any: how full each was, and what went between them.
import { formatNumber, formatShare } from '../format.ts';
import { html } from '../html/markup.ts';
import { sites } from '../metrics/sites.ts';
import { section } from './section.ts';

export const sitesSection = section({
  id: 'sites',
  title: 'Sites',
  reads: [sites],
  appears: ({ figures }) => figures.sites.length > 0,
  html: ({ figures }) => html`<div class="scroll"><table><thead><tr><th scope="col">Site</th>${[
    'Nodes',
    'CPU reserved',
    'CPU allocated',
    'VMs that left',
    'VMs that came',
    'of them not converged',
    'Sent, GB',
    'Mean time, s',
    'Mean downtime, s',
  ].map((title) => html`<th scope="col" class="n">${title}</th>`)}</tr></thead><tbody>
${figures.sites.map(
  ({ allocated, came, downtimeMs, left, migrationMs, name, nodes, reserved, sentBytes, unconverged }) =>
    html`<tr><th scope="row">${name}</th>${[
      formatNumber(nodes),
      formatShare(reserved),
      formatShare(allocated),
      formatNumber(left),
      formatNumber(came),
      formatNumber(unconverged),
      formatNumber(Math.round(sentBytes / 1e8) / 10),
      mean(migrationMs, came),
      mean(downtimeMs, came),
    ].map((text) => html`<td class="n">${text}</td>`)}</tr>
`,
)}</tbody></table></div>
<p class="note">VMs that ran, from one site to another, disks included; a mean is over those that came. One is not converged when its guest wrote as fast as was sent: what was left then went while it stood still.</p>
`,
});

function mean(sumMs: number, count: number): string {
  return count === 0 ? '–' : formatNumber(Math.round(sumMs / count / 100) / 10);
}
