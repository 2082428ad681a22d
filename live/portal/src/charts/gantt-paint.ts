// Draws the Gantt chart on a canvas: the axis on top, the rows that are in sight below it. Draws only; where things lie is in gantt-layout.ts.
import type { ClusterNode } from '../../../wire/cluster.ts';
import { position } from './availability.ts';
import { userOf } from './gantt.ts';
import {
  type BarPlace,
  type Box,
  boxOf,
  type GanttLayout,
  type PlacedRow,
  type Plot,
  rowsBetween,
} from './gantt-layout.ts';
import { ticks } from './time-axis.ts';

/** Height of the axis above the rows. */
export const AXIS = 26;
const LEAST_TICK = 84;
const NAME_FONT = '13px system-ui, sans-serif';
const TICK_FONT = '12px system-ui, sans-serif';
/** Room for the mark of a node that is out, before its name. */
const MARK = 13;
const MOST_LABEL = 170;
/** Of a bar that has its name on it. */
const LEAST_NAMED = { width: 44, height: 14 };

/** Colours of the style sheet, as they are now. */
export interface Inks {
  readonly paper: string;
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly edge: string;
  readonly shade: string;
  readonly bad: string;
  readonly badWash: string;
  readonly attention: string;
  readonly users: readonly string[];
  /** Hatching in the colours of `users`. */
  readonly hatched: readonly (CanvasPattern | string)[];
}

export interface GanttPicture {
  readonly layout: GanttLayout;
  readonly plot: Plot;
  readonly nodes: ReadonlyMap<string, ClusterNode>;
  readonly colours: ReadonlyMap<string, number>;
  /** In CSS pixels, the axis included. */
  readonly width: number;
  readonly height: number;
  readonly scrollTop: number;
  readonly nowMs: number;
  readonly pointed: BarPlace | undefined;
}

export function readInks(element: Element, colours: number): Inks {
  const style = getComputedStyle(element);
  const ink = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const users = Array.from({ length: colours }, (_, index) => ink(`user-${index}`));
  return {
    paper: ink('paper'),
    ink: ink('ink'),
    muted: ink('muted'),
    line: ink('line'),
    edge: ink('edge'),
    shade: ink('shade'),
    bad: ink('bad'),
    badWash: ink('bad-wash'),
    attention: ink('attention-line'),
    users,
    hatched: users.map(hatching),
  };
}

function hatching(colour: string): CanvasPattern | string {
  const tile = document.createElement('canvas');
  tile.width = 8;
  tile.height = 8;
  const context = tile.getContext('2d');
  if (context === null) return colour;
  context.strokeStyle = colour;
  context.lineWidth = 2.2;
  context.beginPath();
  // Beyond the corners, so that tiles join.
  for (const shift of [-8, 0, 8]) {
    context.moveTo(shift - 2, 10);
    context.lineTo(shift + 10, -2);
  }
  context.stroke();
  return context.createPattern(tile, 'repeat') ?? colour;
}

/** As wide as the longest name, within reason. */
export function labelWidth(names: Iterable<string>, width: number): number {
  const context = document.createElement('canvas').getContext('2d');
  if (context === null) return 110;
  context.font = NAME_FONT;
  let longest = 0;
  for (const name of names) longest = Math.max(longest, context.measureText(name).width);
  return Math.round(Math.min(MARK + longest + 10, MOST_LABEL, width / 3));
}

export function paintGantt(context: CanvasRenderingContext2D, picture: GanttPicture, inks: Inks): void {
  const { height, layout, nowMs, plot, scrollTop, width } = picture;
  context.clearRect(0, 0, width, height);
  context.save();
  context.beginPath();
  context.rect(0, AXIS, width, height - AXIS);
  context.clip();
  context.translate(0, AXIS - scrollTop);
  const { from, to } = rowsBetween(layout, scrollTop, scrollTop + height - AXIS);
  const seen = layout.rows.slice(from, to);
  for (const row of seen) paintPaper(context, picture, inks, row);
  context.restore();
  paintAxis(context, picture, inks);
  context.save();
  context.beginPath();
  context.rect(0, AXIS, width, height - AXIS);
  context.clip();
  context.translate(0, AXIS - scrollTop);
  for (const [place, row] of seen.entries()) paintBars(context, picture, inks, row, from + place);
  context.restore();
  if (nowMs > plot.span.fromMs && nowMs < plot.span.toMs) {
    context.fillStyle = inks.bad;
    context.fillRect(plot.left + position(nowMs, plot.span, plot.width) - 1, AXIS - 8, 2, height - AXIS + 8);
  }
}

function paintAxis(
  context: CanvasRenderingContext2D,
  { height, plot: { left, span, width } }: GanttPicture,
  inks: Inks,
): void {
  context.font = TICK_FONT;
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  for (const { isMidnight, label, ms } of ticks(span.fromMs, span.toMs, Math.max(2, width / LEAST_TICK))) {
    const x = Math.round(left + position(ms, span, width));
    context.fillStyle = isMidnight ? inks.edge : inks.line;
    context.fillRect(x, AXIS - 6, 1, height - AXIS + 6);
    const half = context.measureText(label).width / 2;
    if (x + half > left + width || x - half < left - 20) continue;
    context.fillStyle = inks.muted;
    context.fillText(label, x, AXIS - 11);
  }
}

