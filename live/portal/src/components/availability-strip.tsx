// The drawing of the availability strip. A click chooses a start; keyboards use the start field and the button below.
import { useState } from 'preact/hooks';
import type { AvailabilityStep } from '../../../wire/service.ts';
import { instantAt, position, stripBars, type TimeSpan } from '../charts/availability.ts';
import { ticks } from '../charts/time-axis.ts';
import { useWidth } from '../live/use-width.ts';
import { formatMoment, MINUTE_MS } from '../text/time.ts';

interface AvailabilityStripProps {
  readonly steps: readonly AvailabilityStep[];
  readonly span: TimeSpan;
  readonly needed: number;
  readonly window: TimeSpan | null;
  readonly nowMs: number;
  readonly onStart: (ms: number) => void;
}

const TOP = 16;
const HEIGHT = 64;
const AXIS = 22;
const ROOM_FOR_TEXT = 18;
const SNAP_MS = 5 * MINUTE_MS;

export function AvailabilityStrip({ steps, span, needed, window, nowMs, onStart }: AvailabilityStripProps) {
  const [holder, width] = useWidth<HTMLDivElement>();
  const [pointed, setPointed] = useState<number | null>(null);
  const bars = stripBars({ ...span, steps, needed, width, height: HEIGHT });
  const at = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return Math.max(instantAt(event.clientX - box.left, span, width, SNAP_MS), nowMs);
  };
  const under = pointed === null ? undefined : bars.findLast(({ fromMs }) => fromMs <= pointed);
  const left = window === null ? 0 : position(window.fromMs, span, width);
  const right = window === null ? 0 : position(window.toMs, span, width);
  return (
    <div ref={holder} class="strip-holder">
      {width > 0 && (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the start field and the button below do the same
        <svg
          class="strip"
          width={width}
          height={TOP + HEIGHT + AXIS}
          role="img"
          aria-label={`Instances that fit from ${formatMoment(span.fromMs)} to ${formatMoment(span.toMs)}: between ${Math.min(...bars.map(({ count }) => count))} and ${Math.max(...bars.map(({ count }) => count))}.`}
          onClick={(event) => onStart(at(event))}
          onMouseMove={(event) => setPointed(at(event))}
          onMouseLeave={() => setPointed(null)}
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
          <rect class="strip-paper" y={TOP} width={width} height={HEIGHT} />
          {bars.map((bar) => (
            <g key={bar.fromMs}>
              {!bar.enough && <rect class="too-few" x={bar.x} y={TOP} width={bar.width} height={HEIGHT} />}
              <rect
                class={bar.enough ? 'fits' : 'some'}
                x={bar.x}
                y={TOP + HEIGHT - bar.height}
                width={bar.width}
                height={bar.height}
              />
              {bar.width > 16 && (
                <text
                  class={bar.enough && bar.height > ROOM_FOR_TEXT ? 'count inside' : 'count'}
                  x={bar.x + bar.width / 2}
                  y={TOP + HEIGHT - bar.height + (bar.enough && bar.height > ROOM_FOR_TEXT ? 14 : -5)}
                >
                  {bar.count}
                </text>
              )}
            </g>
          ))}
          {window !== null && right > 0 && left < width && (
            <g class="asked">
              <rect x={left} y={TOP - 1} width={Math.max(3, right - left)} height={HEIGHT + 2} />
              <text x={Math.min(Math.max(left + (right - left) / 2, 44), width - 44)} y={11}>
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
              y2={TOP + HEIGHT}
            />
          )}
          {ticks(span.fromMs, span.toMs, Math.max(2, width / 78)).map(({ ms, label }) => {
            const x = position(ms, span, width);
            return (
              <g key={ms} class="tick">
                <line x1={x} x2={x} y1={TOP + HEIGHT} y2={TOP + HEIGHT + 4} />
                {x > 18 && x < width - 26 && (
                  <text x={x} y={TOP + HEIGHT + 17}>
                    {label}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      )}
      <p class="strip-legend" aria-hidden="true">
        <span class="key fits" /> enough fit <span class="key too-few" /> too few
        <span class="strip-pointed">
          {pointed === null || under === undefined
            ? 'Click to choose a start.'
            : `${formatMoment(pointed)}: ${under.count}`}
        </span>
      </p>
    </div>
  );
}
