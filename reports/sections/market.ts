// Who gained, and why: prices, what both sides made of the agreements, how they bargained, how fairly users fared, and whether the books are right.
import { formatAmount, formatCount, formatNumber, formatPart, formatShare } from '../format.ts';
import { html, type Markup } from '../html/markup.ts';
import { priceFigure } from '../html/price-chart.ts';
import { timeFigure } from '../html/time-chart.ts';
import { type AuctionFigures, auctions } from '../metrics/auctions.ts';
import { type LedgerFigures, ledger } from '../metrics/ledger.ts';
import { type Fortune, type MarketFigures, market, type PriceBucket } from '../metrics/market.ts';
import type { StreamSpan, SummaryOf } from '../metrics/metric.ts';
import { type FigureLine, figureTable } from '../terminal/style.ts';
import { section } from './section.ts';

const MICROS = 1_000_000;
const HOUR_MS = 3_600_000;

export const marketSection = section({
  id: 'market',
  title: 'Market',
  heading: 'Prices, and who gained',
  reads: [market, ledger, auctions],
  appears: ({ figures }) => figures.market.total.paidMicros > 0 || figures.market.total.valued > 0,
  html: ({ figures }) => {
    const { market: traded, ledger: books } = figures;
    return html`<p>${paidText(traded)}</p>
${gainText(traded).map((sentence) => html`<p>${sentence}</p>`)}
${sharesTable(traded)}
<div class="pair spaced"><div>
${bargainingPart(traded)}
${auctionsPart(figures.auctions)}
</div><div>
<h3>Fairness</h3>
<p>${fairnessText(traded)}</p>
<h3>Books</h3>
<p>${booksText(books)}</p>
</div></div>
${
  traded.total.agreed === 0
    ? null
    : html`<div class="pair">
${priceFigure(figures, traded.series)}
${earned(figures, traded.series)}
</div>`
}
`;
  },
  terms: [
    [
      'surplus',
      'Of a user what the agreed terms are worth to them less the price; of the provider the price less what the CPU-hours cost beyond idle ones. Of requests of the measured time.',
    ],
    [
      'Nash product',
      'Surplus of the user times surplus of the provider: largest, for a given sum, when they share alike. Mean over agreements of the measured time.',
    ],
    [
      "Jain's index",
      'How alike users fared: 1 all the same, 1/n one of n got everything. Over requests of the measured time.',
    ],
  ],
  terminal: (s, style) => {
    const lines = terminalLines(s);
    return lines.length === 0 ? [] : figureTable('Market', lines, style);
  },
  compared: (s) => {
    const isKnown = (s.agreementsValued ?? 0) > 0;
    return [
      ['Customer surplus, credits', formatAmount(isKnown ? s.customerSurplus : null)],
      ['Provider surplus, credits', formatAmount(isKnown ? s.providerSurplus : null)],
      ['Profit, credits', formatAmount(s.profit ?? null)],
    ];
  },
});

/** Nothing for summaries of earlier versions, which do not have the keys. */
function terminalLines(
  s: Partial<SummaryOf<readonly [typeof market, typeof ledger, typeof auctions]>>,
): FigureLine[] {
  const {
    costs = null,
    customerShare = null,
    customerSurplus,
    profit = null,
    providerSurplus,
    valueAgreed,
  } = s;
  const isKnown = (s.agreementsValued ?? 0) > 0;
  const surplus: FigureLine[] =
    isKnown && customerSurplus != null && providerSurplus != null && valueAgreed != null
      ? [
          [
            'Users gained',
            formatAmount(customerSurplus),
            `credits; worth ${formatAmount(valueAgreed)} to them`,
          ],
          [
            'Provider gained',
            formatAmount(providerSurplus),
            `credits; users have ${formatShare(customerShare)} of both`,
          ],
        ]
      : [];
  if (profit === null) return surplus;
  return [...surplus, ['Profit', formatAmount(profit), `credits; CPUs cost ${formatAmount(costs)}`]];
}

const credits = (micros: number) => formatAmount(micros / MICROS);
const perCpuHour = ({ agreedCpuMs, paidMicros }: Fortune) =>
  agreedCpuMs === 0 ? null : paidMicros / MICROS / (agreedCpuMs / HOUR_MS);

