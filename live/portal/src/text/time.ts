// Instants and lengths of time as people read them, in a named time zone. Pure; the zone of the browser is the default.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "Mon 23 Nov, 14:30". */
export function formatMoment(ms: number, zone?: string): string {
  return `${formatDay(ms, zone)}, ${formatClock(ms, zone)}`;
}

/** "14:30". */
export function formatClock(ms: number, zone?: string): string {
  const { hour, minute } = partsOf(ms, zone);
  return `${hour}:${minute}`;
}

/** "14:30:05". */
export function formatClockSeconds(ms: number, zone?: string): string {
  return `${formatClock(ms, zone)}:${partsOf(ms, zone).second}`;
}

/** "Mon 23 Nov". */
export function formatDay(ms: number, zone?: string): string {
  const { weekday, day, month } = partsOf(ms, zone);
  return `${weekday} ${day} ${month}`;
}

/** To the second, with year and zone: "Mon 23 Nov 2026, 14:30:05 CET". */
export function formatExactly(ms: number, zone?: string): string {
  const { year, timeZoneName } = partsOf(ms, zone);
  return `${formatDay(ms, zone)} ${year}, ${formatClockSeconds(ms, zone)} ${timeZoneName}`;
}

/** "Europe/Berlin (CET)", as it is at `ms`. A zone that is its own abbreviation stands alone: "UTC". */
export function formatZone(ms: number, zone = ownZone()): string {
  const { timeZoneName } = partsOf(ms, zone);
  return timeZoneName === zone ? zone : `${zone} (${timeZoneName})`;
}

/** Of the browser, by IANA's name. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** "Mon 23 Nov, 14:30 – 16:30", or with both days when they differ. */
export function formatWindow(startMs: number, endMs: number, zone?: string): string {
  const sameDay = formatDay(startMs, zone) === formatDay(endMs, zone);
  return `${formatMoment(startMs, zone)} – ${sameDay ? formatClock(endMs, zone) : formatMoment(endMs, zone)}`;
}

/** The two largest units: "2 h 13 min", "3 d", "45 s"; "0 s" for nothing. */
export function formatSpan(ms: number): string {
  const size = Math.abs(ms);
  if (size < MINUTE - SECOND / 2) return `${Math.round(size / SECOND)} s`;
  const seconds = Math.round(size / SECOND);
  if (seconds < 600) return twoUnits(seconds, 60, 'min', 's');
  const minutes = Math.round(size / MINUTE);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 1440) return twoUnits(minutes, 60, 'h', 'min');
  return twoUnits(Math.round(size / HOUR), 24, 'd', 'h');
}

/** "in 2 h", "5 min ago", "now" (within half a minute). */
export function formatRelative(ms: number, nowMs: number): string {
  const distance = ms - nowMs;
  if (Math.abs(distance) < MINUTE / 2) return 'now';
  // Nobody needs seconds of what is minutes away.
  const span = formatSpan(Math.round(distance / MINUTE) * MINUTE);
  return distance > 0 ? `in ${span}` : `${span} ago`;
}

/** What is left, as a clock runs down: "14:32", "1:02:05"; never negative. */
export function formatCountdown(ms: number): string {
  // Rounded up, so that "0:00" means over.
  const seconds = Math.max(0, Math.ceil(ms / SECOND));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** The value of a `datetime-local` field, in the zone of the browser. */
export function toLocalField(ms: number): string {
  const local = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${String(local.getFullYear()).padStart(4, '0')}-${two(local.getMonth() + 1)}-${two(local.getDate())}`;
  return `${date}T${two(local.getHours())}:${two(local.getMinutes())}`;
}

/** The same, no earlier than `ms`, to the second: of an instant that was not chosen by a person and of which no minute is to be lost. */
export function toLocalFieldExactly(ms: number): string {
  const wholeMs = ceilTo(ms, SECOND);
  const seconds = new Date(wholeMs).getSeconds();
  return toLocalField(wholeMs) + (seconds === 0 ? '' : `:${String(seconds).padStart(2, '0')}`);
}

/** Null for a field that is empty or incomplete. */
export function fromLocalField(text: string): number | null {
  if (!/^\d{4,}-\d\d-\d\dT\d\d:\d\d/.test(text)) return null;
  const ms = new Date(text).getTime();
  return Number.isNaN(ms) ? null : ms;
}

/** The next multiple of `stepMs` at or after `ms`. */
export function ceilTo(ms: number, stepMs: number): number {
  return Math.ceil(ms / stepMs) * stepMs;
}

export const MINUTE_MS = MINUTE;
export const HOUR_MS = HOUR;
export const DAY_MS = DAY;

type Part = 'weekday' | 'day' | 'month' | 'year' | 'hour' | 'minute' | 'second' | 'timeZoneName';

/** Put together by us: how the parts are joined differs from one browser to the next. */
function partsOf(ms: number, zone?: string): Readonly<Record<Part, string>> {
  const parts = formatOf(zone).formatToParts(ms);
  const part = (wanted: Part) => parts.find(({ type }) => type === wanted)?.value ?? '';
  return {
    weekday: part('weekday'),
    day: part('day'),
    month: part('month'),
    year: part('year'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
    timeZoneName: part('timeZoneName'),
  };
}

const formats = new Map<string | undefined, Intl.DateTimeFormat>();

/** Making one is a hundred times as dear as using it. */
function formatOf(zone: string | undefined): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    ...(zone !== undefined && { timeZone: zone }),
  });
  formats.set(zone, made);
  return made;
}

function twoUnits(amount: number, perLarge: number, large: string, small: string): string {
  const rest = amount % perLarge;
  const whole = `${Math.floor(amount / perLarge)} ${large}`;
  return rest === 0 ? whole : `${whole} ${rest} ${small}`;
}
