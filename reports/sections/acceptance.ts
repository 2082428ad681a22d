// Who gets accepted: by lead time, by size, by kind of request.
import { formatNumber, formatPart, formatShare } from '../format.ts';
import {
  ACCEPTANCE_CLASSES,
  acceptanceFigure,
  cpuHoursFigure,
  sizeAndDurationFigure,
} from '../html/charts.ts';
import { html, type Markup } from '../html/markup.ts';
import { type AcceptanceBin, acceptance } from '../metrics/acceptance.ts';
import { shareInterval } from '../statistics/share-interval.ts';
import { section } from './section.ts';

export const acceptanceSection = section({
  id: 'acceptance',
  title: 'Acceptance',
  heading: 'Who gets accepted',
  reads: [acceptance],
  html: ({ figures }) => {
    const { byLeadTime, bySize, byKind } = figures.acceptance;
    const classes = [
      { bins: byLeadTime, title: 'By lead time', what: 'lead time' },
      { bins: bySize, title: 'By size in vCPUs', what: 'size in vCPUs' },
      ...(byKind.length < 2 ? [] : [{ bins: byKind, title: 'By kind of request', what: 'kind of request' }]),
    ].filter(({ bins }) => bins.some(({ requests }) => requests > 0));
    return html`<p>Shares of the requests in each class, which holds what is above its lower end, up to its upper one. The number at the right is how many requests there were; the dark line is the 95 % interval of the share that was confirmed (Wilson), were each of them decided by itself. Lead time is the asked start minus the submission; the size is that of all guaranteed instances together.</p>
<ul class="legend">${ACCEPTANCE_CLASSES.map(
      ({ title, colour }) =>
        html`<li><span class="swatch" style="--swatch:var(${colour})"></span>${title}</li>`,
    )}</ul>
<div class="thirds">
${classes.map(({ bins, title, what }) => acceptanceFigure(bins, title, what))}
</div>
<h3>CPU-hours</h3>
<p>What was asked in each class, grey, and what was agreed of it; the figures are CPU-hours asked and the share that was agreed.</p>
<div class="thirds">
${classes.map(({ bins, title, what }) => cpuHoursFigure(bins, title, what))}
</div>
<div class="pair spaced">${sizeAndDurationFigure(figures.acceptance.bySizeAndDuration)}</div>
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
  )}<th scope="col" class="n">confirmed</th><th scope="col" class="n">95 % interval</th><th scope="col" class="n">CPU-hours asked</th><th scope="col" class="n">agreed</th></tr></thead><tbody>
${bins
  .filter(({ requests }) => requests > 0)
  .map(
    (bin) =>
      html`<tr><th scope="row">${bin.label}</th><td class="n">${formatNumber(bin.requests)}</td>${ACCEPTANCE_CLASSES.map(
        ({ field }) => html`<td class="n">${formatNumber(bin[field])}</td>`,
      )}<td class="n">${formatPart(bin.asAsked + bin.onOtherTerms, bin.requests)}</td><td class="n">${intervalText(bin)}</td><td class="n">${formatNumber(bin.askedCpuMs / MS_PER_HOUR)}</td><td class="n">${formatNumber(bin.agreedCpuMs / MS_PER_HOUR)}</td></tr>
`,
  )}</tbody></table></div>`;
}

const MS_PER_HOUR = 3_600_000;

function intervalText({ asAsked, onOtherTerms, requests }: AcceptanceBin): string {
  const interval = shareInterval(asAsked + onOtherTerms, requests);
  return interval === null ? '–' : `${formatShare(interval[0])} – ${formatShare(interval[1])}`;
}
