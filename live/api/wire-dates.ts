// Dates as the API writes and reads them. Out: RFC 1123 in GMT, whole seconds, as the papers have them. In: the same, also with a
// numeric zone, or ISO 8601 with a zone.
import { parseInstant } from '../../written/time-text.ts';

/** Dates that are taken for meant: 2000-01-01 to 2200-01-01. Everything the engine adds to them stays a safe integer. */
export const EARLIEST_DATE_MS = Date.UTC(2000, 0, 1);
export const LATEST_DATE_MS = Date.UTC(2200, 0, 1);

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const RFC_1123 =
  /^(?:(?:mon|tue|wed|thu|fri|sat|sun), ?)?(\d{1,2}) ([a-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) (gmt|utc|z|[+-]\d{4})$/i;

/** "Mon, 17 Aug 2009 04:49:03 GMT"; a fraction of a second is dropped. */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

/** For starts: a fraction of a second counts as a whole one, so that the text never names an instant before the window. */
export function formatStartDate(ms: number): string {
  return formatHttpDate(Math.ceil(ms / 1000) * 1000);
}

/** Undefined when the text is no date, or none between 2000 and 2200. */
export function parseWireDate(text: string): number | undefined {
  const trimmed = text.trim();
  const ms = parseHttpDate(trimmed) ?? parseInstant(trimmed);
  return ms !== undefined && ms >= EARLIEST_DATE_MS && ms <= LATEST_DATE_MS ? ms : undefined;
}

function parseHttpDate(text: string): number | undefined {
  const match = RFC_1123.exec(text);
  if (match === null) return undefined;
  const [, day, monthName, year, hour, minute, second, zone] = match;
  const month = MONTHS.indexOf(monthName!.toLowerCase());
  const ms = Date.UTC(Number(year), month, Number(day), Number(hour), Number(minute), Number(second));
  // 31 February and 25 o'clock roll over into other dates; they are mistakes.
  const read = new Date(ms);
  const isReal =
    read.getUTCMonth() === month && read.getUTCDate() === Number(day) && read.getUTCHours() === Number(hour);
  if (!isReal || Number(minute) > 59 || Number(second) > 59) return undefined;
  return ms - zoneOffsetMs(zone!);
}

function zoneOffsetMs(zone: string): number {
  if (!/^[+-]/.test(zone)) return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5));
  return (zone.startsWith('-') ? -1 : 1) * minutes * 60_000;
}
