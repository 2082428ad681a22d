// Times and durations as people write them: texts become whole milliseconds, and durations texts again. (Instants are written by formatInstant
// of the engine, which has them in its own messages.)

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** Parses "90s", "1h 30m", "30d", "1.5h", "250ms". Undefined when the text is not a duration; the result is a whole number of ms. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^(\d+(\.\d+)?\s*(ms|[smhdw])\s*)+$/.test(trimmed)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)\s*(ms|[smhdw])/g)) {
    totalMs += Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS];
  }
  return Math.round(totalMs);
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

/** Parses an ISO 8601 instant that names its zone, or a date alone (UTC midnight). Undefined when it is neither. */
export function parseInstant(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text))
    return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
