// What providers bought of each other for their users, where they did.
import { formatAmount, formatCount, formatNumber, formatPart } from '../format.ts';
import { html, type Markup } from '../html/markup.ts';
import { ledger } from '../metrics/ledger.ts';
import type { SummaryOf } from '../metrics/metric.ts';
import { type OutsourcingFigures, outsourcing } from '../metrics/outsourcing.ts';
import { figureTable } from '../terminal/style.ts';
import { section } from './section.ts';

const MICROS = 1_000_000;
const HOUR_MS = 3_600_000;

export const outsourcingSection = section({
  id: 'outsourcing',
  title: 'Outsourcing',
  reads: [outsourcing, ledger],
  appears: ({ figures }) => figures.outsourcing.outsourced > 0 || figures.outsourcing.resold > 0,
  html: ({ figures, market }) => html`<p>${soldText(figures.outsourcing)}</p>
${market === undefined ? null : byProvider(market)}
`,
  terms: [
    [
      'transfer price',
      'What a provider pays another one that delivers a reservation of a user of its own. The user pays the price that was agreed with the first, and has nothing to do with the second. Of requests of the measured time, and, as paid, over the whole run.',
    ],
  ],
  terminal: (s, style) =>
    // Summaries of earlier versions do not have the keys.
    (s.outsourced ?? 0) === 0
      ? []
      : figureTable(
          'Outsourcing',
          [
            [
              'Delivered by others',
              formatNumber(s.outsourced),
              `${formatAmount(s.cpuHoursOutsourced)} CPU-hours`,
            ],
            [
              'Transfer prices',
              formatAmount(s.transferPrices),
              `credits; ${formatAmount(s.resaleMargin)} less than their users pay`,
            ],
          ],
          style,
        ),
});

function soldText({ outsourced, outsourcedCpuMs, priceMicros, transferMicros }: OutsourcingFigures): string {
  const margin = priceMicros - transferMicros;
  return `${formatCount(outsourced, 'agreement')} about ${formatAmount(outsourcedCpuMs / HOUR_MS)} CPU-hours, for which its provider had no room, ${outsourced === 1 ? 'is' : 'are'} delivered by another one. Users pay ${formatAmount(priceMicros / MICROS)} credits for that, of which ${formatAmount(transferMicros / MICROS)} (${formatPart(transferMicros, priceMicros)}) are passed on as transfer prices and ${formatAmount(margin / MICROS)} stay with who sold it.`;
}

type Told = SummaryOf<readonly [typeof outsourcing, typeof ledger]>;

function byProvider({
  providers,
  total,
}: {
  readonly providers: ReadonlyArray<{ readonly name: string; readonly measures: Told }>;
  readonly total: Told;
}): Markup {
  return html`<div class="scroll"><table><caption>What each provider sold of others, and delivered for others; in credits what was agreed, and what was paid over the whole run, refunds and penalties taken off</caption><thead><tr><th scope="col">Provider</th><th scope="col" class="n">Outsourced</th><th scope="col" class="n">CPU-hours</th><th scope="col" class="n">Transfer prices</th><th scope="col" class="n">Margin</th><th scope="col" class="n">Resold</th><th scope="col" class="n">Paid</th><th scope="col" class="n">Received</th></tr></thead><tbody>
${[...providers, { name: 'All', measures: total }].map(({ measures, name }) => row(name, measures))}</tbody></table></div>`;
}

function row(name: string, told: Told): Markup {
  const cells = [
    formatNumber(told.outsourced),
    formatAmount(told.cpuHoursOutsourced),
    formatAmount(told.transferPrices),
    formatAmount(told.resaleMargin),
    formatNumber(told.resold),
    formatAmount(told.ledgerTransfersPaid),
    formatAmount(told.ledgerTransfersReceived),
  ];
  return html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td class="n">${cell}</td>`)}</tr>
`;
}