function paidText({
  byProvider,
  costsMicros,
  lostToRejectionMicros,
  profitMicros,
  total,
}: MarketFigures): string {
  const price = perCpuHour(total);
  const paid = `${formatCount(total.agreed, 'agreement')} for ${credits(total.paidMicros)} credits${price === null ? '' : `, ${formatAmount(price)} for a CPU-hour`}.`;
  const lost =
    lostToRejectionMicros === null || lostToRejectionMicros === 0 || byProvider.length > 1
      ? ''
      : ` At that price the requests that were rejected would have brought ${credits(lostToRejectionMicros)} more.`;
  const profit =
    costsMicros === null || profitMicros === null
      ? ''
      : ` Within the measured time CPUs cost ${credits(costsMicros)}, which leaves a ${profitMicros < 0 ? 'loss' : 'profit'} of ${credits(Math.abs(profitMicros))}.`;
  return `${paid}${lost}${profit}`;
}

function earned(span: StreamSpan, series: readonly PriceBucket[]): Markup {
  const rate = ({ revenueMicros, spanMs }: PriceBucket) =>
    spanMs === 0 ? 0 : revenueMicros / MICROS / (spanMs / HOUR_MS);
  return timeFigure(span, {
    name: 'earned',
    title: 'Revenue',
    alt: `Revenue over time, up to ${formatAmount(Math.max(0, ...series.map(rate)))} credits an hour.`,
    unit: 'amount',
    isWide: false,
    caption: 'Credits an hour, earned evenly over each window, refunds taken off.',
    lines: [{ key: 'credits_per_hour', title: 'credits an hour', colour: '--busy', width: 1.4, fill: 0.2 }],
    bins: series.map((bucket) => ({
      startMs: bucket.startMs,
      spanMs: bucket.spanMs,
      values: { credits_per_hour: rate(bucket) },
    })),
  });
}

/** Who gained, and what made the difference, in sentences; none where nobody said what anything is worth. */
function gainText(figures: MarketFigures): string[] {
  // A request that is put to several providers comes to nothing at each but the last.
  const { total, valueUnservedMicros } = figures;
  if (total.valued === 0) return [];
  const joint = total.customerMicros + total.providerMicros;
  const known =
    total.valued === total.agreed
      ? 'The agreements'
      : `Of ${formatNumber(total.valued)} agreements it is known what they are worth. They`;
  const unserved =
    valueUnservedMicros === 0 || figures.byProvider.length > 1
      ? ''
      : ` Requests that came to nothing were worth ${credits(valueUnservedMicros)}.`;
  const sentences = [
    `${known} are worth ${credits(total.valueMicros)} credits to their users and cost ${credits(total.costMicros)} to deliver, so that there were ${credits(joint)} to share: users kept ${credits(total.customerMicros)} (${formatPart(total.customerMicros, joint)}), ${figures.byProvider.length > 1 ? 'providers' : 'the provider'} ${credits(total.providerMicros)}.${unserved}`,
  ];
  const rows = figures.byBuyer.filter(({ fortune }) => fortune.valued > 0 && fortune.valueMicros > 0);
  const byKept = [...rows].sort((a, b) => keptShare(b.fortune) - keptShare(a.fortune));
  const [best] = byKept;
  const worst = byKept.at(-1);
  if (best !== undefined && worst !== undefined && best !== worst)
    sentences.push(`${keptText(best)} ${keptText(worst)} ${whyText(best, worst)}`);
  sentences.push(...bargainersText(rows));
  if (figures.byProvider.length > 1) sentences.push(providersText(figures.byProvider));
  return sentences;
}

interface Row {
  readonly name: string;
  readonly fortune: Fortune;
}

const keptShare = ({ customerMicros, valueMicros }: Fortune) => customerMicros / valueMicros;
const roundsOf = ({ agreed, rounds }: Fortune) => (agreed === 0 ? 0 : rounds / agreed);

function keptText({ fortune, name }: Row): string {
  const { customerMicros, valueMicros } = fortune;
  const kept =
    customerMicros < 0
      ? `paid ${formatPart(-customerMicros, valueMicros)} more than its agreements are worth to its users`
      : `kept ${formatPart(customerMicros, valueMicros)} of what its agreements are worth to its users`;
  return `${name} ${kept}, at ${formatAmount(perCpuHour(fortune))} for a CPU-hour.`;
}

