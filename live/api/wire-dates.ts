// Dates as the API writes and reads them. Out: RFC 1123 in GMT, whole seconds, as the papers have them. In: the same, also with a
// numeric zone, or ISO 8601 with a zone.
import { type InstantReading, readWireInstant } from '../../written/instant.ts';

/** Dates that are taken for meant: 2000-01-01 to 2200-01-01. Everything the engine adds to them stays a safe integer. */
export const EARLIEST_DATE_MS = Date.UTC(2000, 0, 1);
export const LATEST_DATE_MS = Date.UTC(2200, 0, 1);

/** "Mon, 17 Aug 2009 04:49:03 GMT"; a fraction of a second is dropped. */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

/** For starts: a fraction of a second counts as a whole one, so that the text never names an instant before the window. */
export function formatStartDate(ms: number): string {
  return formatHttpDate(Math.ceil(ms / 1000) * 1000);
}

/** Those between 2000 and 2200; for others, the problem is a clause that follows the text. */
export function readWireDate(text: string): InstantReading {
  const reading = readWireInstant(text.trim());
  if ('problem' in reading || (reading.ms >= EARLIEST_DATE_MS && reading.ms <= LATEST_DATE_MS))
    return reading;
  return { problem: 'is not between the years 2000 and 2200' };
}
