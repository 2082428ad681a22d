// From the wire to the domain: proposals, replies, ids and instants as they were sent, and what is wrong with them in words.
import {
  type ChangeAsk,
  type Leeway,
  OVERBOOKED,
  type Proposal,
  type Resources,
  type SecondChoice,
  type UserReply,
} from '../../engine/index.ts';
import { problemOfPreference } from '../../policies/allocation/opennebula.ts';
import { didYouMean, suggestion } from '../../written/suggestion.ts';
import { ServiceError, unknownNode } from '../problems.ts';
import type { NodeStatus, Service } from '../service/service.ts';
import type { MaintenanceBody } from '../wire/cluster.ts';
import { type ChangeBody, type ProposalBody, type ReplyBody, USER_REPLIES } from '../wire/negotiation.ts';
import { readWireDate } from './wire-dates.ts';

/** What a proposal is read against. */
export type Catalogue = Pick<
  Service,
  'instanceTypes' | 'templates' | 'sites' | 'leaseKinds' | 'now' | 'speed' | 'readsPreferences'
>;

/** A start so long ago counts as now: dates have whole seconds, and requests take their time. In real time. */
const START_TOLERANCE_MS = 60_000;

/** The longest span of time that one query shows. */
/** A quarter of a year: a month's view with as much on both sides. */
const MAX_SPAN_MS = 92 * 86_400_000;

// With the round and the number of a further window that was offered with it.
const RESERVATION_ID = /^[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}(\.\d{1,6}\.\d)?$/;

/** What can be asked for. What is overbooked is not: the service offers it to whom it has no room for. */
export function askableKinds({ leaseKinds }: Pick<Service, 'leaseKinds'>): Service['leaseKinds'] {
  return leaseKinds.filter(({ name }) => name !== OVERBOOKED.name);
}

/**
 * @param path of the proposal within the body, for messages: '' or 'proposal.'
 * @param offeredKind may be said as well
 */
export function readProposal(
  body: ProposalBody,
  catalogue: Catalogue,
  { offeredKind, path = '' }: { readonly offeredKind?: string; readonly path?: string } = {},
): Proposal {
  const { name: type, demand } = readType(body.type, catalogue, `${path}type`);
  const startMs = readStart(body.startTime, catalogue, `${path}startTime`);
  const kind =
    body.kind === undefined
      ? undefined
      : readKind(body.kind, catalogue, { field: `${path}kind`, offeredKind });
  const leeway = readLeeway(body, { kind, startMs, path });
  const proposal: Proposal = {
    type,
    demand,
    numInstancesFixed: body.numInstancesFixed,
    numInstancesOption: body.numInstancesOption ?? 0,
    startMs,
    durationMs: body.duration,
    template: readTemplate(body.template, catalogue, `${path}template`),
    ...(body.maxPriceMicros === undefined ? {} : { maxPriceMicros: body.maxPriceMicros }),
    ...(kind === undefined ? {} : { kind }),
    ...(leeway === undefined ? {} : { leeway }),
    ...(body.startsItself === undefined ? {} : { startsItself: body.startsItself }),
    ...((body.startSlides ?? body.startTime === undefined) ? { startSlides: true } : {}),
    ...readWaiting(body, path),
    ...readPreference(body, catalogue, path),
    ...readOtherwise(body, catalogue, path),
    ...readSites(body, catalogue, path),
  };
  if (body.earliestStartTime === undefined) return proposal;
  const field = `${path}earliestStartTime`;
  const earliestStartMs = readDate(body.earliestStartTime, field);
  if (earliestStartMs > startMs) throw badField(field, body.earliestStartTime, 'a date not after startTime');
  return { ...proposal, earliestStartMs: Math.min(startMs, Math.max(earliestStartMs, catalogue.now())) };
}

/** The kinds of lease whose users say what they take as well, and what they may say. */
const LEEWAYS: Readonly<Record<string, readonly (keyof ProposalBody)[]>> = {
  deadline: ['deadline', 'latestStartTime'],
  flexible: ['deadline', 'latestStartTime', 'minDuration', 'minInstances'],
};

