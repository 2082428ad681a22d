// Durations as options: "10m", "2h", "unlimited" in files, milliseconds in code. Scenario fields use the same schema.
import { Type } from 'typebox';
import { parseDuration } from './time-text.ts';

const AMOUNTS = String.raw`\s*(\d+(\.\d+)?\s*(ms|[smhdw])\s*)+`;

interface DurationField {
  readonly description: string;
  /** Absent: the field must be given, or is optional. */
  readonly default?: string;
}

/** A field that holds a duration, or "unlimited". */
export function durationOption(field: DurationField) {
  return Type.String({
    pattern: `^(${AMOUNTS}|unlimited)$`,
    expected: 'a duration with its unit, such as "10m" or "1h 30m", or "unlimited"',
    ...field,
  });
}

/** A field that holds a duration and cannot be unlimited. */
export function finiteDurationOption(field: DurationField) {
  return Type.String({
    pattern: `^${AMOUNTS}$`,
    expected: 'a duration with its unit, such as "10m" or "1h 30m"',
    ...field,
  });
}

/** Milliseconds of a text that matches one of the schemas above; Infinity for "unlimited". */
export function durationMs(text: string): number {
  if (text === 'unlimited') return Number.POSITIVE_INFINITY;
  const ms = parseDuration(text);
  if (ms === undefined) throw new RangeError(`"${text}" was not checked against the schema of durations`);
  return ms;
}
