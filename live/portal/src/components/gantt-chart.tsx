// The Gantt chart of the cluster: a row a node, its height the node's CPUs; bookings coloured by user, holds hatched. It is drawn on a canvas that
// shows what is in sight, so a thousand nodes cost no more than the rows that are seen. Dragging moves through time; arrow keys go from booking to
// booking.
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { CalendarEntry, ClusterNode } from '../../../wire/cluster.ts';
import type { TimeSpan } from '../charts/availability.ts';
import { ganttRows, userOf } from '../charts/gantt.ts';
import { type BarPlace, barAt, type GanttLayout, layOut, type Step, stepTo } from '../charts/gantt-layout.ts';
import { AXIS, type Inks, labelWidth, paintGantt, readInks } from '../charts/gantt-paint.ts';
import { useWidth } from '../live/use-width.ts';
import { navigate } from '../router.ts';
import { formatCount, formatMemory, formatNamed, shortId } from '../text/amounts.ts';
import { outageText } from '../text/outage-text.ts';
import { formatSpan, formatWindow } from '../text/time.ts';
import { GanttLegend } from './gantt-legend.tsx';

/** Colours of the style sheet, `user-0` and on. */
export const USER_COLOURS = 8;

interface GanttChartProps {
  /** Rows, in this order. Another array is laid out anew. */
  readonly nodes: readonly ClusterNode[];
  readonly entries: readonly CalendarEntry[];
  readonly colours: ReadonlyMap<string, number>;
  readonly span: TimeSpan;
  readonly nowMs: number;
  /** The view was moved to begin there. */
  readonly onMove: (fromMs: number) => void;
}

interface Pointer {
  readonly x: number;
  readonly y: number;
}

/** So far a press moves without being a drag. */
const STILL = 4;
const STEPS: Readonly<Record<string, Step>> = {
  ArrowRight: 'next',
  ArrowLeft: 'previous',
  ArrowDown: 'down',
  ArrowUp: 'up',
};

export function GanttChart({ nodes, entries, colours, span, nowMs, onMove }: GanttChartProps) {
  const [view, width] = useWidth<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const inks = useInks(canvas);
  const hint = useId();
  const layout = useMemo(() => layOut(ganttRows(nodes, entries)), [nodes, entries]);
  const byId = useMemo(() => new Map(nodes.map((node) => [node.node, node])), [nodes]);
  const left = useMemo(
    () =>
      labelWidth(
        layout.rows.map(({ node }) => node),
        width,
      ),
    [layout, width],
  );
  const height = Math.min(layout.height + AXIS, Math.max(320, Math.round(window.innerHeight * 0.72)));
  const [pointed, setPointed] = useState<BarPlace | undefined>(undefined);
  const [pointer, setPointer] = useState<Pointer | null>(null);
  /** A press that may become a drag, and how far it has moved the view. */
  const press = useRef<{ x: number; movedMs: number } | null>(null);
  const plot = {
    span: {
      fromMs: span.fromMs + (press.current?.movedMs ?? 0),
      toMs: span.toMs + (press.current?.movedMs ?? 0),
    },
    left,
    width: Math.max(0, width - left),
  };

  const paint = () => {
    const context = canvas.current?.getContext('2d');
    if (!context || view.current === null || inks === undefined || width === 0) return;
    const movedMs = press.current?.movedMs ?? 0;
    const moved = { fromMs: span.fromMs + movedMs, toMs: span.toMs + movedMs };
    const { scrollTop } = view.current;
    const picture = { layout, nodes: byId, colours, width, height, scrollTop, nowMs, pointed };
    sharpen(context, width, height);
    paintGantt(context, { ...picture, plot: { ...plot, span: moved } }, inks);
  };
  useLayoutEffect(paint);
  const soon = useFrame(paint);

  const under = (event: PointerEvent): BarPlace | undefined => {
    const at = placeOf(event, view.current!);
    if (at.y < AXIS) return undefined;
    return barAt(layout, plot, at.x, at.y - AXIS + view.current!.scrollTop);
  };
  const entry = pointed && layout.rows[pointed.row]?.bars[pointed.bar]?.entry;
  const open = (place: BarPlace | undefined) => {
    const found = place && layout.rows[place.row]?.bars[place.bar]?.entry;
    if (found !== undefined) navigate(`#/reservations/${found.reservationId}`);
  };
  const go = (step: Step) => {
    const next = stepTo(layout, span, pointed, step);
    if (next === undefined) return;
    setPointer(null);
    setPointed(next);
    intoSight(layout, next, view.current!);
  };
  return (
    <div class="gantt">
      <div class="gantt-frame">
        <div
          ref={view}
          class="gantt-view"
          style={{ height: `${height}px` }}
          role="application"
          aria-label="Bookings of each node over time"
          aria-describedby={hint}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: an application is worked by the keyboard
          tabIndex={0}
          onScroll={soon}
          onPointerDown={(event) => {
            if (event.button !== 0 || event.offsetX > width) return;
            press.current = { x: event.clientX, movedMs: 0 };
            view.current!.setPointerCapture(event.pointerId);
          }}
          onPointerMove={(event) => {
            const now = press.current;
            if (now === null) {
              setPointer(placeOf(event, view.current!));
              setPointed(under(event));
              return;
            }
            const way = event.clientX - now.x;
            if (now.movedMs === 0 && Math.abs(way) < STILL) return;
            now.movedMs = (-way / Math.max(1, plot.width)) * (span.toMs - span.fromMs);
            if (pointer !== null) setPointer(null);
            soon();
          }}
          onPointerUp={(event) => {
            const movedMs = press.current?.movedMs;
            press.current = null;
            if (movedMs === undefined) return;
            if (movedMs === 0) open(under(event));
            else onMove(span.fromMs + movedMs);
          }}
          onPointerCancel={() => {
            press.current = null;
            soon();
          }}
          onPointerLeave={() => {
            setPointer(null);
            if (pointer !== null) setPointed(undefined);
          }}
          onWheel={(event) => {
            const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
            if (Math.abs(sideways) <= Math.abs(event.shiftKey ? 0 : event.deltaY)) return;
            event.preventDefault();
            onMove(span.fromMs + (sideways / Math.max(1, plot.width)) * (span.toMs - span.fromMs));
          }}
          onKeyDown={(event) => {
            const step = STEPS[event.key];
            if (step !== undefined && event.shiftKey && (step === 'next' || step === 'previous'))
              onMove(span.fromMs + ((step === 'next' ? 1 : -1) * (span.toMs - span.fromMs)) / 4);
            else if (step !== undefined) go(step);
            else if (event.key === 'Enter') open(pointed);
            else if (event.key === 'Escape') setPointed(undefined);
            else return;
            event.preventDefault();
          }}
        >
          <canvas ref={canvas} style={{ width: `${width}px`, height: `${height}px` }} />
          <div style={{ height: `${layout.height + AXIS - height}px` }} />
        </div>
        {entry !== undefined && pointer !== null && (
          <p class="gantt-readout" aria-hidden="true" style={besides(pointer, width, height)}>
            {described(entry)}
          </p>
        )}
      </div>
      <p class="gantt-details" aria-live="polite">
        {entry === undefined || pointer !== null ? '' : described(entry)}
        {entry === undefined && outagesInSight(nodes, span, nowMs)}
      </p>
      <p class="hint" id={hint}>
        Drag, or turn the wheel with Shift, to move through time. Arrow keys go from booking to booking, Enter
        opens one.
      </p>
      <GanttLegend colours={colours} nodes={nodes} />
    </div>
  );
}