/** What bargaining longest brought, and what it cost; nothing where nobody bargained for long. */
function bargainersText(rows: readonly Row[]): string[] {
  const [longest, ...others] = [...rows].sort((a, b) => roundsOf(b.fortune) - roundsOf(a.fortune));
  if (longest === undefined || others.length === 0 || roundsOf(longest.fortune) < 1.5) return [];
  const paidShare = (of: readonly Row[]) => {
    const sum = (key: 'customerMicros' | 'valueMicros') =>
      of.reduce((total, row) => total + row.fortune[key], 0);
    return formatPart(sum('valueMicros') - sum('customerMicros'), sum('valueMicros'));
  };
  const { fortune, name } = longest;
  return [
    `${name} bargained longest, ${formatNumber(roundsOf(fortune), 1)} rounds for an agreement: its users paid ${paidShare([longest])} of what it is worth to them, the others ${paidShare(others)}. Offers to it that came to nothing locked ${formatAmount(fortune.vainHoldCpuMs / HOUR_MS)} CPU-hours meanwhile.`,
  ];
}

/** What tells the two apart: what their users would have paid, what they did pay, how long they bargained, and how often it came to nothing. */
function whyText(best: Row, worst: Row): string {
  const worth = ({ fortune: { valuedCpuMs, valueMicros } }: Row) =>
    valueMicros / MICROS / (valuedCpuMs / HOUR_MS);
  const price = (row: Row) => perCpuHour(row.fortune) ?? 0;
  const isCheaper = price(best) < 0.98 * price(worst);
  const isWorthMore = worth(best) > 1.02 * worth(worst);
  const reasons = [
    ...(isCheaper
      ? [
          roundsOf(best.fortune) > roundsOf(worst.fortune) + 0.05
            ? `it paid less, having bargained for ${formatNumber(roundsOf(best.fortune), 1)} rounds instead of ${formatNumber(roundsOf(worst.fortune), 1)}`
            : 'it paid less for a CPU-hour',
        ]
      : []),
    ...(isWorthMore
      ? [
          `a CPU-hour was worth ${formatAmount(worth(best))} to its users, and ${formatAmount(worth(worst))} to those of ${worst.name}`,
        ]
      : []),
  ];
  const why = reasons.length === 0 ? '' : `The first gained more because ${reasons.join(', and ')}. `;
  const part = ({ fortune: { agreed, requests } }: Row) => formatPart(agreed, requests);
  return `${why}${best.name} came to an agreement in ${part(best)} of its requests, ${worst.name} in ${part(worst)}.`;
}

function providersText(rows: readonly Row[]): string {
  const [best, ...others] = [...rows].sort((a, b) => b.fortune.providerMicros - a.fortune.providerMicros);
  if (best === undefined) return '';
  const of = ({ fortune, name }: Row) =>
    `${name} ${credits(fortune.providerMicros)} from ${formatCount(fortune.agreed, 'agreement')} at ${formatAmount(perCpuHour(fortune))} for a CPU-hour, of ${formatCount(fortune.requests, 'request')} put to it`;
  return `Of the providers ${best.name} gained most: ${[of(best), ...others.map(of)].join('; ')}.`;
}

function sharesTable({ byBuyer, byProvider, total }: MarketFigures): Markup | null {
  if (total.requests === 0) return null;
  const rows = (title: string, of: readonly Row[]) =>
    of.length < 2
      ? null
      : html`<tr><th scope="rowgroup" colspan="11">${title}</th></tr>
${of.map((row) => fortuneRow(row, true))}`;
  return html`<div class="scroll"><table><caption>What agreements brought, in credits; what offers that were not taken locked, in CPU-hours</caption><thead><tr><th scope="col">Of</th><th scope="col" class="n">Requests</th><th scope="col" class="n">Agreed</th><th scope="col" class="n">Rounds</th><th scope="col" class="n">CPU-hour</th><th scope="col" class="n">Paid</th><th scope="col" class="n">Worth</th><th scope="col" class="n">Users gained</th><th scope="col" class="n">of the worth</th><th scope="col" class="n">Providers gained</th><th scope="col" class="n">Held in vain</th></tr></thead><tbody>
${rows('Buyers', byBuyer)}
${rows('Providers', byProvider)}
${fortuneRow({ name: 'All', fortune: total }, false)}
</tbody></table></div>`;
}

function fortuneRow({ fortune, name }: Row, isSub: boolean): Markup {
  const { agreed, customerMicros, paidMicros, providerMicros, requests, vainHoldCpuMs, valued, valueMicros } =
    fortune;
  const worth = (micros: number) => (valued === 0 ? formatAmount(null) : credits(micros));
  const cells = [
    formatNumber(requests),
    formatPart(agreed, requests),
    agreed === 0 ? formatNumber(null) : formatNumber(roundsOf(fortune), 2),
    formatAmount(perCpuHour(fortune)),
    credits(paidMicros),
    worth(valueMicros),
    worth(customerMicros),
    formatPart(customerMicros, valueMicros),
    worth(providerMicros),
    formatAmount(vainHoldCpuMs / HOUR_MS),
  ];
  return html`<tr><th scope="row"${isSub ? html` class="sub"` : null}>${name}</th>${cells.map((cell) => html`<td class="n">${cell}</td>`)}</tr>
`;
}

