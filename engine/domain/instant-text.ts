// An instant as messages of the engine, reports and policies write it. The only place in the engine that touches Date, and only to convert.

/** ISO 8601 in UTC, without milliseconds when there are none: "2009-08-21T10:00:00Z". */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
