// Between the wire and the domain: proposals and replies in, views out. Dates, thousandths of CPUs and the field names of the papers
// are dealt with here and nowhere else.
import type { Static } from 'typebox';
import {
  didYouMean,
  endOf,
  type Proposal,
  type ProviderReply,
  type RefusalReason,
  type ReservationState,
  type Resources,
  suggestion,
  type UserReply,
} from '../../engine/index.ts';
import { ServiceError } from '../problems.ts';
import type {
  AccountRecord,
  InstanceRecord,
  JournalEvent,
  LedgerRecord,
  OfferRecord,
  Quota,
  ReservationRecord,
} from '../records.ts';
import type { NodeStatus, Service } from '../service/service.ts';
import {
  type AccountView,
  type InstanceView,
  type JournalView,
  type LedgerView,
  type NegotiationView,
  type NodeView,
  type OfferView,
  type ProposalBody,
  type ProposalView,
  type ReplyBody,
  type ReservationView,
  USER_REPLIES,
} from './schemas.ts';
import { formatHttpDate, formatStartDate, parseWireDate } from './wire-dates.ts';

/** What a proposal is read against. */
export type Catalogue = Pick<Service, 'instanceTypes' | 'templates' | 'now' | 'speed'>;

/** A start so long ago counts as now: dates have whole seconds, and requests take their time. In real time. */
const START_TOLERANCE_MS = 60_000;

const RESERVATION_ID = /^[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}$/;

// --- in ----------------------------------------------------------------------------------------------------------------------------

/** @param path of the proposal within the body, for messages: '' or 'proposal.' */
export function readProposal(body: ProposalBody, catalogue: Catalogue, path = ''): Proposal {
  const { name: type, demand } = readType(body.type, catalogue, `${path}type`);
  const startMs = readStart(body.startTime, catalogue, `${path}startTime`);
  const proposal: Proposal = {
    type,
    demand,
    numInstancesFixed: body.numInstancesFixed,
    numInstancesOption: body.numInstancesOption ?? 0,
    startMs,
    durationMs: body.duration,
    template: readTemplate(body.template, catalogue, `${path}template`),
    ...(body.maxPriceMicros === undefined ? {} : { maxPriceMicros: body.maxPriceMicros }),
  };
  if (body.earliestStartTime === undefined) return proposal;
  const field = `${path}earliestStartTime`;
  const earliestStartMs = readDate(body.earliestStartTime, field);
  if (earliestStartMs > startMs) throw badField(field, body.earliestStartTime, 'a date not after startTime');
  return { ...proposal, earliestStartMs: Math.min(startMs, Math.max(earliestStartMs, catalogue.now())) };
}

