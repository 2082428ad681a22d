// The main figures of several summaries side by side, for a terminal.
import { formatAmount, formatNumber, formatShare, formatSpan } from '../../reports/format.ts';
import type { Summary } from '../../reports/summary.ts';

export interface TableColumn {
  readonly title: string;
  readonly summary: Summary;
}

const ROWS: readonly (readonly [title: string, figure: (summary: Summary) => string])[] = [
  ['Requests', ({ requests }) => formatNumber(requests)],
  ['Confirmed', ({ accepted }) => formatNumber(accepted)],
  ['  share of the requests', ({ acceptanceRatio }) => formatShare(acceptanceRatio)],
  ['  of the CPU-hours asked', ({ acceptanceRatioByCpuHours: share }) => formatShare(share)],
  ['  as first asked', ({ acceptedFirstOffer }) => formatNumber(acceptedFirstOffer)],
  ['Countered', ({ countered }) => formatNumber(countered)],
  ['Rejected', ({ rejected }) => formatNumber(rejected)],
  ['Start displacement, mean', ({ startDisplacementMs }) => formatSpan(startDisplacementMs.mean)],
  ['  when countered', ({ counteredDisplacementMs }) => formatSpan(counteredDisplacementMs.mean)],
  ['CPU reserved', ({ utilisation }) => formatShare(utilisation.cpu.reserved)],
  ['CPU allocated', ({ utilisation }) => formatShare(utilisation.cpu.allocated)],
  ['No-shows', ({ noShows }) => formatNumber(noShows)],
  ['Failed', ({ failed }) => formatNumber(failed)],
  ['Migrations', ({ migrations }) => formatNumber(migrations)],
  ['Revenue, credits', ({ revenue }) => formatAmount(revenue)],
  ['Penalties, credits', ({ penalties }) => formatAmount(penalties)],
];

/** One line for each figure, each with a newline at its end. */
export function renderTable(columns: readonly TableColumn[]): string {
  const titles = Math.max(...ROWS.map(([title]) => title.length));
  const cells = columns.map(({ summary, title }) => [title, ...ROWS.map(([, figure]) => figure(summary))]);
  const widths = cells.map((column) => Math.max(...column.map(({ length }) => length)));
  const line = (title: string, row: number) =>
    `${title.padEnd(titles)}${cells.map((column, i) => `   ${column[row]!.padStart(widths[i]!)}`).join('')}\n`;
  return [line('', 0), ...ROWS.map(([title], i) => line(title, i + 1))].join('');
}