function readLeeway(
  body: ProposalBody,
  { kind = 'advance', path, startMs }: { kind: string | undefined; startMs: number; path: string },
): Leeway | undefined {
  const known = LEEWAYS[kind] ?? [];
  for (const field of LEEWAYS.flexible!) {
    if (body[field] === undefined || known.includes(field)) continue;
    const kinds = Object.keys(LEEWAYS).filter((name) => LEEWAYS[name]!.includes(field));
    throw badField(
      `${path}${field}`,
      String(body[field]),
      `none with kind ${kind}; it belongs to ${kinds.join(' and ')}`,
    );
  }
  if (known.length === 0) return undefined;
  const {
    deadline,
    duration,
    latestStartTime,
    minDuration = duration,
    minInstances = body.numInstancesFixed,
  } = body;
  if (kind === 'deadline' && deadline === undefined)
    throw missingField(`${path}deadline`, 'a lease of kind deadline says when it has to be done');
  if (minDuration > duration)
    throw badField(`${path}minDuration`, String(minDuration), `at most the duration, ${duration}`);
  if (minInstances > body.numInstancesFixed)
    throw badField(
      `${path}minInstances`,
      String(minInstances),
      `at most numInstancesFixed, ${body.numInstancesFixed}`,
    );
  const deadlineMs = deadline === undefined ? undefined : readDate(deadline, `${path}deadline`);
  const latestStartMs =
    latestStartTime === undefined ? undefined : readDate(latestStartTime, `${path}latestStartTime`);
  if (latestStartMs !== undefined && latestStartMs < startMs)
    throw badField(`${path}latestStartTime`, latestStartTime!, 'a date not before startTime');
  return {
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(latestStartMs === undefined ? {} : { latestStartMs }),
    ...(minDuration === duration ? {} : { minDurationMs: minDuration }),
    ...(minInstances === body.numInstancesFixed ? {} : { minInstances }),
  };
}

/** Until when may have passed: a request that is repeated under its key is the same. */
function readWaiting({ waitInstead, waitUntil }: ProposalBody, path: string): Pick<Proposal, 'waitlist'> {
  if (waitUntil === undefined) {
    if (waitInstead !== true) return {};
    throw missingField(`${path}waitUntil`, 'who waits says until when');
  }
  const untilMs = readDate(waitUntil, `${path}waitUntil`);
  return { waitlist: { untilMs, ...(waitInstead === true && { instead: true }) } };
}

function readSites(
  { sites }: ProposalBody,
  { sites: known }: Catalogue,
  path: string,
): Pick<Proposal, 'sites'> {
  if (sites === undefined) return {};
  for (const [index, name] of sites.entries()) {
    if (known.includes(name)) continue;
    const expected = known.length === 0 ? 'none: this service has no sites' : `one of ${known.join(', ')}`;
    throw badField(`${path}sites[${index}]`, name, expected);
  }
  return { sites };
}

/** Where nobody reads them they are refused: a user who names some counts on them. */
function readPreference(
  { rank, requirements }: ProposalBody,
  { readsPreferences }: Pick<Catalogue, 'readsPreferences'>,
  path: string,
): Pick<Proposal, 'preference'> {
  const preference = {
    ...(requirements !== undefined && { requirements }),
    ...(rank !== undefined && { rank }),
  };
  const [named] = Object.keys(preference);
  if (named === undefined) return {};
  if (!readsPreferences) {
    const detail =
      'the allocation policy of this service reads neither requirements nor a rank; leave it out';
    throw new ServiceError('PEX_BAD_REQUEST', `${path}${named}: ${detail}.`, { field: `${path}${named}` });
  }
  const flaw = problemOfPreference(preference);
  if (flaw === undefined) return { preference };
  const { message, position } = flaw;
  const field = `${path}${flaw.path}`;
  throw new ServiceError('PEX_BAD_REQUEST', `${field}: ${message} (at character ${position}).`, {
    field,
    position,
  });
}

function readOtherwise(
  { otherwise }: ProposalBody,
  catalogue: Catalogue,
  path: string,
): Pick<Proposal, 'otherwise'> {
  if (otherwise === undefined) return {};
  return {
    otherwise: otherwise.map((choice, index): SecondChoice => {
      const { duration, maxPriceMicros, numInstancesFixed, startTime, type } = choice;
      const at = `${path}otherwise[${index}]`;
      const named = type === undefined ? undefined : readType(type, catalogue, `${at}.type`);
      return {
        ...(startTime === undefined ? {} : { startMs: readDate(startTime, `${at}.startTime`) }),
        ...(duration === undefined ? {} : { durationMs: duration }),
        ...(numInstancesFixed === undefined ? {} : { numInstancesFixed }),
        ...(named === undefined ? {} : { type: named.name, demand: named.demand }),
        ...(maxPriceMicros === undefined ? {} : { maxPriceMicros }),
      };
    }),
  };
}

