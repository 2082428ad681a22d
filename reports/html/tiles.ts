// The figures that matter most, as large as they are, at the top of a page.
import { html, type Markup } from './markup.ts';
import { unbroken } from './unbroken.ts';

export interface Tile {
  readonly title: string;
  readonly figure: string;
  /** What stands below it, line by line. */
  readonly lines: readonly string[];
}

export function tileList(tiles: readonly Tile[]): Markup {
  return html`<dl class="tiles">
${tiles.map(
  ({ title, figure, lines }) =>
    html`<div><dt>${title}</dt><dd><span class="big">${figure}</span>${lines.map((line) => html`<span>${unbroken(line)}</span>`)}</dd></div>

`,
)}</dl>`;
}
