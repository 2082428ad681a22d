// When is there room? What fits over the coming days, one's own reservations below it, and a window to choose by dragging.
import { useState } from 'preact/hooks';
import type { Reservation } from '../../../wire/reservation.ts';
import { atMost, countOfStart, leastWithin, type TimeSpan } from '../charts/availability.ts';
import type { OwnWindow } from '../charts/own-lanes.ts';
import { AvailabilityStrip } from '../components/availability-strip.tsx';
import { Choice, SelectField, TextField } from '../components/field.tsx';
import { Loaded } from '../components/loaded.tsx';
import { OwnWindows } from '../components/own-windows.tsx';
import { PageHead } from '../components/page-head.tsx';
import { usePortal } from '../live/context.ts';
import { useNow } from '../live/use-now.ts';
import { useResource } from '../live/use-resource.ts';
import { askAddress } from '../negotiation/asked-window.ts';
import { formatCount } from '../text/amounts.ts';
import { reservationTitle } from '../text/reservation-title.ts';
import {
  ceilTo,
  DAY_MS,
  formatSpan,
  formatWindow,
  fromLocalField,
  HOUR_MS,
  MINUTE_MS,
  toLocalField,
} from '../text/time.ts';

const RANGES = {
  '1d': { lengthMs: DAY_MS, snapMs: 15 * MINUTE_MS },
  '1w': { lengthMs: 7 * DAY_MS, snapMs: HOUR_MS },
  '2w': { lengthMs: 14 * DAY_MS, snapMs: 2 * HOUR_MS },
  '1m': { lengthMs: 30 * DAY_MS, snapMs: 6 * HOUR_MS },
} as const;
type Range = keyof typeof RANGES;

/** Others' bookings come without events of one's own. */
const AGAIN_MS = 15_000;
/** Nobody has more of them under way. */
const MOST_OWN = 200;

export function PlanPage() {
  const { api, types } = usePortal();
  const now = useNow(5000);
  const [type, setType] = useState(types[0]?.name ?? '');
  const [instances, setInstances] = useState('1');
  const [range, setRange] = useState<Range>('1w');
  /** Where the plan begins; null: it follows now. */
  const [chosenMs, setChosenMs] = useState<number | null>(null);
  const [window, setWindow] = useState<TimeSpan | null>(null);
  const { lengthMs, snapMs } = RANGES[range];
  const fromMs = Math.max(chosenMs ?? 0, Math.floor(now / snapMs) * snapMs);
  const span = { fromMs, toMs: fromMs + lengthMs };
  const needed = Math.max(1, Math.trunc(Number(instances)) || 1);
  const room = useResource(
    (signal) => api.availability({ type, ...span, window }, signal),
    `${type} ${range} ${fromMs}`,
    {
      everyMs: AGAIN_MS,
      changedBy: ({ reservationId }) => reservationId !== undefined,
      again: window === null ? '' : `${window.fromMs} ${window.toMs}`,
    },
  );
  const own = useResource(
    (signal) => api.reservations({ states: UNDER_WAY, limit: MOST_OWN, all: false }, signal),
    'own',
    { changedBy: ({ reservationId }) => reservationId !== undefined },
  );
  return (
    <>
      <PageHead title="Plan" />
      <div class="toolbar fields">
        <SelectField
          label="Type"
          value={type}
          onValue={setType}
          options={types.map(({ name }) => [name, name])}
        />
        <TextField
          label="Instances"
          type="number"
          min={1}
          inputMode="numeric"
          value={instances}
          onValue={setInstances}
        />
      </div>
      <div class="toolbar">
        <Choice
          legend="Range"
          hideLegend
          value={range}
          onValue={setRange}
          options={[
            ['1d', '1 d'],
            ['1w', '1 w'],
            ['2w', '2 w'],
            ['1m', '30 d'],
          ]}
        />
        <div class="button-group">
          <button
            type="button"
            disabled={chosenMs === null}
            onClick={() => {
              const earlier = fromMs - lengthMs / 2;
              setChosenMs(earlier <= now ? null : earlier);
            }}
          >
            <span aria-hidden="true">←</span> Earlier
          </button>
          <button type="button" disabled={chosenMs === null} onClick={() => setChosenMs(null)}>
            Now
          </button>
          <button type="button" onClick={() => setChosenMs(fromMs + lengthMs / 2)}>
            Later <span aria-hidden="true">→</span>
          </button>
        </div>
      </div>
      <section class="plan" aria-labelledby="plan-room">
        <h2 id="plan-room">Room for {type}</h2>
        <Loaded resource={room}>
          {({ own: limits, ownStarts, steps, fromMs: stripFrom, toMs: stripTo }) => (
            <>
              <AvailabilityStrip
                steps={steps}
                own={atMost(steps, limits)}
                starts={ownStarts}
                span={{ fromMs: stripFrom, toMs: stripTo }}
                needed={needed}
                window={window}
                nowMs={now}
                height={140}
                snapMs={snapMs}
                onWindow={setWindow}
                onStart={(ms) =>
                  setWindow({ fromMs: ms, toMs: ms + (window === null ? 2 * HOUR_MS : lengthOf(window)) })
                }
              />
              <Loaded resource={own}>
                {({ items }) => (
                  <OwnWindows
                    windows={items.flatMap(windowsOf)}
                    span={{ fromMs: stripFrom, toMs: stripTo }}
                  />
                )}
              </Loaded>
              <ChosenWindow
                window={window}
                least={
                  window === null
                    ? null
                    : leastWithin(atMost(steps, limits), { fromMs: stripFrom, toMs: stripTo }, window)
                }
                begun={window === null ? null : countOfStart(ownStarts, window.fromMs)}
                asked={{ type, needed }}
                nowMs={now}
                onWindow={setWindow}
              />
            </>
          )}
        </Loaded>
      </section>
    </>
  );
}