/** @param present the terms as they are; a start that is written as theirs, in whole seconds, leaves them where they are */
export function readChange(body: ChangeBody, present: Proposal | null): ChangeAsk {
  const { duration, maxPriceMicros, numInstancesFixed, startTime } = body;
  if (duration === undefined && numInstancesFixed === undefined && startTime === undefined)
    throw missingField('duration', 'or startTime, or numInstancesFixed: what is to be otherwise');
  const startMs = startTime === undefined ? undefined : readDate(startTime, 'startTime');
  const isMoved = startMs !== undefined && startMs !== Math.floor((present?.startMs ?? 0) / 1000) * 1000;
  return {
    ...(isMoved ? { startMs } : {}),
    ...(duration === undefined ? {} : { durationMs: duration }),
    ...(numInstancesFixed === undefined ? {} : { numInstancesFixed }),
    ...(maxPriceMicros === undefined ? {} : { maxPriceMicros }),
  };
}

/**
 * @param reservationId of the URL; a proposal in the body must not name another
 * @param offered what is on the table, whose kind may be repeated
 */
export function readReply(
  body: ReplyBody,
  {
    offered,
    reservationId,
  }: { readonly offered: Pick<Proposal, 'kind'> | null; readonly reservationId: string },
  catalogue: Catalogue,
): UserReply {
  const { proposal } = body;
  const namedId = proposal?.id;
  if (namedId != null && namedId !== '' && readReservationId(namedId) !== reservationId) {
    throw badField('proposal.id', namedId, `the id in the URL, ${reservationId}`);
  }
  const spelled = body.reply.trim().toUpperCase().replaceAll('-', '_');
  const reply = USER_REPLIES.find((known) => known === spelled);
  switch (reply) {
    case 'ACCEPT':
    case 'CONFIRM':
      return { reply };
    case 'REJECT':
      return body.reason == null ? { reply } : { reply, reason: body.reason };
    case 'COUNTER':
      if (proposal == null) throw missingField('proposal', 'a COUNTER needs one');
      return {
        reply,
        proposal: readProposal(completeProposal(proposal), catalogue, {
          path: 'proposal.',
          ...(offered?.kind !== undefined && { offeredKind: offered.kind }),
        }),
      };
    default:
      throw badField('reply', body.reply, `one of ${USER_REPLIES.join(', ')}`);
  }
}

function completeProposal(partial: NonNullable<ReplyBody['proposal']>): ProposalBody {
  const { duration, numInstancesFixed, type } = partial;
  if (duration === undefined) throw missingField('proposal.duration', 'milliseconds');
  if (numInstancesFixed === undefined) throw missingField('proposal.numInstancesFixed', 'an integer');
  if (type === undefined) throw missingField('proposal.type', 'the name of an instance type');
  return { ...partial, duration, numInstancesFixed, type };
}

export function readType(
  text: string,
  { instanceTypes }: Pick<Service, 'instanceTypes'>,
  field: string,
): { readonly name: string; readonly demand: Resources } {
  for (const name of [text, text.toUpperCase()]) {
    const demand = instanceTypes.get(name);
    if (demand !== undefined) return { name, demand };
  }
  throw unknownName(field, text, 'an instance type', [...instanceTypes.keys()]);
}

function readTemplate(text: string | undefined, { templates }: Catalogue, field: string): string {
  const template = text === undefined ? templates[0] : templates.find(({ name }) => name === text);
  if (template !== undefined) return template.name;
  throw unknownName(
    field,
    text ?? '',
    'a template',
    templates.map(({ name }) => name),
  );
}

function readKind(
  text: string,
  catalogue: Catalogue,
  { field, offeredKind }: { readonly field: string; readonly offeredKind: string | undefined },
): string {
  const said = text.toLowerCase();
  const names = askableKinds(catalogue).map(({ name }) => name);
  if (names.includes(said) || said === offeredKind) return said;
  throw unknownName(field, text, 'a kind of lease', names);
}

function readStart(
  text: string | undefined,
  catalogue: Pick<Catalogue, 'now' | 'speed'>,
  field: string,
): number {
  const { speed } = catalogue;
  const nowMs = catalogue.now();
  if (text === undefined) return nowMs;
  const startMs = readDate(text, field);
  const isJustPast = startMs < nowMs && startMs >= nowMs - START_TOLERANCE_MS * Math.max(1, speed);
  return isJustPast ? nowMs : startMs;
}

export function readDate(text: string, field: string): number {
  const reading = readWireDate(text);
  if ('ms' in reading) return reading.ms;
  const expected = 'a date like "Mon, 17 Aug 2009 04:49:03 GMT" or "2009-08-17T04:49:03Z"';
  throw new ServiceError('PEX_BAD_REQUEST', `${field}: ${shown(text)} ${reading.problem}.`, {
    field,
    expected,
  });
}

