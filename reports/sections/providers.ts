// The providers of a world side by side, where there are several: how each fared with the requests that were put to it.
import { formatCount, formatNumber, formatPart } from '../format.ts';
import { html, type Markup } from '../html/markup.ts';
import type { Market, Measures } from '../summary.ts';
import { type ComparedFigure, type Section, section } from './section.ts';

export const providersSection = section({
  id: 'providers',
  title: 'Providers',
  reads: [],
  appears: ({ market }) => market !== undefined,
  html: ({ market }, sections) =>
    html`<p>A provider counts every request that was put to it, whatever became of it elsewhere, and "All" adds them up${(market?.total.outsourced ?? 0) > 0 ? ', but for what one delivers for another: that is one request, of the provider that sold it' : ''}. ${market === undefined ? null : passingText(market)}</p>
${market === undefined ? null : comparison(market, sections)}
`,
});

function comparison({ providers, total }: Market, sections: readonly Section[]): Markup {
  const columns = [...providers, { name: 'All', measures: total }].map(({ name, measures }) => ({
    name,
    figures: figuresOf(measures, sections),
  }));
  const titles = figuresOf(total, sections).map(([title]) => title);
  return html`<div class="scroll"><table><thead><tr><th scope="col">Figure</th>${columns.map(
    ({ name }) => html`<th scope="col" class="n">${name}</th>`,
  )}</tr></thead><tbody>
${titles.map(
  (title, row) =>
    html`<tr><th scope="row"${title.startsWith(' ') ? html` class="sub"` : null}>${title.trim()}</th>${columns.map(
      ({ figures }) => html`<td class="n">${figures[row]![1]}</td>`,
    )}</tr>
`,
)}</tbody></table></div>`;
}

function figuresOf(measures: Measures, sections: readonly Section[]): ComparedFigure[] {
  return sections.flatMap(({ compared }) => compared?.(measures) ?? []);
}

function passingText({ agreed, passedOn, userRequests }: Market): string {
  const somewhere = `${formatNumber(agreed)} (${formatPart(agreed, userRequests)}) became a reservation somewhere`;
  const requests = `Users made ${formatCount(userRequests, 'request')}; ${somewhere}`;
  if (passedOn === 0) return `${requests}, and none was put to a second provider.`;
  return `${requests}. ${formatCount(passedOn, 'time')} one went on to the next provider, after no agreement with the one before, or because its queue was left.`;
}