/** Of few nodes, what each outage is: of many it would be a wall of text. */
function outagesInSight(nodes: readonly ClusterNode[], { fromMs, toMs }: TimeSpan, nowMs: number): string {
  const told = nodes.flatMap(({ node, outages }) =>
    outages
      .filter(({ endTimeMs, startTimeMs }) => startTimeMs < toMs && fromMs < (endTimeMs ?? toMs))
      .map((outage) => `${node}: ${outageText(outage, nowMs)}.`),
  );
  return told.length > 3 ? `${told.slice(0, 3).join(' ')} And ${told.length - 3} more.` : told.join(' ');
}

function described(entry: CalendarEntry): string {
  const { kind, node, startTimeMs, endTimeMs, cpus, memoryMib, resources, reservationId, reservationName } =
    entry;
  const what = kind === 'hold' ? 'holds' : 'has reserved';
  const size = [formatCount(cpus, 'CPU'), formatMemory(memoryMib), ...formatNamed(resources)].join(', ');
  return `${userOf(entry)} ${what} ${size} on ${node}: ${formatWindow(startTimeMs, endTimeMs)} (${formatSpan(endTimeMs - startTimeMs)}), ${reservationName ?? shortId(reservationId)}`;
}

function placeOf(event: MouseEvent, view: Element): Pointer {
  const box = view.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

/** Right of the pointer, or left of it where there is no room. */
function besides({ x, y }: Pointer, width: number, height: number) {
  return {
    ...(x < width * 0.6 ? { left: `${x + 16}px` } : { right: `${width - x + 12}px` }),
    ...(y < height * 0.6 ? { top: `${y + 14}px` } : { bottom: `${height - y + 10}px` }),
  };
}

function intoSight({ rows }: GanttLayout, { row }: BarPlace, view: HTMLElement): void {
  const { height, y } = rows[row]!;
  const seen = view.clientHeight - AXIS;
  if (y < view.scrollTop) view.scrollTop = y;
  else if (y + height > view.scrollTop + seen) view.scrollTop = y + height - seen;
}

/** As many points as the screen has. */
function sharpen(context: CanvasRenderingContext2D, width: number, height: number): void {
  const ratio = window.devicePixelRatio;
  const { canvas } = context;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

/** Does it with the next frame, once however often it is called. */
function useFrame(paint: () => void): () => void {
  const latest = useRef(paint);
  latest.current = paint;
  const waiting = useRef(0);
  useEffect(() => () => cancelAnimationFrame(waiting.current), []);
  return () => {
    if (waiting.current !== 0) return;
    waiting.current = requestAnimationFrame(() => {
      waiting.current = 0;
      latest.current();
    });
  };
}

/** The colours of the style sheet, again when it changes from light to dark. */
function useInks(canvas: { readonly current: Element | null }): Inks | undefined {
  const [inks, setInks] = useState<Inks | undefined>(undefined);
  useEffect(() => {
    const read = () => canvas.current !== null && setInks(readInks(canvas.current, USER_COLOURS));
    read();
    const dark = window.matchMedia('screen and (prefers-color-scheme: dark)');
    dark.addEventListener('change', read);
    return () => dark.removeEventListener('change', read);
  }, [canvas]);
  return inks;
}
