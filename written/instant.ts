// Instants as people write them, read in one place: ISO 8601 in files and on the API, and the dates of RFC 1123 that the API has from the
// papers. What the calendar or the world's zones do not have is refused with the reason; nothing rolls over into another day.

/** Milliseconds since the Unix epoch; or what is wrong, as a clause that follows the text: "is not a date of the calendar: …". */
export type InstantReading = { readonly ms: number } | { readonly problem: string };

const ISO_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const ISO_INSTANT = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2})(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?$/;
const RFC_1123 =
  /^(?:([a-z]{3}), ?)?(\d{1,2}) ([a-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2})(?: (gmt|utc|z|[+-]\d{4}))?$/i;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const DAY_MS = 86_400_000;
/** The farthest from UTC that any place of the world is. */
const FARTHEST_ZONE_MINUTES = 14 * 60;

/** ISO 8601: an instant that names its zone, or a date alone, which is its midnight in UTC. */
export function readInstant(text: string): InstantReading {
  const date = readDate(text);
  return date ?? readIsoInstant(text) ?? { problem: `is not an instant; expected one such as ${EXAMPLE}` };
}

/** {@link readInstant} for those who only ask whether it is one. */
export function parseInstant(text: string): number | undefined {
  const reading = readInstant(text);
  return 'ms' in reading ? reading.ms : undefined;
}

/** As APIs take them, which have no start of a scenario to lend a zone: RFC 1123, or ISO 8601 with its zone. */
export function readWireInstant(text: string): InstantReading {
  if (ISO_DATE.test(text)) {
    const date = readInstant(text);
    return 'ms' in date ? { problem: `is a date without a time and a zone; expected ${EXAMPLE}` } : date;
  }
  const problem = 'is not a date like "Mon, 17 Aug 2009 04:49:03 GMT" or "2009-08-17T04:49:03Z"';
  return readHttpDate(text) ?? readIsoInstant(text) ?? { problem };
}

const EXAMPLE = '2009-08-21T10:00:00Z';

/** Undefined when it has another form. */
function readDate(text: string): InstantReading | undefined {
  const [, year, month, day] = ISO_DATE.exec(text) ?? [];
  return year === undefined ? undefined : midnight(Number(year), Number(month), Number(day));
}

function readIsoInstant(text: string): InstantReading | undefined {
  const [, date, hour, minute, second = '0', fraction = '', zone] = ISO_INSTANT.exec(text) ?? [];
  if (date === undefined) return undefined;
  const day = readDate(date)!;
  if (zone === undefined)
    return { problem: `names no zone; expected one, such as ${date}T${hour}:${minute}Z` };
  // ISO 8601 calls the end of a day 24:00.
  const isEndOfDay = hour === '24' && Number(minute) === 0 && Number(second + fraction) === 0;
  return plus(day, clock(Number(hour), Number(minute), Number(second + fraction), isEndOfDay), zone);
}

function readHttpDate(text: string): InstantReading | undefined {
  const [, weekday, day, monthName, year, hour, minute, second, zone] = RFC_1123.exec(text) ?? [];
  if (day === undefined) return undefined;
  const month = indexIn(MONTHS, monthName!);
  if (month < 0) return { problem: `is not a date: there is no month "${monthName}"` };
  const date = midnight(Number(year), month + 1, Number(day));
  if ('ms' in date && weekday !== undefined) {
    const actual = WEEKDAYS[(((date.ms / DAY_MS + 4) % 7) + 7) % 7]!;
    if (indexIn(WEEKDAYS, weekday) < 0) return { problem: `is not a date: there is no weekday "${weekday}"` };
    if (actual.toLowerCase() !== weekday.toLowerCase()) {
      return {
        problem: `contradicts itself: ${day} ${MONTHS[month]} ${year} is a ${actual}, not a ${weekday}`,
      };
    }
  }
  if (zone === undefined) return { problem: 'names no zone; expected "GMT", or one such as "+0200"' };
  return plus(date, clock(Number(hour), Number(minute), Number(second), false), zone);
}

/** The beginning of a day in UTC; months count from 1. */
function midnight(year: number, month: number, day: number): InstantReading {
  if (month < 1 || month > 12)
    return { problem: `is not a date of the calendar: there is no month ${month}` };
  const last = daysOf(year, month);
  if (day >= 1 && day <= last) return { ms: dayNumber(year, month, day) * DAY_MS };
  return { problem: `is not a date of the calendar: ${MONTHS[month - 1]} ${year} has ${last} days` };
}

const daysOf = (year: number, month: number): number =>
  (month === 12 ? dayNumber(year + 1, 1, 1) : dayNumber(year, month + 1, 1)) - dayNumber(year, month, 1);

/** Days since 1 January 1970 in the Gregorian calendar, reckoned from years that begin in March, so that the leap day is their last. */
function dayNumber(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return marchYear * 365 + leapDays + dayOfYear - 719_468;
}

/** Milliseconds after midnight. */
function clock(hour: number, minute: number, second: number, isEndOfDay: boolean): InstantReading {
  if (hour > 23 && !isEndOfDay) return { problem: `is not a time of the day: there is no hour ${hour}` };
  if (minute > 59) return { problem: `is not a time of the day: there is no minute ${minute}` };
  if (second >= 60) return { problem: `is not a time of the day: there is no second ${Math.floor(second)}` };
  return { ms: (hour * 60 + minute) * 60_000 + Math.round(second * 1000) };
}

/** What is wrong with the day is said before what is wrong with its clock and its zone. */
function plus(day: InstantReading, time: InstantReading, zone: string): InstantReading {
  if ('problem' in day) return day;
  if ('problem' in time) return time;
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  if (hours === undefined) return { ms: day.ms + time.ms };
  const offsetMinutes = Number(hours) * 60 + Number(minutes);
  if (Number(minutes) > 59 || offsetMinutes > FARTHEST_ZONE_MINUTES) {
    return { problem: `has the zone ${zone}, which is none; expected one from -14:00 to +14:00` };
  }
  return { ms: day.ms + time.ms - (sign === '-' ? -1 : 1) * offsetMinutes * 60_000 };
}

function indexIn(names: readonly string[], name: string): number {
  return names.findIndex((known) => known.toLowerCase() === name.toLowerCase());
}