interface ChosenWindowProps {
  readonly window: TimeSpan | null;
  /** That fits in it throughout and is within own limits; null when it is not wholly in sight. */
  readonly least: number | null;
  /** As many as limits of a period leave to it. */
  readonly begun: number | null;
  readonly asked: { readonly type: string; readonly needed: number };
  readonly nowMs: number;
  readonly onWindow: (window: TimeSpan) => void;
}

/** The same by fields, for those who do not drag, and the way on. */
function ChosenWindow({ window, least, begun, asked: { needed, type }, nowMs, onWindow }: ChosenWindowProps) {
  const shown = window ?? { fromMs: ceilTo(nowMs, HOUR_MS), toMs: ceilTo(nowMs, HOUR_MS) + 2 * HOUR_MS };
  const set = (text: string, which: 'fromMs' | 'toMs') => {
    const ms = fromLocalField(text);
    if (ms === null) return;
    const next = { ...shown, [which]: ms };
    // Another start keeps the length.
    if (which === 'fromMs') onWindow({ fromMs: ms, toMs: ms + lengthOf(shown) });
    else if (next.toMs > next.fromMs) onWindow(next);
  };
  return (
    <div class="chosen-window">
      <TextField
        label="Start"
        type="datetime-local"
        value={toLocalField(shown.fromMs)}
        onValue={(text) => set(text, 'fromMs')}
      />
      <TextField
        label="End"
        type="datetime-local"
        value={toLocalField(shown.toMs)}
        onValue={(text) => set(text, 'toMs')}
      />
      <p class="chosen-text" aria-live="polite">
        {window === null
          ? 'Drag over the plan to choose a window.'
          : `${formatWindow(window.fromMs, window.toMs)} (${formatSpan(lengthOf(window))})${
              least === null
                ? ''
                : begun !== null && begun < needed && least >= needed
                  ? `: there is room, but your limits of a period leave ${begun === 0 ? 'none' : `only ${begun}`}, you want ${needed}`
                  : least >= needed
                    ? `: at least ${least} fit, you want ${needed}`
                    : `: ${least === 0 ? 'none fits' : `only ${formatCount(least, 'fits', 'fit')}`} at times, you want ${needed}`
            }.`}
      </p>
      <a class="button primary" href={askAddress({ type, instances: needed, ...shown })}>
        Ask for this window
      </a>
    </div>
  );
}

const UNDER_WAY = ['ACCEPTED', 'COUNTERED', 'CONFIRMED', 'ACTIVATED'] as const;

/** None of those that have no window yet. */
function windowsOf(row: Reservation): OwnWindow[] {
  const { endTimeMs, id, queue, startTimeMs, status } = row;
  if (startTimeMs === null || endTimeMs === null || queue !== null) return [];
  const isHeld = status === 'ACCEPTED' || status === 'COUNTERED';
  return [{ id, label: reservationTitle(row), isHeld, fromMs: startTimeMs, toMs: endTimeMs }];
}

function lengthOf({ fromMs, toMs }: TimeSpan): number {
  return toMs - fromMs;
}
