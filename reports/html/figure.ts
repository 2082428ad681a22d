// A figure of a page, with what it shows as a table: the script of the page offers both to be saved, the drawing as SVG in the colours of paper and the
// numbers as CSV.
import { csvLine } from '../files/csv-writer.ts';
import { html, jsonForScript, type Markup } from './markup.ts';

/** What a figure shows, unrounded or nearly so. */
export interface FigureTable {
  readonly header: readonly string[];
  readonly rows: ReadonlyArray<ReadonlyArray<string | number | null>>;
}

export interface FigureOptions {
  /** Of the files that are saved, without an ending; unique on its page. */
  readonly name: string;
  readonly title?: string;
  readonly drawing: Markup;
  readonly caption?: Markup | string | null;
  readonly table: FigureTable;
}

export function figure({ caption = null, drawing, name, table, title }: FigureOptions): Markup {
  return html`<figure data-figure="${name}">${title === undefined ? null : html`<h3>${title}</h3>`}${drawing}${
    caption === null ? null : html`<figcaption>${caption}</figcaption>`
  }<script type="application/json">${jsonForScript(csvOf(table))}</script></figure>`;
}

function csvOf({ header, rows }: FigureTable): string {
  return [header, ...rows].map((row) => csvLine(row)).join('');
}

/** At the end of a page with figures. Plain browser code; nothing is fetched. */
export const FIGURE_SCRIPT = `
(() => {
  'use strict';
  // The first rule of the style sheet has the colours of paper, whatever the page looks like now.
  const paper = document.styleSheets[0].cssRules[0].style;
  const colours = (text) => text.replace(/var\\((--[\\w-]+)\\)/g, (_, name) => paper.getPropertyValue(name).trim() || '#000');
  function save(name, type, text) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
  function svgText(svg) {
    const copy = svg.cloneNode(true);
    copy.querySelectorAll('[data-transient]').forEach((each) => each.remove());
    const [, , width, height] = svg.getAttribute('viewBox').split(' ');
    for (const [name, value] of Object.entries({ xmlns: 'http://www.w3.org/2000/svg', width, height,
      color: 'var(--ink)', 'font-family': 'Helvetica, Arial, sans-serif' })) copy.setAttribute(name, value);
    copy.removeAttribute('class');
    return '<?xml version="1.0" encoding="UTF-8"?>\\n' + colours(new XMLSerializer().serializeToString(copy)) + '\\n';
  }
  for (const figure of document.querySelectorAll('figure[data-figure]')) {
    const name = figure.dataset.figure;
    const table = figure.querySelector('script[type="application/json"]');
    const drawing = () => [...figure.querySelectorAll('svg')].find((svg) => svg.getClientRects().length > 0);
    const tools = document.createElement('div');
    tools.className = 'save';
    const offer = (title, what, act) => {
      const button = document.createElement('button');
      button.textContent = title;
      button.title = what;
      button.addEventListener('click', act);
      tools.append(button);
    };
    // What draws itself hands out its drawing as a property of its figure.
    if (figure.querySelector('svg') || figure.dataset.draws) {
      offer('SVG', 'Save the figure as SVG', () =>
        save(name + '.svg', 'image/svg+xml', figure.svgText ? colours(figure.svgText()) : svgText(drawing())));
    }
    if (table || figure.dataset.draws) {
      offer('CSV', 'Save the numbers as CSV', () => save(name + '.csv', 'text/csv', table ? JSON.parse(table.textContent) : figure.csvText()));
    }
    figure.append(tools);
  }
})();
`;
