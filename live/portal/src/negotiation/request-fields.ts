// The request form as text fields, and what they mean: from terms to fields and back, with one message for each field that is wrong.
// Pure; the texts of instants are in the zone of the browser.
import { occurrencesOf } from '../../../../written/recurrence.ts';
import { SERIES_TIMES_MAX } from '../../../wire/limits.ts';
import type { ProposalBody } from '../../../wire/negotiation.ts';
import type { Reservation } from '../../../wire/reservation.ts';
import type { SeriesQuoteBody } from '../../../wire/series.ts';
import { parseMoney, toMoneyField } from '../text/money.ts';
import {
  ceilTo,
  DAY_MS,
  fromLocalField,
  HOUR_MS,
  MINUTE_MS,
  ownZone,
  toLocalField,
  toLocalFieldExactly,
} from '../text/time.ts';

export type LengthUnit = 'min' | 'h' | 'd';

export interface RequestFields {
  readonly type: string;
  /** now: at once or not at all; queue: when its turn comes; by: any time that ends by a deadline; within: as much as there is within limits. */
  readonly startKind: 'soon' | 'now' | 'queue' | 'at' | 'by' | 'within';
  readonly start: string;
  readonly lengthKind: 'for' | 'until';
  readonly length: string;
  readonly lengthUnit: LengthUnit;
  readonly end: string;
  readonly fixed: string;
  readonly optional: string;
  readonly template: string;
  /** Of `by`. */
  readonly deadline: string;
  /** Of `within`; empty: any start. */
  readonly latest: string;
  /** Of `within`, in the unit of the length; empty: all of it. */
  readonly minLength: string;
  /** Of `within`; empty: all of them. */
  readonly minFixed: string;
  /** Empty: no earlier than the start. */
  readonly earliest: string;
  /** Of `at`: starts that will do as well, as {@link otherStartsText} writes them. */
  readonly otherStarts: string;
  /** Empty: any price. */
  readonly maxPrice: string;
  /** Expressions over nodes; empty: none. */
  readonly requirements: string;
  readonly rank: string;
  /** Names with commas between them, the most wanted first; empty: any nodes. */
  readonly sites: string;
  /** Its instances start at the start; otherwise its user activates it. */
  readonly startsItself: boolean;
  /** Empty: does not wait for room. */
  readonly waitUntil: string;
  /** Every so many days; empty: once. Only at a chosen time. */
  readonly repeat: string;
  readonly repeatEnd: 'times' | 'until';
  /** Of `times`. */
  readonly times: string;
  /** Of `until`: the last day on which one begins. */
  readonly lastDay: string;
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
  /** When the others of a series are, and how its times are said to the service; null: there is one time, or a field of them is wrong. */
  readonly series: SeriesReading | null;
}

export interface SeriesReading {
  readonly startsMs: readonly number[];
  readonly times: Pick<SeriesQuoteBody, 'everyDays' | 'times' | 'until' | 'zone'>;
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
  readonly requirements?: string | null | undefined;
  readonly rank?: string | null | undefined;
  readonly sites?: readonly string[] | undefined;
  readonly kind?: string | null | undefined;
  readonly startsItself?: boolean | undefined;
  readonly leeway?: Leeway | null | undefined;
}

type Leeway = NonNullable<Reservation['leeway']>;

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
    deadline: '',
    latest: '',
    minLength: '',
    minFixed: '',
    earliest: '',
    otherStarts: '',
    maxPrice: '',
    requirements: '',
    rank: '',
    sites: '',
    startsItself: true,
    waitUntil: '',
    repeat: '',
    repeatEnd: 'times',
    times: '8',
    lastDay: '',
  };
}

/** As many second choices as the API takes. */
export const OTHER_STARTS_MAX = 10;

/** Fields of dates as one text, which a draft keeps; empty ones are fields that are not filled in yet. */
export function otherStartsText(starts: readonly string[]): string {
  return starts.map((start) => `${start} `).join('');
}

export function otherStartsOf(text: string): string[] {
  return text.split(' ').slice(0, -1);
}

/** What is wrong with a start that is to do as well; undefined: nothing, or it is not filled in. */
export function otherStartProblem(start: string, { start: first }: RequestFields, nowMs: number) {
  if (start === '') return undefined;
  const ms = fromLocalField(start);
  if (ms === null) return 'Please choose a day and a time, or leave it empty.';
  if (ms < nowMs - START_GRACE_MS) return 'This has passed. Choose a later start.';
  return ms === fromLocalField(first) ? 'This is the start that you ask for first.' : undefined;
}

/** What "at once or not at all" is called by the API. */
const AT_ONCE = 'immediate';
/** And "when its turn comes". */
export const IN_QUEUE = 'best-effort';
/** Sold on the chance that somebody else does not come for theirs: nobody asks for it, some are offered it. */
export const OVERBOOKED = 'overbooked';
export const BY_DEADLINE = 'deadline';
export const WITHIN_LIMITS = 'flexible';

