// The Gantt chart of a short run as a still picture, for pages without script. Longer runs have the overview of occupancy.

import type { StreamSpan } from '../metrics/metric.ts';
import type { NodeFigures } from '../metrics/node-meters.ts';
import type { ReservationBars } from '../metrics/node-timeline.ts';
import { escapeHtml, html, type Markup, raw } from './markup.ts';
import { timeTicks } from './time-axis.ts';

const MOST_BARS = 600;
const WIDTH = 1072;
const GUTTER = 70;
const ROW = 34;

/** null when there are too many bars to be told apart in a still picture. */
export function staticGantt(
  { startMs, endMs }: StreamSpan,
  nodes: readonly NodeFigures[],
  reservations: readonly ReservationBars[],
): Markup | null {
  const bars = reservations.reduce((sum, reservation) => sum + reservation.bars.length, 0);
  if (bars === 0 || bars > MOST_BARS || nodes.length * ROW > 2000) return null;
  const x = (ms: number) =>
    (GUTTER + ((WIDTH - GUTTER) * (ms - startMs)) / Math.max(1, endMs - startMs)).toFixed(1);
  const height = nodes.length * ROW;
  const parts: string[] = [];
  for (const [i, { nodeId }] of nodes.entries()) {
    parts.push(
      `<text x="${GUTTER - 8}" y="${i * ROW + ROW / 2}" dy="0.35em" text-anchor="end" class="tick">${escapeHtml(nodeId)}</text>` +
        `<path d="M${GUTTER} ${(i + 1) * ROW}H${WIDTH}" stroke="var(--line)"/>`,
    );
  }
  for (const { atMs, label } of timeTicks(startMs, endMs, 11)) {
    parts.push(
      `<path d="M${x(atMs)} 0V${height}" stroke="var(--line)"/>` +
        `<text x="${x(atMs)}" y="${height + 17}" text-anchor="middle" class="tick">${label}</text>`,
    );
  }
  const lanes = nodes.map((): { untilMs: number }[] => []);
  const byStart = reservations
    .flatMap((reservation) => reservation.bars.map((bar) => ({ reservation, bar })))
    .sort((a, b) => a.bar.startMs - b.bar.startMs);
  const laneOf = byStart.map(({ bar }) => {
    const node = lanes[bar.nodeIndex]!;
    let lane = node.findIndex(({ untilMs }) => untilMs <= bar.startMs);
    if (lane === -1) lane = node.push({ untilMs: 0 }) - 1;
    node[lane]!.untilMs = bar.endMs;
    return lane;
  });
  for (const [i, { reservation, bar }] of byStart.entries()) {
    const laneHeight = (ROW - 4) / lanes[bar.nodeIndex]!.length;
    const width = Math.max(1, Number(x(bar.endMs)) - Number(x(bar.startMs)) - 1).toFixed(1);
    parts.push(
      `<rect x="${x(bar.startMs)}" y="${(bar.nodeIndex * ROW + 2 + laneOf[i]! * laneHeight).toFixed(1)}" width="${width}" ` +
        `height="${(laneHeight - 1).toFixed(1)}" fill="var(${barColour(reservation)})">` +
        `<title>${escapeHtml(`${reservation.reservationId}, ${reservation.userId}`)}</title></rect>`,
    );
  }
  return html`<figure><svg role="img" aria-label="Reservations on ${nodes.length} nodes over time" viewBox="0 0 ${WIDTH} ${height + 24}" font-size="12" fill="currentColor">${raw(parts.join(''))}</svg></figure>`;
}

/** How the bars of a reservation are coloured; the same rule as in the script of the page. */
export function barColour({ countered, fate }: ReservationBars): string {
  if (fate === 'no-show') return '--no-show';
  if (fate === 'failed') return '--failed';
  if (fate === 'cancelled') return '--cancelled';
  return countered ? '--on-other-terms' : '--as-asked';
}
