// Durations as people write them: texts become whole milliseconds, and milliseconds texts again. Instants are read in instant.ts.

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

const AMOUNTS = String.raw`\s*(\d+(\.\d+)?\s*(ms|[smhdw])\s*)+`;
const ISO = String.raw`P(?=\d|T\d)(\d+(\.\d+)?W)?(\d+(\.\d+)?D)?(T(?=\d)(\d+(\.\d+)?H)?(\d+(\.\d+)?M)?(\d+(\.\d+)?S)?)?`;
/** Regular expression of the texts that {@link parseDuration} may read, for schemas. */
export const DURATION_PATTERN = `(${AMOUNTS}|${ISO})`;
const DURATION = new RegExp(`^${DURATION_PATTERN}$`);
const ISO_DURATION = new RegExp(`^${ISO}$`);

/**
 * The longest duration, and the farthest from its scenario that anything may happen: ten thousand years. Whatever is added to it stays far
 * from the last whole number that is exact, and from the last date that can be written.
 */
export const LONGEST_MS = 10_000 * 365 * UNITS_MS.d;

/**
 * Parses "90s", "1h 30m", "30d", "1.5h", "250ms", and ISO 8601: "PT1H30M", "P1DT12H" (years and months have no fixed length).
 * @returns a whole number of ms; undefined when the text is not a duration, or a longer one than {@link LONGEST_MS}
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (!DURATION.test(trimmed)) return undefined;
  // In ISO 8601 M before T would be months, which the pattern does not have.
  const amounts = trimmed.startsWith('P') ? trimmed.toLowerCase() : trimmed;
  let totalMs = 0;
  for (const [, amount, unit] of amounts.matchAll(/(\d+(?:\.\d+)?)\s*(ms|[smhdw])/g)) {
    totalMs += Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS];
  }
  return totalMs <= LONGEST_MS ? Math.round(totalMs) : undefined;
}

/** {@link parseDuration} of what is written in the manner of ISO 8601; undefined for everything else. */
export function parseIsoDuration(text: string): number | undefined {
  return ISO_DURATION.test(text) ? parseDuration(text) : undefined;
}

/** "01:30:00" as what was probably meant; undefined for what is no time of a clock. */
export function clockMs(text: string): number | undefined {
  const [, hours, minutes, seconds = '0'] =
    /^(\d{1,4}):([0-5]?\d)(?::([0-5]?\d(?:\.\d+)?))?$/.exec(text) ?? [];
  if (hours === undefined) return undefined;
  return Math.round(((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000);
}

/** The shortest exact form: 5400000 is "1h 30m". Negative durations carry a leading minus. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return ms > 0 ? 'unlimited' : String(ms);
  if (ms === 0) return '0s';
  let rest = Math.abs(Math.round(ms));
  const parts: string[] = [];
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const amount = Math.floor(rest / UNITS_MS[unit]);
    if (amount > 0) parts.push(`${amount}${unit}`);
    rest -= amount * UNITS_MS[unit];
  }
  return (ms < 0 ? '-' : '') + parts.join(' ');
}