/** Which kind of lease each choice of a start stands for; absent: the usual one. */
const KIND_OF: Partial<Record<RequestFields['startKind'], string>> = {
  now: AT_ONCE,
  queue: IN_QUEUE,
  by: BY_DEADLINE,
  within: WITHIN_LIMITS,
};

/** A start that has passed becomes "as soon as possible"; others are kept to the second, rounded up. */
export function fieldsOf(terms: KnownTerms, nowMs: number): RequestFields {
  const { type, template, startTimeMs, duration, numInstancesFixed, numInstancesOption, maxPriceMicros } =
    terms;
  const ofKind = (Object.keys(KIND_OF) as (keyof typeof KIND_OF)[]).find(
    (choice) => KIND_OF[choice] === terms.kind,
  );
  const isPast = startTimeMs <= nowMs;
  return {
    ...emptyFields(type, template),
    startKind: ofKind ?? (isPast ? 'soon' : 'at'),
    start: ofKind === 'queue' || ofKind === 'now' || isPast ? '' : toLocalFieldExactly(startTimeMs),
    ...lengthFields(duration),
    ...leewayFields(terms.leeway ?? {}, lengthFields(duration).lengthUnit),
    fixed: String(numInstancesFixed),
    optional: String(numInstancesOption),
    startsItself: terms.startsItself ?? true,
    maxPrice: typeof maxPriceMicros === 'number' ? toMoneyField(maxPriceMicros) : '',
    requirements: terms.requirements ?? '',
    rank: terms.rank ?? '',
    sites: terms.sites?.join(', ') ?? '',
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
  const leeway = leewayOf(fields, { startMs, durationMs, fixed }, errors);
  const earliestMs = earliestOf(fields, startMs, nowMs, errors);
  const otherwise = otherwiseOf(fields, nowMs, errors);
  const maxPriceMicros = fields.maxPrice.trim() === '' ? null : parseMoney(fields.maxPrice);
  if (maxPriceMicros === null && fields.maxPrice.trim() !== '')
    errors.maxPrice = 'An amount of credits, such as 12.50, or nothing.';
  const series = repeats(fields) ? seriesOf(fields, startMs, errors) : null;
  const waitUntilMs = fields.waitUntil === '' || repeats(fields) ? null : fromLocalField(fields.waitUntil);
  if (fields.waitUntil !== '' && !repeats(fields) && (waitUntilMs === null || waitUntilMs <= nowMs))
    errors.waitUntil = 'A day and a time that lie ahead, or nothing.';

  const window =
    startMs === null || durationMs === null ? null : { fromMs: startMs, toMs: startMs + durationMs };
  const reading = { errors, window, needed: fixed ?? 1, series };
  if (Object.keys(errors).length > 0 || durationMs === null || fixed === null || optional === null)
    return { ...reading, proposal: null };
  const kind = KIND_OF[fields.startKind];
  const sites = fields.sites.split(',').flatMap((name) => name.trim() || []);
  const proposal: ProposalBody = {
    type: fields.type,
    duration: durationMs,
    numInstancesFixed: fixed,
    numInstancesOption: optional,
    startsItself: fields.startsItself,
    ...(fields.template !== '' && { template: fields.template }),
    ...(kind !== undefined && { kind }),
    ...(hasStart(fields) && startMs !== null && { startTime: new Date(startMs).toISOString() }),
    ...leeway,
    ...(earliestMs !== null && { earliestStartTime: new Date(earliestMs).toISOString() }),
    ...(otherwise.length > 0 && { otherwise }),
    ...(maxPriceMicros !== null && { maxPriceMicros }),
    ...(fields.requirements.trim() !== '' && { requirements: fields.requirements.trim() }),
    ...(fields.rank.trim() !== '' && { rank: fields.rank.trim() }),
    ...(sites.length > 0 && { sites }),
    ...(waitUntilMs !== null && { waitUntil: new Date(waitUntilMs).toISOString() }),
  };
  return { ...reading, proposal };
}

type ErrorsSoFar = { -readonly [F in keyof RequestErrors]: RequestErrors[F] };

/** A start is chosen, or may be: left empty where it is only the first that will do, it is now. */
function hasStart({ start, startKind }: RequestFields): boolean {
  return startKind === 'at' || ((startKind === 'by' || startKind === 'within') && start !== '');
}

/** A series has its times, and nobody waits for one of several. */
export function repeats({ repeat, startKind }: RequestFields): boolean {
  return startKind === 'at' && repeat !== '';
}

function seriesOf(
  { lastDay, repeat, repeatEnd, times }: RequestFields,
  startMs: number | null,
  errors: ErrorsSoFar,
): SeriesReading | null {
  const zone = ownZone();
  const everyDays = Number(repeat);
  const lastMs = repeatEnd === 'until' ? fromLocalField(`${lastDay}T23:59`) : null;
  const count = repeatEnd === 'times' ? countOf(times, 2) : null;
  const untilMs = lastMs === null ? undefined : lastMs + MINUTE_MS;
  if (repeatEnd === 'times' && (count === null || count > SERIES_TIMES_MAX)) {
    errors.times = `A whole number from 2 to ${SERIES_TIMES_MAX}.`;
    return null;
  }
  if (repeatEnd === 'until' && untilMs === undefined) {
    errors.lastDay = 'Please choose a day.';
    return null;
  }
  if (startMs === null) return null;
  const until = untilMs === undefined ? {} : { untilMs };
  const startsMs = occurrencesOf(
    { startMs, everyDays, zone, ...(count !== null && { times: count }), ...until },
    SERIES_TIMES_MAX + 1,
  );
  if (startsMs.length === 0) errors.lastDay = 'Not before the first.';
  else if (startsMs.length > SERIES_TIMES_MAX) errors.lastDay = `At most ${SERIES_TIMES_MAX} times by then.`;
  else {
    const end =
      untilMs === undefined ? { times: startsMs.length } : { until: new Date(untilMs).toISOString() };
    return { startsMs, times: { everyDays, zone, ...end } };
  }
  return null;
}

function startOf(fields: RequestFields, nowMs: number, errors: ErrorsSoFar): number | null {
  if (!hasStart(fields)) return nowMs;
  const ms = fromLocalField(fields.start);
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

function leewayOf(
  { deadline, latest, lengthKind, lengthUnit, minFixed, minLength, startKind }: RequestFields,
  { durationMs, fixed, startMs }: Record<'durationMs' | 'fixed' | 'startMs', number | null>,
  errors: ErrorsSoFar,
): Pick<ProposalBody, 'deadline' | 'latestStartTime' | 'minDuration' | 'minInstances'> {
  if (startKind === 'by') {
    const ms = fromLocalField(deadline);
    if (ms === null) errors.deadline = 'Please choose a day and a time.';
    else if (startMs !== null && durationMs !== null && ms < startMs + durationMs)
      errors.deadline = 'It does not fit between the start and this.';
    return ms === null ? {} : { deadline: new Date(ms).toISOString() };
  }
  if (startKind !== 'within') return {};
  const latestMs = latest === '' ? null : fromLocalField(latest);
  if (latest !== '' && (latestMs === null || (startMs !== null && latestMs < startMs)))
    errors.latest = 'Not earlier than the start; or leave it empty.';
  const minMs =
    minLength.trim() === ''
      ? durationMs
      : Math.round(Number(minLength) * UNIT_MS[lengthKind === 'for' ? lengthUnit : 'h']);
  if (durationMs !== null && !(minMs !== null && minMs > 0 && minMs <= durationMs))
    errors.minLength = 'More than 0, and at most the length.';
  const least = minFixed.trim() === '' ? fixed : countOf(minFixed, 1);
  if (fixed !== null && (least === null || least > fixed))
    errors.minFixed = `A whole number from 1 to ${fixed}.`;
  return {
    ...(latestMs !== null && { latestStartTime: new Date(latestMs).toISOString() }),
    ...(minMs !== null && minMs !== durationMs && { minDuration: minMs }),
    ...(least !== null && least !== fixed && { minInstances: least }),
  };
}

function leewayFields(
  { deadlineMs, latestStartTimeMs, minDuration, minInstances }: Leeway,
  lengthUnit: LengthUnit,
): Pick<RequestFields, 'deadline' | 'latest' | 'minLength' | 'minFixed'> {
  const field = (ms: number | undefined) => (ms === undefined ? '' : toLocalField(ceilTo(ms, MINUTE_MS)));
  return {
    deadline: field(deadlineMs),
    latest: field(latestStartTimeMs),
    minLength: minDuration === undefined ? '' : String(minDuration / UNIT_MS[lengthUnit]),
    minFixed: minInstances === undefined ? '' : String(minInstances),
  };
}

function earliestOf(
  { startKind, earliest, repeat }: RequestFields,
  startMs: number | null,
  nowMs: number,
  errors: ErrorsSoFar,
): number | null {
  if (startKind !== 'at' || repeat !== '' || earliest === '') return null;
  const ms = fromLocalField(earliest);
  if (ms === null) errors.earliest = 'Please choose a day and a time, or leave it empty.';
  else if (startMs !== null && ms > startMs) errors.earliest = 'Not later than the start.';
  else if (ms < nowMs - START_GRACE_MS) errors.earliest = 'This has passed.';
  return ms;
}

function otherwiseOf(
  fields: RequestFields,
  nowMs: number,
  errors: ErrorsSoFar,
): NonNullable<ProposalBody['otherwise']> {
  if (fields.startKind !== 'at' || repeats(fields)) return [];
  const starts = otherStartsOf(fields.otherStarts).filter((start) => start !== '');
  const problem = starts.map((start) => otherStartProblem(start, fields, nowMs)).find(Boolean);
  if (problem !== undefined) {
    errors.otherStarts = problem;
    return [];
  }
  return starts.map((start) => ({ startTime: new Date(fromLocalField(start)!).toISOString() }));
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