/** The name of a row, and what its bookings are drawn on. */
function paintPaper(
  context: CanvasRenderingContext2D,
  { nodes, plot: { left, width } }: GanttPicture,
  inks: Inks,
  row: PlacedRow,
): void {
  paintName(context, row.node, markOf(nodes.get(row.node), inks), left, row.y + row.height / 2, inks);
  context.globalAlpha = 0.55;
  context.fillStyle = inks.shade;
  context.fillRect(left, row.y, width, row.height);
  context.globalAlpha = 1;
}

function paintBars(
  context: CanvasRenderingContext2D,
  { colours, nodes, plot, pointed }: GanttPicture,
  inks: Inks,
  row: PlacedRow,
  index: number,
): void {
  const { left, span, width } = plot;
  for (const { endTimeMs, startTimeMs } of nodes.get(row.node)?.outages ?? []) {
    const endMs = endTimeMs ?? span.toMs;
    if (startTimeMs >= span.toMs || endMs <= span.fromMs) continue;
    const x = left + position(startTimeMs, span, width);
    const wide = Math.max(2, left + position(Math.min(span.toMs, endMs), span, width) - x);
    context.fillStyle = inks.badWash;
    context.fillRect(x, row.y, wide, row.height);
    context.strokeStyle = inks.bad;
    context.lineWidth = 0.6;
    context.strokeRect(x + 0.5, row.y + 0.5, wide - 1, row.height - 1);
  }
  let marked: Box | undefined;
  for (const [place, bar] of row.bars.entries()) {
    // In order of their starts.
    if (bar.entry.startTimeMs >= span.toMs) break;
    const box = boxOf(row, bar, plot);
    if (box === undefined) continue;
    const colour = colours.get(userOf(bar.entry)) ?? 0;
    const isHeld = bar.entry.kind === 'hold';
    context.fillStyle = (isHeld ? inks.hatched : inks.users)[colour] ?? inks.ink;
    context.fillRect(box.x, box.y, box.width, box.height);
    if (isHeld) outline(context, box, inks.users[colour] ?? inks.ink, 1);
    else if (box.width > 4) {
      // A seam between neighbours of one colour.
      context.fillStyle = inks.paper;
      context.fillRect(box.x + box.width - 1, box.y, 1, box.height);
    }
    if (bar.entry.reservationName !== null && !isHeld)
      paintBarName(context, bar.entry.reservationName, box, plot, inks);
    if (pointed?.row === index && pointed.bar === place) marked = box;
  }
  if (marked !== undefined) outline(context, marked, inks.ink, 2);
}

/** What its user calls it, where that can be read: in the part of the bar that is in sight. */
function paintBarName(
  context: CanvasRenderingContext2D,
  name: string,
  box: Box,
  plot: Plot,
  inks: Inks,
): void {
  const left = Math.max(box.x, plot.left) + 5;
  const room = Math.min(box.x + box.width, plot.left + plot.width) - 5 - left;
  if (box.height < LEAST_NAMED.height || room < LEAST_NAMED.width) return;
  context.font = TICK_FONT;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillStyle = inks.paper;
  context.fillText(shortened(context, name, room), left, box.y + box.height / 2 + 1);
}

function outline(context: CanvasRenderingContext2D, box: Box, colour: string, wide: number): void {
  context.strokeStyle = colour;
  context.lineWidth = wide;
  const inset = wide / 2;
  context.strokeRect(
    box.x + inset,
    box.y + inset,
    Math.max(0.5, box.width - wide),
    Math.max(0.5, box.height - wide),
  );
}

function markOf(node: ClusterNode | undefined, inks: Inks): string | undefined {
  if (node === undefined || (node.up && node.inService)) return undefined;
  return node.up ? inks.attention : inks.bad;
}

function paintName(
  context: CanvasRenderingContext2D,
  name: string,
  mark: string | undefined,
  left: number,
  middle: number,
  inks: Inks,
): void {
  if (mark !== undefined) {
    context.fillStyle = mark;
    context.fillRect(0, middle - 4, 8, 8);
  }
  context.font = NAME_FONT;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillStyle = inks.ink;
  context.fillText(shortened(context, name, left - MARK - 6), MARK, middle + 1);
}

/** The end of a name tells nodes apart, so the middle goes. */
function shortened(context: CanvasRenderingContext2D, name: string, room: number): string {
  if (context.measureText(name).width <= room) return name;
  for (let kept = name.length - 2; kept > 2; kept -= 1) {
    const head = Math.ceil(kept / 2);
    const short = `${name.slice(0, head)}…${name.slice(name.length - (kept - head))}`;
    if (context.measureText(short).width <= room) return short;
  }
  return `${name.slice(0, 2)}…`;
}
