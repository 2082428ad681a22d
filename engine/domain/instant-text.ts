// An instant as messages of the engine, reports and policies write it. The only place in the engine that touches Date, and only to convert.

const DAY_MS = 86_400_000;

// Of the instants of one run many lie in one day.
let lastDay = Number.NaN;
let lastDayText = '';

/** ISO 8601 in UTC, without milliseconds when there are none: "2009-08-21T10:00:00Z". */
export function formatInstant(ms: number): string {
  const wholeMs = Math.trunc(ms);
  const day = Math.floor(wholeMs / DAY_MS);
  if (day !== lastDay) {
    lastDayText = new Date(wholeMs).toISOString().slice(0, -'HH:MM:SS.mmmZ'.length);
    lastDay = day;
  }
  const ofDayMs = wholeMs - day * DAY_MS;
  const seconds = Math.floor(ofDayMs / 1000);
  const fractionMs = ofDayMs - seconds * 1000;
  const minutes = Math.floor(seconds / 60);
  const text = `${lastDayText}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`;
  return fractionMs === 0 ? `${text}Z` : `${text}.${String(fractionMs).padStart(3, '0')}Z`;
}

function twoDigits(n: number): string {
  return n < 10 ? `0${n}` : String(n);
}
