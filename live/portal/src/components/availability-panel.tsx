// How many instances of a type fit when: the strip with its range, and a sentence for those who do not see it. What would be offered the
// quote says (quote-panel.tsx): the provider alone knows.
import { useState } from 'preact/hooks';
import { atMost, countOfStart, leastWithin, type TimeSpan } from '../charts/availability.ts';
import { usePortal } from '../live/context.ts';
import { useNow } from '../live/use-now.ts';
import { useResource } from '../live/use-resource.ts';
import { formatCount } from '../text/amounts.ts';
import { DAY_MS, HOUR_MS } from '../text/time.ts';
import { AvailabilityStrip } from './availability-strip.tsx';
import { Choice } from './field.tsx';
import type { HeadingTag } from './heading-tag.ts';
import { Loaded } from './loaded.tsx';

interface AvailabilityPanelProps {
  readonly heading: HeadingTag;
  readonly type: string;
  readonly needed: number;
  readonly window: TimeSpan | null;
  /** What is held for that negotiation counts as free. */
  readonly reservationId: string | undefined;
  /** Whose limits count; empty: one's own. */
  readonly project: string;
  readonly onStart: (ms: number) => void;
  readonly onWindow: (window: TimeSpan) => void;
}

const RANGES_MS = { '12h': 12 * HOUR_MS, '2d': 2 * DAY_MS, '1w': 7 * DAY_MS, '4w': 28 * DAY_MS } as const;
type Range = keyof typeof RANGES_MS;

/** Others' bookings come without events of one's own. */
const AGAIN_MS = 10_000;

export function AvailabilityPanel(props: AvailabilityPanelProps) {
  const { heading: Heading, type, needed, window, reservationId, project, onStart, onWindow } = props;
  const { api } = usePortal();
  const now = useNow();
  const [chosen, setChosen] = useState<Range | null>(null);
  const range = chosen ?? rangeFor(window, now);
  const { fromMs, toMs } = stripSpan(now, RANGES_MS[range], window);
  const availability = useResource(
    (signal) => api.availability({ type, fromMs, toMs, window, reservation: reservationId, project }, signal),
    `${type} ${range} ${fromMs} ${project}`,
    {
      everyMs: AGAIN_MS,
      changedBy: ({ reservationId }) => reservationId !== undefined,
      // A window that begins now moves on all the time.
      again: window === null ? '' : `${Math.floor(window.fromMs / AGAIN_MS)} ${window.toMs - window.fromMs}`,
    },
  );
  return (
    <section class="availability" aria-labelledby="availability-title">
      <div class="panel-head">
        <Heading id="availability-title">Room for {type}</Heading>
        <Choice
          legend="Range of the strip"
          hideLegend
          value={range}
          onValue={setChosen}
          options={[
            ['12h', '12 h'],
            ['2d', '2 d'],
            ['1w', '1 w'],
            ['4w', '4 w'],
          ]}
        />
      </div>
      <Loaded resource={availability}>
        {({ own: limits, ownStarts, steps, fromMs: stripFrom, toMs: stripTo }) => {
          const strip = { fromMs: stripFrom, toMs: stripTo };
          const own = atMost(steps, limits);
          const least = window === null ? null : leastWithin(own, strip, window);
          const room = window === null ? null : leastWithin(steps, strip, window);
          const isWindowFree = least !== null && least >= needed;
          const begun = window === null ? null : countOfStart(ownStarts, window.fromMs);
          const isBarred = begun !== null && begun < needed;
          return (
            <>
              <AvailabilityStrip
                steps={steps}
                own={own}
                starts={ownStarts}
                span={strip}
                needed={needed}
                window={window}
                nowMs={now}
                onStart={onStart}
                onWindow={onWindow}
              />
              <p class="availability-text">
                {least === null
                  ? `Your window reaches beyond the strip${range === '4w' ? '' : '; choose a longer range to see it whole'}.`
                  : isWindowFree && isBarred
                    ? `There is room, but your limits of a period leave ${begun === 0 ? 'none' : `only ${begun}`} to a window of that length that begins then; you ask for ${needed}.`
                    : isWindowFree
                      ? `In your window at least ${least} fit at any time; you ask for ${needed}.`
                      : room !== null && room >= needed
                        ? `There is room, but your limits leave ${least === 0 ? 'none' : `only ${least}`} of it in your window; you ask for ${needed}.`
                        : `In your window ${least === 0 ? 'none fits' : `only ${formatCount(least, 'fits', 'fit')}`} at times; you ask for ${needed}.`}
              </p>
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

/** The shortest range that shows the window with something around it. */
function rangeFor(window: TimeSpan | null, now: number): Range {
  if (window === null) return '12h';
  const ranges = Object.keys(RANGES_MS) as Range[];
  const shows = (range: Range) => {
    const strip = stripSpan(now, RANGES_MS[range], window);
    return window.toMs <= strip.toMs - RANGES_MS[range] / 10;
  };
  return ranges.find(shows) ?? '4w';
}

/** From now, or around a window that lies further ahead. Moves in steps, so that it need not be read anew each second. */
function stripSpan(now: number, rangeMs: number, window: TimeSpan | null): TimeSpan {
  const isBeyond = window !== null && window.fromMs > now + rangeMs * 0.75;
  const from = isBeyond ? window.fromMs - rangeMs / 4 : now;
  const stepMs = rangeMs / 96;
  const fromMs = Math.floor(from / stepMs) * stepMs;
  return { fromMs, toMs: fromMs + rangeMs };
}
