// A table of counts, or of other amounts, with a bar in each row: readable as text, quick to compare.
import { formatNumber, formatPart } from '../format.ts';
import { html, type Markup } from './markup.ts';

export interface BarRow {
  readonly title: string;
  readonly count: number;
  /** What stands for the count; absent: the count as a whole number. */
  readonly figure?: string;
  /** Name of a custom property of the style sheet. */
  readonly colour: string;
  /** Part of the row above that is not a part of anything. */
  readonly isSub?: boolean;
}

/** @param whole what shares and bars are relative to */
export function barTable(caption: string, rows: readonly BarRow[], whole: number): Markup {
  return html`<table><caption>${caption}</caption><thead class="skip"><tr><th scope="col">What</th><th scope="col">Count</th><th scope="col">Share</th><th scope="col">Bar</th></tr></thead><tbody>
${rows.map(
  ({ title, count, colour, figure, isSub }) =>
    html`<tr><th scope="row"${isSub ? html` class="sub"` : null}>${title}</th><td class="n">${figure ?? formatNumber(count)}</td><td class="n muted">${formatPart(count, whole)}</td><td class="bar" aria-hidden="true"><span${count === 0 ? html` data-none` : null} style="width:${barWidth(count, whole)}%;--swatch:var(${colour})"></span></td></tr>
`,
)}</tbody></table>`;
}

function barWidth(count: number, whole: number): string {
  return whole === 0 ? '0' : ((100 * count) / whole).toFixed(2);
}
