// Kinds of field that several parts of a scenario have: instants, spreads of durations, seeds, shares.
import { type Static, Type } from 'typebox';
import { InvariantError, type Spread } from '../../engine/index.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { parseInstant, readInstant } from '../../written/instant.ts';
import { parseDuration } from '../../written/time-text.ts';

const INSTANT = String.raw`\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?`;

/** An instant that names its zone, or a date. */
export function instantField(field: { readonly description: string; readonly default?: string }) {
  return Type.Refine(
    Type.String({
      pattern: `^${INSTANT}$`,
      expected: 'an instant with its zone, such as 2009-08-21T10:00:00Z, or a date such as 2009-08-21',
      ...field,
    }),
    (text) => instantProblem(text) === undefined,
    (text) => instantProblem(text) ?? '',
  );
}

/** What is wrong with an instant that has the form of one; empty for what has not, where the field says what it expects. */
function instantProblem(text: string): string | undefined {
  const reading = readInstant(text);
  if ('ms' in reading) return undefined;
  return new RegExp(`^${INSTANT}$`).test(text) ? reading.problem : '';
}

/** Milliseconds since the Unix epoch of a text that matches {@link instantField}. */
export function instantMs(text: string): number {
  const ms = parseInstant(text);
  if (ms === undefined) throw new InvariantError('an instant was not checked against its schema', { text });
  return ms;
}

/** An instant, or how long after the start of the scenario. */
export function momentField(field: { readonly description: string }) {
  return Type.Refine(
    Type.String({
      expected:
        'a time after the start with its unit, such as "36h", or an instant with its zone, such as 2009-08-21T10:00:00Z',
      ...field,
    }),
    isMoment,
    momentProblem,
  );
}

export function isMoment(text: string): boolean {
  return parseDuration(text) !== undefined || instantProblem(text) === undefined;
}

/** What is wrong with a text that is meant as an instant; empty where that cannot be told. */
export function momentProblem(text: string): string {
  return /^\d{4}-/.test(text) ? (instantProblem(text) ?? '') : '';
}

/** Milliseconds since the Unix epoch of a text that matches {@link momentField}. */
export function momentMs(text: string, startMs: number): number {
  const afterMs = parseDuration(text);
  return afterMs === undefined ? instantMs(text) : startMs + afterMs;
}

const Range = Type.Object(
  {
    min: finiteDurationOption({ description: 'The shortest.' }),
    max: finiteDurationOption({ description: 'The longest.' }),
  },
  { additionalProperties: false },
);

const Quantiles = Type.Object(
  {
    quantiles: Type.Array(finiteDurationOption({ description: 'Not shorter than the one before.' }), {
      minItems: 2,
      maxItems: 1001,
      description:
        'At even steps of probability, from the shortest to the longest: evenly spread between each two.',
    }),
  },
  { additionalProperties: false },
);

/** A duration that is always the same, evenly spread between `min` and `max`, or distributed as something that was measured. */
export function spreadField(field: {
  readonly description: string;
  readonly default: string | Static<typeof Range>;
}) {
  return Type.Union([finiteDurationOption({ description: 'Always the same.' }), Range, Quantiles], {
    expected:
      'a duration with its unit, such as "20s", or {min: 10s, max: 30s}, or {quantiles: [10s, 12s, 30s]}',
    ...field,
  });
}
export type SpreadText = string | Static<typeof Range> | Static<typeof Quantiles>;

export function spreadMs(text: SpreadText): Spread {
  if (typeof text === 'string') return { minMs: durationMs(text), maxMs: durationMs(text) };
  if ('min' in text) return { minMs: durationMs(text.min), maxMs: durationMs(text.max) };
  const quantilesMs = text.quantiles.map(durationMs);
  return { minMs: quantilesMs[0]!, maxMs: quantilesMs.at(-1)!, quantilesMs };
}

/** Where all chance comes from. */
export const seedField = Type.Integer({
  default: 1,
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  expected: 'a whole number of at least 0',
  description: 'All chance in a run comes from it: the same seed, the same run.',
});

/** A probability or a part of a whole. */
export function shareField(field: { readonly description: string; readonly default?: number }) {
  return Type.Number({ minimum: 0, maximum: 1, ...field });
}
