// Durations as they are written in YAML: text such as "90s" or "1h 30m", checked by the schema and turned into milliseconds here.
import { Type } from 'typebox';
import { InputError, parseDuration } from '../../engine/index.ts';

/** Schema of a duration that is 0 or more. */
export function DurationText(options: { readonly description: string; readonly default?: string }) {
  return Type.Refine(
    Type.String({ ...options, examples: ['90s', '1h 30m', '7d'] }),
    (text) => parseDuration(text) !== undefined,
    () => 'must be a duration such as 90s, 1h 30m or 7d',
  );
}

/** Schema of a duration that a minus may lead: "-7d". */
export function SignedDurationText(options: { readonly description: string; readonly default?: string }) {
  return Type.Refine(
    Type.String({ ...options, examples: ['2h', '-7d'] }),
    (text) => parseDuration(unsigned(text)) !== undefined,
    () => 'must be a duration such as 2h or -7d',
  );
}

/**
 * Milliseconds of a duration that may be negative.
 * @throws InputError for a text that {@link SignedDurationText} does not accept: values from a file have passed it already
 */
export function durationMs(text: string): number {
  const ms = parseDuration(unsigned(text));
  if (ms === undefined)
    throw new InputError('PEX_USAGE', `"${text}" is not a duration; expected one such as 90s or 1h 30m`);
  return text.trim().startsWith('-') ? -ms : ms;
}

const unsigned = (text: string): string => text.trim().replace(/^-/, '');
