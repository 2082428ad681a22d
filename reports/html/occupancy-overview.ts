// The overview of a whole run: nodes down, time across, the darker the more of the CPU is reserved. A picture that needs no script and
// can be printed; the Gantt chart above it marks on it what it shows.
import { formatDateTime, formatSpan } from '../format.ts';
import type { StreamSpan } from '../metrics/metric.ts';
import type { UtilisationFigures } from '../metrics/utilisation.ts';
import { html, type Markup } from './markup.ts';
import { type Colour, palettePng } from './png.ts';
import { timeTicks } from './time-axis.ts';

const OFFLINE = 101;
const OUTSIDE = 102;
/** Of one per cent; what is reserved at all is seen, on paper and on a dark screen. */
const LEAST = 0.22;
/** One hue; how much shows is how much is reserved. */
const PALETTE: readonly Colour[] = [
  ...Array.from(
    { length: 101 },
    (_, percent): Colour => [
      46,
      126,
      191,
      percent === 0 ? 0 : Math.round(255 * (LEAST + ((1 - LEAST) * percent) / 100)),
    ],
  ),
  [214, 84, 42, 255],
  [0, 0, 0, 0],
];

/** null when no node ever joined. */
export function occupancyOverview(
  { endMs, startMs }: StreamSpan,
  { overview, nodes }: UtilisationFigures,
): Markup | null {
  const { rows, widthMs, nodesPerRow } = overview;
  const width = Math.max(0, ...rows.map(({ length }) => length));
  if (width === 0) return null;
  const pixels = new Uint8Array(width * rows.length).fill(OUTSIDE);
  for (const [y, row] of rows.entries()) {
    for (const [x, share] of row.entries()) {
      pixels[y * width + x] = share === null ? OFFLINE : Math.round(100 * Math.min(1, share));
    }
  }
  const image = palettePng(width, rows.length, PALETTE, pixels).toString('base64');
  const height = Math.min(250, Math.max(80, rows.length * 14));
  // The last bucket may reach beyond the end of the run: the picture is cut where the run ends.
  const scale = (100 * width * widthMs) / (endMs - startMs);
  const ticks = timeTicks(startMs, endMs, 11);
  const perRow = nodesPerRow === 1 ? 'each row is a node' : `each row is ${nodesPerRow} nodes`;
  return html`<figure class="overview" data-figure="occupancy" data-map="${JSON.stringify({ startMs, endMs, widthMs, nodesPerRow, least: LEAST, nodes: rows.map((_, row) => nodes[row * nodesPerRow]?.nodeId ?? '') })}">
<div class="overview-rows" aria-hidden="true"><span>${nodes[0]?.nodeId ?? ''}</span><span>${nodes.at(-1)?.nodeId ?? ''}</span></div>
<div class="overview-map" style="height:${height}px;overflow:hidden"><img alt="Share of CPU reserved on ${nodes.length} nodes from ${formatDateTime(startMs)} to ${formatDateTime(endMs)}" src="data:image/png;base64,${image}" style="width:${scale.toFixed(3)}%;max-width:none"><div class="overview-brush" hidden></div></div>
<div class="overview-times" aria-hidden="true">${ticks.map(({ atMs, label }) => {
    const x = (100 * (atMs - startMs)) / (endMs - startMs);
    return x < 2 || x > 98 ? null : html`<span style="left:${x.toFixed(2)}%">${label}</span>`;
  })}</div>
<ul class="legend"><li><span class="ramp"></span>0–100 % of the CPU reserved</li>${
    pixels.includes(OFFLINE)
      ? html`<li><span class="swatch" style="--swatch:rgb(214 84 42)"></span>node lost</li>`
      : null
  }</ul>
<figcaption>Overview: ${perRow}, each column ${formatSpan(widthMs)}. Times are UTC.</figcaption>
</figure>`;
}
