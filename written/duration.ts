// Durations as options: "10m", "2h", "unlimited" in files, milliseconds in code. Scenario fields use the same schema.
import { Type } from 'typebox';
import { DURATION_PATTERN, parseDuration } from './time-text.ts';

interface DurationField {
  readonly description: string;
  /** Absent: the field must be given, or is optional. */
  readonly default?: string;
}

/** A field that holds a duration, or "unlimited". */
export function durationOption(field: DurationField) {
  return durationField(`^(${DURATION_PATTERN}|unlimited)$`, ', or "unlimited"', field);
}

/** A field that holds a duration and cannot be unlimited. */
export function finiteDurationOption(field: DurationField) {
  return durationField(`^${DURATION_PATTERN}$`, '', field);
}

function durationField(pattern: string, orElse: string, field: DurationField) {
  const expected = `a duration with its unit, such as "10m" or "1h 30m"${orElse}`;
  return Type.Refine(
    Type.String({ pattern, expected, ...field }),
    // Those of another form are the business of the pattern.
    (text) => text === 'unlimited' || parseDuration(text) !== undefined || !new RegExp(pattern).test(text),
    () => 'is too long; expected at most 10,000 years',
  );
}

/** Milliseconds of a text that matches one of the schemas above; Infinity for "unlimited". */
export function durationMs(text: string): number {
  if (text === 'unlimited') return Number.POSITIVE_INFINITY;
  const ms = parseDuration(text);
  if (ms === undefined) throw new RangeError(`"${text}" was not checked against the schema of durations`);
  return ms;
}