/** @param reservationId of the URL; a proposal in the body must not name another */
export function readReply(body: ReplyBody, reservationId: string, catalogue: Catalogue): UserReply {
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
      return { reply, proposal: readProposal(completeProposal(proposal), catalogue, 'proposal.') };
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

function readStart(text: string | undefined, catalogue: Catalogue, field: string): number {
  const { speed } = catalogue;
  const nowMs = catalogue.now();
  if (text === undefined) return nowMs;
  const startMs = readDate(text, field);
  const isJustPast = startMs < nowMs && startMs >= nowMs - START_TOLERANCE_MS * Math.max(1, speed);
  return isJustPast ? nowMs : startMs;
}

function readDate(text: string, field: string): number {
  const ms = parseWireDate(text);
  if (ms !== undefined) return ms;
  throw badField(field, text, 'a date like "Mon, 17 Aug 2009 04:49:03 GMT" or "2009-08-17T04:49:03Z"');
}

/** Of a query: milliseconds as digits, or a date. */
export function readInstant(text: string, field: string): number {
  if (!/^\d{12,14}$/.test(text)) return readDate(text, field);
  return readDate(new Date(Number(text)).toISOString(), field);
}

/** Upper case, as ids are; undefined for what is no id. */
export function readReservationId(text: string): string | undefined {
  const id = text.toUpperCase();
  return RESERVATION_ID.test(id) ? id : undefined;
}

export function readVmId(text: string): string | undefined {
  return readReservationId(text)?.toLowerCase();
}

function badField(field: string, value: string, expected: string): ServiceError {
  const shown = JSON.stringify(value.slice(0, 100));
  return new ServiceError('PEX_BAD_REQUEST', `${field}: ${shown} is not ${expected}.`, { field, expected });
}

function missingField(field: string, expected: string): ServiceError {
  return new ServiceError('PEX_BAD_REQUEST', `${field} is missing: ${expected}.`, { field, expected });
}

function unknownName(field: string, typed: string, what: string, known: readonly string[]): ServiceError {
  const shown = JSON.stringify(typed.slice(0, 100));
  const meant = didYouMean(typed.slice(0, 100), known);
  const hint = meant === undefined ? suggestion('', known) : ` (did you mean "${meant}"?)`;
  return new ServiceError('PEX_BAD_REQUEST', `${field}: ${shown} is not ${what} here${hint}.`, {
    field,
    expected: known,
  });
}

// --- out ---------------------------------------------------------------------------------------------------------------------------

/** Whose proposal it is. */
export interface ProposalOwner {
  readonly reservationId: string;
  readonly userId: number;
}

export function proposalView(
  proposal: Proposal,
  { reservationId, userId }: ProposalOwner,
): Static<typeof ProposalView> {
  const { maxPriceMicros, earliestStartMs } = proposal;
  return {
    duration: proposal.durationMs,
    id: reservationId,
    numInstancesFixed: proposal.numInstancesFixed,
    numInstancesOption: proposal.numInstancesOption,
    startTime: formatStartDate(proposal.startMs),
    template: proposal.template,
    type: proposal.type,
    userid: userId,
    startTimeMs: proposal.startMs,
    ...(maxPriceMicros === undefined ? {} : { maxPriceMicros }),
    ...(earliestStartMs === undefined ? {} : { earliestStartTime: formatStartDate(earliestStartMs) }),
  };
}

/**
 * @param asked the terms to send back when the reply brings none of its own
 * @throws ServiceError PEX_REQUEST_FAILED for the reply of that name
 */
export function negotiationView(
  reply: ProviderReply,
  asked: Proposal | null,
  owner: ProposalOwner,
): Static<typeof NegotiationView> {
  switch (reply.reply) {
    case 'ACCEPT':
    case 'COUNTER':
    case 'CONFIRM_REQUEST':
      return {
        proposal: proposalView(reply.proposal, owner),
        reply: reply.reply,
        priceMicros: reply.priceMicros,
        holdUntil: formatHttpDate(reply.holdUntilMs),
        holdUntilMs: reply.holdUntilMs,
      };
    case 'REJECT':
      return {
        proposal: asked && proposalView(asked, owner),
        reply: reply.reply,
        reason: reply.reason,
      };
    case 'REQUEST_SUCCESS':
      return { proposal: asked && proposalView(asked, owner), reply: reply.reply };
    case 'REQUEST_FAILED':
      throw refused(reply);
  }
}

/** A message that could not be carried out, as an error of the API. */
export function refused({
  reason,
  state,
}: Extract<ProviderReply, { readonly reply: 'REQUEST_FAILED' }>): ServiceError {
  return requestFailed(REFUSALS[reason], reason, state);
}

const REFUSALS: Record<RefusalReason, string> = {
  'illegal-in-state': 'This cannot be said to the reservation in the state it is in.',
  'unknown-reservation': 'The reservation has ended.',
  'hold-expired': 'The offer was held until its time, which is over.',
  ended: 'The reservation has ended.',
  'capacity-lost': 'The capacity behind the offer was lost with a node.',
};

export function requestFailed(detail: string, reason: string, state: string | undefined): ServiceError {
  return new ServiceError('PEX_REQUEST_FAILED', detail, {
    reply: 'REQUEST_FAILED',
    reason,
    ...(state === undefined ? {} : { state }),
  });
}

export function reservationView(record: ReservationRecord): Static<typeof ReservationView> {
  return {
    activatedInstances: record.activatedInstances,
    requestId: record.reservationId,
    status: record.state,
    userid: record.userId,
    id: record.reservationId,
    ...(record.proposal === null ? NO_TERMS : termsView(record.proposal)),
    username: record.username,
    priceMicros: record.priceMicros,
    holdUntil: optionalDate(record.holdUntilMs),
    holdUntilMs: record.holdUntilMs,
    lastReply: lastReply(record.state),
    round: record.round,
    windowOpen: record.windowOpen,
    optionsClaimed: record.optionsClaimed,
    nodes: [...record.nodeIds],
    createdTime: formatHttpDate(record.createdMs),
    createdTimeMs: record.createdMs,
    activatedTime: optionalDate(record.activatedMs),
    endedTime: optionalDate(record.endedMs),
    endReason: record.endReason,
    noShow: record.noShow,
    refundMicros: record.refundMicros,
    penaltyMicros: record.penaltyMicros,
  };
}

/** Of a session that never got a proposal. */
const NO_TERMS = {
  endTime: null,
  numInstancesFixed: null,
  numInstancesOption: null,
  startTime: null,
  template: null,
  type: null,
  duration: null,
  startTimeMs: null,
  endTimeMs: null,
  maxPriceMicros: null,
  earliestStartTime: null,
  cpus: null,
  memoryMib: null,
  diskGib: null,
};

function termsView(proposal: Proposal) {
  const { startMs, earliestStartMs, demand } = proposal;
  return {
    endTime: formatHttpDate(endOf(proposal)),
    numInstancesFixed: proposal.numInstancesFixed,
    numInstancesOption: proposal.numInstancesOption,
    startTime: formatStartDate(startMs),
    template: proposal.template,
    type: proposal.type,
    duration: proposal.durationMs,
    startTimeMs: startMs,
    endTimeMs: endOf(proposal),
    maxPriceMicros: proposal.maxPriceMicros ?? null,
    earliestStartTime: earliestStartMs === undefined ? null : formatStartDate(earliestStartMs),
    cpus: demand.milliCpus / 1000,
    memoryMib: demand.memoryMib,
    diskGib: demand.diskGib,
  };
}

function lastReply(state: ReservationState): 'ACCEPT' | 'COUNTER' | null {
  if (state === 'ACCEPTED') return 'ACCEPT';
  return state === 'COUNTERED' ? 'COUNTER' : null;
}

export function offerView(offer: OfferRecord, userId: number): Static<typeof OfferView> {
  return {
    round: offer.round,
    time: formatHttpDate(offer.atMs),
    timeMs: offer.atMs,
    from: offer.from,
    message: offer.message,
    proposal: offer.proposal && proposalView(offer.proposal, { reservationId: offer.reservationId, userId }),
    priceMicros: offer.priceMicros,
    holdUntil: optionalDate(offer.holdUntilMs),
    holdUntilMs: offer.holdUntilMs,
    reason: offer.reason,
  };
}

export function instanceView(record: InstanceRecord): Static<typeof InstanceView> {
  return {
    end_time: formatHttpDate(record.endMs),
    ipAddress: record.ipAddress,
    name: record.name,
    start_time: formatStartDate(record.startMs),
    status: record.state,
    userID: record.userId,
    vmID: record.vmId,
    vmPassword: null,
    id: record.vmId,
    reservationId: record.reservationId,
    number: record.number,
    node: record.nodeId,
    type: record.type,
    cpus: record.demand.milliCpus / 1000,
    memoryMib: record.demand.memoryMib,
    diskGib: record.demand.diskGib,
    template: record.template,
    loadPermille: record.loadPermille,
    wanted: record.wanted,
    startTimeMs: record.startMs,
    endTimeMs: record.endMs,
    username: record.username,
  };
}

/** @param defaults the limits of the configuration */
export function accountView(
  account: AccountRecord,
  defaults: Quota,
  usage?: Quota,
): Static<typeof AccountView> {
  return {
    userid: account.userId,
    username: account.username,
    fullName: account.fullName,
    email: account.email,
    role: account.role,
    disabled: account.disabled,
    balanceMicros: account.balanceMicros,
    quota: { ...defaults, ...account.quota },
    ...(usage === undefined ? {} : { usage }),
    createdTime: formatHttpDate(account.createdMs),
  };
}

export function ledgerView(entry: LedgerRecord): Static<typeof LedgerView> {
  const { entryId, atMs, kind, amountMicros, reservationId, note } = entry;
  return { entryId, time: formatHttpDate(atMs), timeMs: atMs, kind, amountMicros, reservationId, note };
}

export function nodeView(node: NodeStatus): Static<typeof NodeView> {
  return {
    node: node.nodeId,
    group: node.group,
    up: node.up,
    inService: node.inService,
    cpus: node.capacity.milliCpus / 1000,
    memoryMib: node.capacity.memoryMib,
    diskGib: node.capacity.diskGib,
    bookedCpus: node.booked.milliCpus / 1000,
    bookedMemoryMib: node.booked.memoryMib,
    bookedDiskGib: node.booked.diskGib,
    vms: node.vms,
    busyPermille: node.busyPermille,
  };
}

export function journalView({ seq, userId, event }: JournalEvent): Static<typeof JournalView> {
  return { seq, time: formatHttpDate(event.atMs), timeMs: event.atMs, userid: userId, event };
}

function optionalDate(ms: number | null): string | null {
  return ms === null ? null : formatHttpDate(ms);
}