function bargainingPart(figures: MarketFigures): Markup {
  const { bargained, customerConcessionMicros, providerConcessionMicros, total } = figures;
  const concessions =
    bargained === 0
      ? 'Nobody came down or up in price: every agreement was made at the first price, or without naming one.'
      : `In ${formatNumber(bargained)} of ${formatCount(total.agreed, 'agreement')} somebody gave way in price: users raised their bids by ${credits(customerConcessionMicros)} in all, and prices came down by ${credits(providerConcessionMicros)}.`;
  return html`<h3>Bargaining</h3>
<p>${concessions}</p>
${total.valued === 0 ? null : utilitiesTable(total)}`;
}

function auctionsPart({
  awardedCpuMs,
  awardedMicros,
  awards,
  bidMicros,
  bids,
  held,
}: AuctionFigures): Markup | null {
  if (held === 0) return null;
  const sold =
    awards === 0
      ? 'Nobody bid enough.'
      : `${formatNumber(awards)} won ${formatAmount(awardedCpuMs / HOUR_MS)} CPU-hours for ${credits(awardedMicros)} credits, ${formatAmount(awardedMicros / MICROS / (awardedCpuMs / HOUR_MS))} for a CPU-hour: ${formatPart(awardedMicros, bidMicros)} of what they had bid, the rest stayed with them.`;
  return html`<h3>Auctions</h3>
<p>At ${formatCount(held, 'auction')} there were ${formatCount(bids, 'bid')}; one that loses bids again in the next. ${sold}</p>`;
}

function utilitiesTable({ customerUtility, nashProduct, providerUtility, valued }: Fortune): Markup {
  const figure = (value: number) => formatNumber(value / valued, 3);
  const rows: ReadonlyArray<readonly [string, string]> = [
    ['Utility of the user', figure(customerUtility)],
    ['Utility of the provider', figure(providerUtility)],
    ['Joint utility', figure(customerUtility + providerUtility)],
    ['Nash product, square credits', formatAmount(nashProduct / valued)],
  ];
  return html`<table><caption>Mean over ${formatCount(valued, 'agreement')}</caption><thead class="skip"><tr><th scope="col">Figure</th><th scope="col">Mean</th></tr></thead><tbody>
${rows.map(
  ([title, value]) => html`<tr><th scope="row">${title}</th><td class="n">${value}</td></tr>
`,
)}</tbody></table>`;
}

function fairnessText({ dominantShareGap, fairness }: MarketFigures): string {
  if (fairness === null) return 'Nothing was agreed, so that nobody fared better than another.';
  const gap =
    dominantShareGap === null
      ? ''
      : ` The dominant shares of users (the larger of what they have of the CPU-time and of the memory) are up to ${formatShare(dominantShareGap)} of the cluster apart.`;
  return `Jain's index of the share of the CPU-hours that users asked for and got is ${formatNumber(fairness, 3)}: 1 is all alike.${gap}`;
}

function booksText({
  breaches,
  chargedMicros,
  entries,
  feesMicros,
  penaltyMicros,
  refundedMicros,
  tradedMicros,
  transfersPaidMicros,
}: LedgerFigures): string {
  if (entries === 0) return 'Nothing was charged.';
  const balance = credits(chargedMicros + feesMicros - refundedMicros - penaltyMicros);
  const trades =
    tradedMicros === 0
      ? ''
      : ` Users paid each other ${credits(tradedMicros)} for windows, and ${credits(feesMicros)} of that as fees.`;
  const transfers =
    transfersPaidMicros === 0
      ? ''
      : ` Providers paid each other ${credits(transfersPaidMicros)} for what one delivered and another sold.`;
  const verdict =
    breaches === 0
      ? 'Each is what was agreed.'
      : `${formatCount(breaches, 'entry is', 'entries are')} not what was agreed: that is a fault of OpenPEX.`;
  return `Over the whole run ${formatCount(entries, 'entry', 'entries')}: ${credits(chargedMicros)} charged, ${credits(refundedMicros)} given back, ${credits(penaltyMicros)} paid as penalties.${trades} What users are short of, ${balance}, is what is with the provider.${transfers} ${verdict}`;
}