/** Of a query: milliseconds as digits, or a date. @throws ServiceError PEX_BAD_REQUEST */
export function readInstant(text: string, field: string): number {
  if (!/^\d{12,14}$/.test(text)) return readDate(text, field);
  return readDate(new Date(Number(text)).toISOString(), field);
}

/** When a node is expected back; null: nobody knows. @throws ServiceError PEX_BAD_REQUEST unless that lies ahead */
export function readReturn({ until }: { readonly until?: string }, nowMs: number): number | null | undefined {
  if (until === undefined) return undefined;
  if (until.toLowerCase() === 'never') return null;
  const untilMs = readInstant(until, 'until');
  if (untilMs <= nowMs) throw badField('until', until, 'an instant that lies ahead, or "never"');
  return untilMs;
}

/** @throws ServiceError PEX_BAD_REQUEST unless a maintenance lies ahead and ends after it starts */
export function readForecast(
  { from, until }: { readonly from?: string; readonly until?: string },
  nowMs: number,
): { readonly fromMs?: number; readonly untilMs?: number | null } {
  const untilMs = readReturn(until === undefined ? {} : { until }, nowMs);
  if (from === undefined) return untilMs === undefined ? {} : { untilMs };
  const fromMs = readInstant(from, 'from');
  if (fromMs < nowMs) throw badField('from', from, 'an instant that lies ahead');
  if (typeof untilMs !== 'number' || untilMs <= fromMs)
    throw badField('until', until ?? '', 'an instant after the beginning of the maintenance');
  return { fromMs, untilMs };
}

/** From now on unless it says otherwise. @throws ServiceError PEX_BAD_REQUEST unless it ends after it starts, and lies ahead */
export function readMaintenance(
  { endTime, startTime }: MaintenanceBody,
  catalogue: Pick<Catalogue, 'now' | 'speed'>,
): { readonly fromMs: number; readonly untilMs: number } {
  const fromMs = readStart(startTime, catalogue, 'startTime');
  if (startTime !== undefined && fromMs < catalogue.now())
    throw badField('startTime', startTime, 'a date that lies ahead');
  const untilMs = readDate(endTime, 'endTime');
  if (untilMs <= fromMs) throw badField('endTime', endTime, 'a date after the start');
  return { fromMs, untilMs };
}

/** @throws ServiceError PEX_BAD_REQUEST unless it is more than nothing and at most 92 days */
export function readSpan(query: { readonly from: string; readonly to: string }): {
  readonly fromMs: number;
  readonly toMs: number;
} {
  const fromMs = readInstant(query.from, 'from');
  const toMs = readInstant(query.to, 'to');
  if (toMs > fromMs && toMs - fromMs <= MAX_SPAN_MS) return { fromMs, toMs };
  throw new ServiceError('PEX_BAD_REQUEST', 'to must be after from, by 92 days at most.', { field: 'to' });
}

/** @throws ServiceError PEX_NOT_FOUND */
export function nodeOf(service: Pick<Service, 'nodes'>, id: string): NodeStatus {
  const nodes = service.nodes();
  const node = nodes.find(({ nodeId }) => nodeId === id);
  if (node !== undefined) return node;
  throw unknownNode(
    id,
    nodes.map(({ nodeId }) => nodeId),
  );
}

/** Upper case, as ids are; undefined for what is no id. */
export function readReservationId(text: string): string | undefined {
  const id = text.toUpperCase();
  return RESERVATION_ID.test(id) ? id : undefined;
}

export function readVmId(text: string): string | undefined {
  return readReservationId(text)?.toLowerCase();
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 100));

export function badField(field: string, value: string, expected: string): ServiceError {
  return new ServiceError('PEX_BAD_REQUEST', `${field}: ${shown(value)} is not ${expected}.`, {
    field,
    expected,
  });
}

function missingField(field: string, expected: string): ServiceError {
  return new ServiceError('PEX_BAD_REQUEST', `${field} is missing: ${expected}.`, { field, expected });
}

function unknownName(field: string, typed: string, what: string, known: readonly string[]): ServiceError {
  const meant = didYouMean(typed.slice(0, 100), known);
  const hint = meant === undefined ? suggestion('', known) : ` (did you mean "${meant}"?)`;
  return new ServiceError('PEX_BAD_REQUEST', `${field}: ${shown(typed)} is not ${what} here${hint}.`, {
    field,
    expected: known,
  });
}
