// Who gets accepted: by lead time, by size, by kind of request.
import { formatNumber, formatPart } from '../format.ts';
import { ACCEPTANCE_CLASSES, acceptanceChart } from '../html/charts.ts';
import { html, type Markup } from '../html/markup.ts';
import { type AcceptanceBin, acceptance } from '../metrics/acceptance.ts';
import { section } from './section.ts';

export const acceptanceSection = section({
  id: 'acceptance',
  title: 'Acceptance',
  heading: 'Who gets accepted',
  reads: [acceptance],
  html: ({ figures }) => {
    const { byLeadTime, bySize, byKind } = figures.acceptance;
    const figure = (bins: readonly AcceptanceBin[], title: string, what: string) =>
      bins.some(({ requests }) => requests > 0)
        ? html`<figure><h3>${title}</h3>${acceptanceChart(bins, what)}</figure>`
        : null;
    return html`<p>Shares of the requests in each bin; the number at the right is how many there were. Lead time is the asked start minus the submission; the size is that of all guaranteed instances together.</p>
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
</details>`;
  },
});

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
