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
  // A picture whose pixels are the numbers.
  function readMap(figure, map) {
    const image = figure.querySelector('img');
    figure.svgText = () => {
      const [width, height] = [image.parentElement.clientWidth, image.parentElement.clientHeight];
      const shown = (100 * (map.endMs - map.startMs)) / (image.naturalWidth * map.widthMs);
      return '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="' + width + '" height="' + height + '" viewBox="0 0 ' + width + ' ' + height + '">' +
        '<rect width="100%" height="100%" fill="var(--shade)"/><image width="' + 10000 / shown + '%" height="100%" preserveAspectRatio="none" image-rendering="pixelated" xlink:href="' + image.src + '"/></svg>\\n';
    };
    figure.csvText = () => {
      const canvas = document.createElement('canvas');
      const [width, height] = [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const pixels = context.getImageData(0, 0, width, height).data;
      const lines = ['first_node,nodes,start,span_s,reserved_share'];
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const at = 4 * (y * width + x);
          const alpha = pixels[at + 3] / 255;
          // A node that is lost is red.
          const share = pixels[at] > pixels[at + 2] ? '' : alpha === 0 ? 0 : Math.round((100 * (alpha - map.least)) / (1 - map.least)) / 100;
          lines.push([JSON.stringify(map.nodes[y]), map.nodesPerRow, new Date(map.startMs + x * map.widthMs).toISOString(), map.widthMs / 1000, share].join(','));
        }
      }
      return lines.join('\\r\\n') + '\\r\\n';
    };
  }
  for (const figure of document.querySelectorAll('figure[data-figure]')) {
    const name = figure.dataset.figure;
    if (figure.dataset.map) readMap(figure, JSON.parse(figure.dataset.map));
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
    if (figure.querySelector('svg') || figure.svgText) {
      offer('SVG', 'Save the figure as SVG', () =>
        save(name + '.svg', 'image/svg+xml', figure.svgText ? colours(figure.svgText()) : svgText(drawing())));
    }
    if (table || figure.csvText) {
      offer('CSV', 'Save the numbers as CSV', () => save(name + '.csv', 'text/csv', table ? JSON.parse(table.textContent) : figure.csvText()));
    }
    figure.append(tools);
  }
})();
`;
