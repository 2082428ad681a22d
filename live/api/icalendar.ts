// Reservations as an iCalendar object (RFC 5545), which calendar programs read. Pure.
import type { ReservationRecord } from '../records.ts';

/** Lines are folded so that none has more octets (RFC 5545 §3.1). */
const LINE_OCTETS = 75;

export interface CalendarSubject {
  /** What the calendar is called. */
  readonly name: string;
  readonly version: string;
  /** When it was made, in service time. */
  readonly nowMs: number;
}

/**
 * @param records in any order; those without a place in time (refused, given back, still waiting for one) are left out
 * @returns lines that end in CR LF
 */
export function icalendarOf(records: readonly ReservationRecord[], subject: CalendarSubject): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    `PRODID:-//OpenPEX//OpenPEX ${text(subject.version)}//EN`,
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    `X-WR-CALNAME:${text(subject.name)}`,
    'REFRESH-INTERVAL;VALUE=DURATION:PT15M',
    ...records.flatMap((record) => eventOf(record, subject.nowMs)),
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

function eventOf(record: ReservationRecord, nowMs: number): string[] {
  const { confirmedMs, createdMs, name, nodeIds, note, priceMicros, proposal, reservationId, state } = record;
  const isOnOffer = state === 'ACCEPTED' || state === 'COUNTERED';
  const isBooked = state === 'CONFIRMED' || state === 'ACTIVATED';
  const isPast = state === 'EXPIRED' && confirmedMs !== null;
  if (proposal === null || !(isOnOffer || isPast || (isBooked && nodeIds.length > 0))) return [];
  const { durationMs, numInstancesFixed, startMs, template, type } = proposal;
  const what = `${numInstancesFixed} × ${type}`;
  const title = name ?? what;
  const about = [
    ...(note === null ? [] : [note]),
    ...(name === null ? [] : [what]),
    `Reservation ${reservationId}`,
    `Template: ${template}`,
    `Price: ${(priceMicros / 1_000_000).toFixed(2)} credits`,
    ...(isOnOffer ? ['On offer only: confirm it, or it is given to others.'] : []),
  ];
  return [
    'BEGIN:VEVENT',
    `UID:${reservationId}@openpex`,
    `DTSTAMP:${instant(nowMs)}`,
    `CREATED:${instant(createdMs)}`,
    `DTSTART:${instant(startMs)}`,
    `DTEND:${instant(startMs + durationMs)}`,
    `SUMMARY:${text(isOnOffer ? `${title} (on offer)` : title)}`,
    `DESCRIPTION:${text(about.join('\n'))}`,
    `STATUS:${isOnOffer ? 'TENTATIVE' : 'CONFIRMED'}`,
    // Machines are busy then, not who reserved them.
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
  ];
}

/** "20091117T044903Z": UTC, to the second. */
function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** A TEXT value: RFC 5545 §3.3.11. Control characters have no place in it. */
function text(value: string): string {
  return value
    .replace(/[\\;,]/g, '\\$&')
    .replace(/\r?\n/g, '\\n')
    .replace(/\p{Cc}/gu, '');
}

/** Between characters, never within one. */
function folded(line: string): string {
  let octets = 0;
  let out = '';
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (octets + size > LINE_OCTETS) {
      out += '\r\n ';
      octets = 1;
    }
    out += character;
    octets += size;
  }
  return out;
}
