// The request form as text fields, and what they mean: from terms to fields and back, with one message for each field that is wrong.
// Pure; the texts of instants are in the zone of the browser.
import type { ProposalBody } from '../../../wire/negotiation.ts';
import { parseMoney, toMoneyField } from '../text/money.ts';
import { ceilTo, DAY_MS, fromLocalField, HOUR_MS, MINUTE_MS, toLocalField } from '../text/time.ts';

export type LengthUnit = 'min' | 'h' | 'd';

export interface RequestFields {
  readonly type: string;
  /** now: at once or not at all; queue: when its turn comes. */
  readonly startKind: 'soon' | 'now' | 'queue' | 'at';
  readonly start: string;
  readonly lengthKind: 'for' | 'until';
  readonly length: string;
  readonly lengthUnit: LengthUnit;
  readonly end: string;
  readonly fixed: string;
  readonly optional: string;
  readonly template: string;
  /** Empty: no earlier than the start. */
  readonly earliest: string;
  /** Empty: any price. */
  readonly maxPrice: string;
}

export type RequestErrors = Partial<Record<keyof RequestFields, string>>;

export interface RequestReading {
  /** Null while a field is wrong. */
  readonly proposal: ProposalBody | null;
  readonly errors: RequestErrors;
  /** The window that the fields ask for, as far as they can be read. */
  readonly window: { readonly fromMs: number; readonly toMs: number } | null;
  /** Guaranteed instances; 1 while the field is wrong. */
  readonly needed: number;
}

/** Terms that a form can begin with. */
export interface KnownTerms {
  readonly type: string;
  readonly template: string;
  readonly startTimeMs: number;
  readonly duration: number;
  readonly numInstancesFixed: number;
  readonly numInstancesOption: number;
  readonly maxPriceMicros?: number | null | undefined;
  readonly kind?: string | null | undefined;
}

export const UNIT_MS: Record<LengthUnit, number> = { min: MINUTE_MS, h: HOUR_MS, d: DAY_MS };
const INSTANCES_MAX = 10_000;
/** The service takes a start that is so little in the past as "now". */
const START_GRACE_MS = MINUTE_MS;

export function emptyFields(type: string, template: string): RequestFields {
  return {
    type,
    template,
    startKind: 'soon',
    start: '',
    lengthKind: 'for',
    length: '2',
    lengthUnit: 'h',
    end: '',
    fixed: '1',
    optional: '0',
    earliest: '',
    maxPrice: '',
  };
}

/** What "at once or not at all" is called by the API. */
const AT_ONCE = 'immediate';
/** And "when its turn comes". */
export const IN_QUEUE = 'best-effort';

/** A start that has passed becomes "as soon as possible"; seconds are rounded up to the minute. */
export function fieldsOf(terms: KnownTerms, nowMs: number): RequestFields {
  const { type, template, startTimeMs, duration, numInstancesFixed, numInstancesOption, maxPriceMicros } =
    terms;
  const isAtOnce = terms.kind === AT_ONCE;
  const isQueued = terms.kind === IN_QUEUE;
  const isPast = startTimeMs <= nowMs;
  const startMs = ceilTo(startTimeMs, MINUTE_MS);
  return {
    ...emptyFields(type, template),
    startKind: isQueued ? 'queue' : isAtOnce ? 'now' : isPast ? 'soon' : 'at',
    start: isQueued || isAtOnce || isPast ? '' : toLocalField(startMs),
    ...lengthFields(duration),
    fixed: String(numInstancesFixed),
    optional: String(numInstancesOption),
    maxPrice: typeof maxPriceMicros === 'number' ? toMoneyField(maxPriceMicros) : '',
  };
}

