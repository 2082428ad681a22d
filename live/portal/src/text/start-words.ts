// A start as people choose and check it: usual ones to pick, what day a field means, and what the nights do at which clocks are put
// forward or back. Pure.
import { ZoneClock } from '../../../../written/recurrence.ts';
import {
  ceilTo,
  DAY_MS,
  formatClock,
  formatDay,
  formatRelative,
  formatSpan,
  formatZone,
  HOUR_MS,
} from './time.ts';

export interface StartPick {
  readonly label: string;
  readonly ms: number;
}

const MORNING_HOUR = 9;
const EVENING_HOUR = 20;
const STEP_MS = 5 * 60_000;
/** Days of the week whose mornings are offered, as Date counts them. */
const WEEKDAYS: ReadonlyArray<readonly [day: number, label: string]> = [
  [1, 'Next Monday'],
  [4, 'Next Thursday'],
];

/** Usual starts, all of them ahead, the soonest first. */
export function startPicks(nowMs: number, zone: string): readonly StartPick[] {
  const clock = new ZoneClock(zone);
  const wallMs = clock.wallMs(nowMs);
  const midnightMs = wallMs - (wallMs % DAY_MS);
  const at = (days: number, hour: number) => clock.instantOf(midnightMs + days * DAY_MS + hour * HOUR_MS);
  const today = new Date(midnightMs).getUTCDay();
  const picks: StartPick[] = [
    { label: 'In an hour', ms: ceilTo(nowMs + HOUR_MS, STEP_MS) },
    { label: `Tonight, ${EVENING_HOUR}:00`, ms: at(0, EVENING_HOUR) },
    { label: `Tomorrow, ${MORNING_HOUR}:00`, ms: at(1, MORNING_HOUR) },
    ...WEEKDAYS.map(([day, label]) => ({
      label: `${label}, ${MORNING_HOUR}:00`,
      // A week ahead on that day itself; tomorrow has a pick of its own.
      ms: at((day - today + 7) % 7 || 7, MORNING_HOUR),
    })),
  ];
  const tomorrowMs = at(1, MORNING_HOUR);
  return picks
    .filter(({ label, ms }) => ms > nowMs && (ms !== tomorrowMs || label.startsWith('Tomorrow')))
    .sort((a, b) => a.ms - b.ms);
}

/** "Thu 3 Dec, in 4 d 2 h; times in Europe/Berlin (CET)". */
export function startWords(ms: number, nowMs: number, zone: string): string {
  return `${formatDay(ms, zone)}, ${formatRelative(ms, nowMs)}; times in ${formatZone(ms, zone)}.`;
}

/** What a field means that names a time that the clock skips, or shows twice; undefined: it names one instant. */
export function oddTimeWords(field: string, zone: string): string | undefined {
  const wallMs = Date.parse(`${field}Z`);
  if (Number.isNaN(wallMs)) return undefined;
  const clock = new ZoneClock(zone);
  const ms = clock.instantOf(wallMs);
  const shown = field.slice(11, 16);
  if (clock.wallMs(ms) !== wallMs)
    return `The clocks are put forward that night and skip ${shown}: ${formatClock(ms, zone)} is meant.`;
  const offsets = [ms - DAY_MS, ms + DAY_MS].map((at) => clock.wallMs(at) - at);
  const isTwice = offsets.filter((offset) => clock.wallMs(wallMs - offset) === wallMs);
  return new Set(isTwice).size > 1
    ? `The clocks are put back that night and show ${shown} twice: the first is meant.`
    : undefined;
}

/** What the clocks do between two instants, if they show another length at the end than it is; undefined: nothing. */
export function clockShiftWords(fromMs: number, toMs: number, zone: string): string | undefined {
  const clock = new ZoneClock(zone);
  const shownMs = clock.wallMs(toMs) - clock.wallMs(fromMs);
  const shiftMs = shownMs - (toMs - fromMs);
  if (shiftMs === 0) return undefined;
  return (
    `In between the clocks are put ${shiftMs > 0 ? 'forward' : 'back'} ${formatSpan(shiftMs)}: ` +
    `it lasts ${formatSpan(toMs - fromMs)}, though they show ${formatSpan(shownMs)}.`
  );
}
