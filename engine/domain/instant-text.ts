// An instant as messages of the engine, reports and policies write it. The only place in the engine that touches Date, and only to convert.

const DAY_MS = 86_400_000;

// Of the instants of one run many lie in one day, or in one of those that are spoken of in turn: today, the start and the end of a window.
const DAYS_KNOWN = 64;
const days = new Float64Array(DAYS_KNOWN).fill(Number.NaN);
const dayTexts: string[] = Array.from(days, () => '');
const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));

/** ISO 8601 in UTC, without milliseconds when there are none: "2009-08-21T10:00:00Z". */
export function formatInstant(ms: number): string {
  const wholeMs = Math.trunc(ms);
  const day = Math.floor(wholeMs / DAY_MS);
  const known = day & (DAYS_KNOWN - 1);
  if (days[known] !== day) {
    dayTexts[known] = new Date(wholeMs).toISOString().slice(0, -'HH:MM:SS.mmmZ'.length);
    days[known] = day;
  }
  const ofDayMs = wholeMs - day * DAY_MS;
  const seconds = Math.floor(ofDayMs / 1000);
  const fractionMs = ofDayMs - seconds * 1000;
  const minutes = Math.floor(seconds / 60);
  const hour = TWO_DIGITS[Math.floor(minutes / 60)]!;
  const text = `${dayTexts[known]}${hour}:${TWO_DIGITS[minutes % 60]}:${TWO_DIGITS[seconds % 60]}`;
  return fractionMs === 0 ? `${text}Z` : `${text}.${String(fractionMs).padStart(3, '0')}Z`;
}