export function readRequest(fields: RequestFields, nowMs: number): RequestReading {
  const errors: ErrorsSoFar = {};
  const startMs = startOf(fields, nowMs, errors);
  const durationMs = durationOf(fields, startMs, errors);
  const fixed = countOf(fields.fixed, 1);
  if (fixed === null) errors.fixed = `A whole number from 1 to ${INSTANCES_MAX}.`;
  const optional = countOf(fields.optional, 0);
  if (optional === null) errors.optional = `A whole number from 0 to ${INSTANCES_MAX}.`;
  const earliestMs = earliestOf(fields, startMs, nowMs, errors);
  const maxPriceMicros = fields.maxPrice.trim() === '' ? null : parseMoney(fields.maxPrice);
  if (maxPriceMicros === null && fields.maxPrice.trim() !== '')
    errors.maxPrice = 'An amount of credits, such as 12.50, or nothing.';

  const window =
    startMs === null || durationMs === null ? null : { fromMs: startMs, toMs: startMs + durationMs };
  const reading = { errors, window, needed: fixed ?? 1 };
  if (Object.keys(errors).length > 0 || durationMs === null || fixed === null || optional === null)
    return { ...reading, proposal: null };
  const proposal: ProposalBody = {
    type: fields.type,
    duration: durationMs,
    numInstancesFixed: fixed,
    numInstancesOption: optional,
    ...(fields.template !== '' && { template: fields.template }),
    ...(fields.startKind === 'now' && { kind: AT_ONCE }),
    ...(fields.startKind === 'queue' && { kind: IN_QUEUE }),
    ...(fields.startKind === 'at' && startMs !== null && { startTime: new Date(startMs).toISOString() }),
    ...(earliestMs !== null && { earliestStartTime: new Date(earliestMs).toISOString() }),
    ...(maxPriceMicros !== null && { maxPriceMicros }),
  };
  return { ...reading, proposal };
}

type ErrorsSoFar = { -readonly [F in keyof RequestErrors]: RequestErrors[F] };

function startOf({ startKind, start }: RequestFields, nowMs: number, errors: ErrorsSoFar): number | null {
  if (startKind !== 'at') return nowMs;
  const ms = fromLocalField(start);
  if (ms === null) errors.start = 'Please choose a day and a time.';
  else if (ms < nowMs - START_GRACE_MS) errors.start = 'This has passed. Choose a later start.';
  return ms;
}

function durationOf(fields: RequestFields, startMs: number | null, errors: ErrorsSoFar): number | null {
  if (fields.lengthKind === 'for') {
    const amount = Number(fields.length);
    const ms = Math.round(amount * UNIT_MS[fields.lengthUnit]);
    if (fields.length.trim() !== '' && Number.isFinite(ms) && ms > 0) return ms;
    errors.length = 'More than 0.';
    return null;
  }
  const endMs = fromLocalField(fields.end);
  if (endMs === null) {
    errors.end = 'Please choose a day and a time.';
    return null;
  }
  if (startMs === null) return null;
  if (endMs <= startMs) {
    errors.end = 'The end must be after the start.';
    return null;
  }
  return Math.round(endMs - startMs);
}

function earliestOf(
  { startKind, earliest }: RequestFields,
  startMs: number | null,
  nowMs: number,
  errors: ErrorsSoFar,
): number | null {
  if (startKind !== 'at' || earliest === '') return null;
  const ms = fromLocalField(earliest);
  if (ms === null) errors.earliest = 'Please choose a day and a time, or leave it empty.';
  else if (startMs !== null && ms > startMs) errors.earliest = 'Not later than the start.';
  else if (ms < nowMs - START_GRACE_MS) errors.earliest = 'This has passed.';
  return ms;
}

function countOf(text: string, least: number): number | null {
  const count = Number(text);
  return text.trim() !== '' && Number.isInteger(count) && count >= least && count <= INSTANCES_MAX
    ? count
    : null;
}

/** In the largest unit that takes at most two decimals. */
function lengthFields(durationMs: number): Pick<RequestFields, 'length' | 'lengthUnit'> {
  for (const lengthUnit of ['d', 'h'] as const) {
    const amount = durationMs / UNIT_MS[lengthUnit];
    if (amount >= 1 && Number.isInteger(amount * 4)) return { length: String(amount), lengthUnit };
  }
  return { length: String(durationMs / MINUTE_MS), lengthUnit: 'min' };
}
