// The drawing of the availability strip. A click chooses a start, dragging a window; keyboards use the fields beside it.
import { useRef, useState } from 'preact/hooks';
import type { AvailabilityStep } from '../../../wire/service.ts';
import {
  barredStarts,
  countOfStart,
  instantAt,
  position,
  stripBars,
  type TimeSpan,
} from '../charts/availability.ts';
import { ticks } from '../charts/time-axis.ts';
import { useWidth } from '../live/use-width.ts';
import { formatMoment, formatWindow, MINUTE_MS } from '../text/time.ts';

interface AvailabilityStripProps {
  /** What fits. */
  readonly steps: readonly AvailabilityStep[];
  /** What of it is within own limits. */
  readonly own: readonly AvailabilityStep[];
  /** What limits of a period leave to a window as long as the present one, by its start; absent: nothing is known of that. */
  readonly starts?: readonly AvailabilityStep[] | undefined;
  readonly span: TimeSpan;
  readonly needed: number;
  readonly window: TimeSpan | null;
  readonly nowMs: number;
  /** Of the bars. */
  readonly height?: number;
  /** Instants that can be chosen are multiples of it. */
  readonly snapMs?: number;
  readonly onStart: (ms: number) => void;
  readonly onWindow: (window: TimeSpan) => void;
}

const TOP = 16;
const USUAL_HEIGHT = 64;
const AXIS = 22;
/** Of starts that are barred, between bars and axis. */
const LANE = 9;
const ROOM_FOR_TEXT = 18;
const USUAL_SNAP_MS = 5 * MINUTE_MS;
/** So far a press moves without being a drag. */
const STILL = 4;

