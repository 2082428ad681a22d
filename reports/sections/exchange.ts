// What users sold each other, where they did.
import { formatAmount, formatCount, formatNumber, formatPart } from '../format.ts';
import { html } from '../html/markup.ts';
import { type ExchangeFigures, exchange } from '../metrics/exchange.ts';
import { figureTable } from '../terminal/style.ts';
import { section } from './section.ts';

const MICROS = 1_000_000;
const HOUR_MS = 3_600_000;

export const exchangeSection = section({
  id: 'exchange',
  title: 'Windows that users sold each other',
  reads: [exchange],
  appears: ({ figures }) => figures.exchange.listed > 0,
  html: ({ figures }) => html`<p>${listedText(figures.exchange)}</p>
${figures.exchange.trades === 0 ? null : html`<p>${tradedText(figures.exchange)}</p>`}
`,
  terms: [
    [
      'trade',
      'A confirmed window that its user had put up for sale becomes that of another user, who pays for it: matched by price and then by time with who bids for one, at the price of the order that was there first. Of measured time. What was agreed with the provider stays paid to it.',
    ],
  ],
  terminal: (s, style) =>
    // Summaries of earlier versions do not have the keys.
    (s.windowsListed ?? 0) === 0
      ? []
      : figureTable(
          'Windows that users sold each other',
          [
            [
              'For sale',
              formatNumber(s.windowsListed),
              `windows of ${formatAmount(s.cpuHoursListed)} CPU-hours`,
            ],
            [
              'Sold',
              formatNumber(s.trades),
              `${formatAmount(s.cpuHoursTraded)} CPU-hours, ${formatAmount(s.cpuHoursBought)} of them needed`,
            ],
            [
              'Paid',
              formatAmount(s.tradeTurnover),
              `credits, ${formatAmount(s.tradeFees)} of them to the provider`,
            ],
          ],
          style,
        ),
});

function listedText({ listed, listedCpuMs, tradedCpuMs, trades }: ExchangeFigures): string {
  return `${formatCount(listed, 'window')} of ${formatAmount(listedCpuMs / HOUR_MS)} CPU-hours ${listed === 1 ? 'was' : 'were'} put up for sale by users who had no use for them; ${formatNumber(trades)} (${formatPart(trades, listed)}) found a buyer, ${formatAmount(tradedCpuMs / HOUR_MS)} CPU-hours in all.`;
}

function tradedText(figures: ExchangeFigures): string {
  const { agreedMicros, askedMicros, bidMicros, feesMicros, neededCpuMs, paidMicros, tradedCpuMs } = figures;
  const amount = (micros: number) => formatAmount(micros / MICROS);
  return `Buyers paid ${amount(paidMicros)} credits, where ${amount(askedMicros)} were asked, ${amount(bidMicros)} would have been paid, and ${amount(agreedMicros)} had been agreed with the provider; ${amount(feesMicros)} of it the provider kept as fees. Of the CPU-hours that changed hands they needed ${formatPart(neededCpuMs, tradedCpuMs)}.`;
}