export function AvailabilityStrip(props: AvailabilityStripProps) {
  const { own, starts, steps, span, needed, nowMs, onStart, onWindow } = props;
  const { height = USUAL_HEIGHT, snapMs = USUAL_SNAP_MS } = props;
  const [holder, width] = useWidth<HTMLDivElement>();
  const [pointed, setPointed] = useState<number | null>(null);
  const press = useRef<{ readonly x: number; readonly ms: number } | null>(null);
  const [dragged, setDragged] = useState<TimeSpan | null>(null);
  const window = dragged ?? props.window;
  const bars = stripBars({ ...span, steps: own, needed, width, height });
  const highest = Math.max(needed, ...own.map(({ count }) => count));
  const room = stripBars({ ...span, steps, needed, width, height, highest });
  const isLimited = own.some(
    ({ count, fromMs }) => count < (steps.findLast((step) => step.fromMs <= fromMs)?.count ?? 0),
  );
  const barred = barredStarts(starts, span, needed);
  const bottom = TOP + height + (barred.length > 0 ? LANE : 0);
  const left = pointed === null ? null : countOfStart(starts, pointed);
  const at = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const x = Math.min(width, Math.max(0, event.clientX - box.left));
    return Math.max(instantAt(x, span, width, snapMs), nowMs);
  };
  /** What was passed over since the press, in whole steps; null while it is a click. */
  const draggedTo = (event: PointerEvent): TimeSpan | null => {
    if (press.current === null || Math.abs(event.clientX - press.current.x) < STILL) return null;
    const ms = at(event);
    const { ms: from } = press.current;
    return ms < from ? { fromMs: ms, toMs: from } : { fromMs: from, toMs: Math.max(ms, from + snapMs) };
  };
  const under = pointed === null ? undefined : bars.findLast(({ fromMs }) => fromMs <= pointed);
  const begin = window === null ? 0 : position(window.fromMs, span, width);
  const end = window === null ? 0 : position(window.toMs, span, width);
  return (
    <div ref={holder} class="strip-holder">
      {width > 0 && (
        <svg
          class="strip"
          width={width}
          height={bottom + AXIS}
          role="img"
          aria-label={`Instances that fit${isLimited ? ' and that your limits leave' : ''} from ${formatMoment(span.fromMs)} to ${formatMoment(span.toMs)}: between ${Math.min(...bars.map(({ count }) => count))} and ${Math.max(...bars.map(({ count }) => count))}.`}
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            press.current = { x: event.clientX, ms: at(event) };
            event.currentTarget.setPointerCapture(event.pointerId);
          }}
          onPointerMove={(event) => {
            setPointed(at(event));
            setDragged(draggedTo(event));
          }}
          onPointerUp={(event) => {
            if (press.current === null) return;
            const passed = draggedTo(event);
            press.current = null;
            setDragged(null);
            if (passed === null) onStart(at(event));
            else onWindow(passed);
          }}
          onPointerCancel={() => {
            press.current = null;
            setDragged(null);
          }}
          onPointerLeave={() => setPointed(null)}
        >
          <defs>
            <pattern
              id="too-few"
              width="5"
              height="5"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <rect class="hatch" width="2" height="5" />
            </pattern>
          </defs>
          <rect class="strip-paper" y={TOP} width={width} height={height} />
          {isLimited &&
            room.map((bar) => (
              <rect
                key={bar.fromMs}
                class="beyond"
                x={bar.x}
                y={TOP + height - bar.height}
                width={bar.width}
                height={bar.height}
              />
            ))}
          {bars.map((bar) => (
            <g key={bar.fromMs}>
              {!bar.enough && <rect class="too-few" x={bar.x} y={TOP} width={bar.width} height={height} />}
              <rect
                class={bar.enough ? 'fits' : 'some'}
                x={bar.x}
                y={TOP + height - bar.height}
                width={bar.width}
                height={bar.height}
              />
              {bar.width > 16 && (
                <text
                  class={bar.enough && bar.height > ROOM_FOR_TEXT ? 'count inside' : 'count'}
                  x={bar.x + bar.width / 2}
                  y={TOP + height - bar.height + (bar.enough && bar.height > ROOM_FOR_TEXT ? 14 : -5)}
                >
                  {bar.count}
                </text>
              )}
            </g>
          ))}
          {barred.map(({ fromMs, toMs }) => {
            const x = position(fromMs, span, width);
            return (
              <rect
                key={fromMs}
                class="barred"
                x={x}
                y={TOP + height + 3}
                width={Math.max(1, position(toMs, span, width) - x)}
                height={LANE - 4}
              />
            );
          })}
          {window !== null && end > 0 && begin < width && (
            <g class="asked">
              <rect x={begin} y={TOP - 1} width={Math.max(3, end - begin)} height={height + 2} />
              <text x={Math.min(Math.max(begin + (end - begin) / 2, 44), width - 44)} y={11}>
                your window
              </text>
            </g>
          )}
          {pointed !== null && (
            <line
              class="pointer"
              x1={position(pointed, span, width)}
              x2={position(pointed, span, width)}
              y1={TOP}
              y2={bottom}
            />
          )}
          {ticks(span.fromMs, span.toMs, Math.max(2, width / 78)).map(({ ms, label }) => {
            const x = position(ms, span, width);
            return (
              <g key={ms} class="tick">
                <line x1={x} x2={x} y1={bottom} y2={bottom + 4} />
                {x > 18 && x < width - 26 && (
                  <text x={x} y={bottom + 17}>
                    {label}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      )}
      <p class="strip-legend" aria-hidden="true">
        <span class="strip-key">
          <span class="key fits" /> enough fit
        </span>
        <span class="strip-key">
          <span class="key too-few" /> too few
        </span>
        {isLimited && (
          <span class="strip-key">
            <span class="key beyond" /> beyond your limits
          </span>
        )}
        {barred.length > 0 && (
          <span class="strip-key">
            <span class="key barred" /> begun here, beyond your limits of a period
          </span>
        )}
        <span class="strip-pointed">
          {pointed === null || under === undefined
            ? 'Click to choose a start, drag to choose a window.'
            : dragged === null
              ? `${formatMoment(pointed)}: ${under.count}${left !== null && left < under.count ? `, begun here ${left}` : ''}`
              : formatWindow(dragged.fromMs, dragged.toMs)}
        </span>
      </p>
    </div>
  );
}
