// From the domain to the wire: the records of the database and the answers of the service as clients see them. Dates, thousandths of CPUs
// and the field names of the papers are dealt with here and nowhere else.
import {
  amountOf,
  type Bottleneck,
  type ChangeRejection,
  commandVerdicts,
  DEFAULT_LEASE_KIND,
  endOf,
  type ImageOnItsWay,
  type ImageOverview,
  INSTANCE_COMMANDS,
  isFinal,
  type Leeway,
  type Outage,
  type Outsourced,
  type Proposal,
  type ProviderReply,
  type QueuedLease,
  type Quote,
  type RejectionReason,
  type ReservationState,
  type ResourceDefinition,
  type Resources,
  type SecondChoice,
  type SessionOutcome,
  sessionOutcome,
  type Waiting,
} from '../../engine/index.ts';
import { fromUnits } from '../../scenarios/formats/named-amounts.ts';
import type {
  AccessKeyRecord,
  AccountRecord,
  ArchiveRecord,
  InstanceRecord,
  JournalEvent,
  LedgerRecord,
  MemberRecord,
  OfferRecord,
  PassageRecord,
  ProjectRole,
  Quota,
  RecordedLoad,
  ReservationNames,
  ReservationRecord,
  TokenRecord,
} from '../records.ts';
import type { NodeStatus, Service } from '../service/service.ts';
import type { AccessKey } from '../wire/access-key.ts';
import type { Account, LedgerEntry } from '../wire/account.ts';
import type { ClusterNode, Outage as WireOutage } from '../wire/cluster.ts';
import type { Archive, JournalEntry } from '../wire/event.ts';
import type { Images } from '../wire/image.ts';
import type { Instance, PossibleCommand } from '../wire/instance.ts';
import type { Load } from '../wire/load.ts';
import type {
  NegotiationReply,
  Offer,
  Bottleneck as WireBottleneck,
  Proposal as WireProposal,
} from '../wire/negotiation.ts';
import type { Transfer } from '../wire/partner.ts';
import type { Project } from '../wire/project.ts';
import type { Reservation } from '../wire/reservation.ts';
import type { ServiceInfo } from '../wire/service.ts';
import type { Token } from '../wire/token.ts';
import { refusedReservation } from './refusals.ts';
import { formatHttpDate, formatStartDate } from './wire-dates.ts';

/** Whose proposal it is. */
export interface ProposalOwner {
  readonly reservationId: string;
  readonly userId: number;
}

export function proposalView(proposal: Proposal, { reservationId, userId }: ProposalOwner): WireProposal {
  const { maxPriceMicros, earliestStartMs, kind, leeway, otherwise, sites, startSlides, startsItself } =
    proposal;
  const { demand, preference, waitlist } = proposal;
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
    ...(kind === undefined ? {} : { kind }),
    ...(leeway === undefined ? {} : leewayView(leeway)),
    ...(startsItself === undefined ? {} : { startsItself }),
    ...(startSlides === undefined ? {} : { startSlides }),
    ...(waitlist === undefined ? {} : { waitUntil: formatStartDate(waitlist.untilMs) }),
    ...(waitlist?.instead === undefined ? {} : { waitInstead: waitlist.instead }),
    ...preference,
    ...(otherwise === undefined ? {} : { otherwise: otherwise.map(choiceView) }),
    ...(sites === undefined ? {} : { sites: [...sites] }),
    ...(demand.site === undefined ? {} : { site: demand.site }),
  };
}

function choiceView({ durationMs, maxPriceMicros, numInstancesFixed, startMs, type }: SecondChoice) {
  return {
    ...(startMs === undefined ? {} : { startTime: formatStartDate(startMs) }),
    ...(durationMs === undefined ? {} : { duration: durationMs }),
    ...(numInstancesFixed === undefined ? {} : { numInstancesFixed }),
    ...(type === undefined ? {} : { type }),
    ...(maxPriceMicros === undefined ? {} : { maxPriceMicros }),
  };
}

function leewayView({ deadlineMs, latestStartMs, minDurationMs, minInstances }: Leeway) {
  return {
    ...(deadlineMs === undefined ? {} : { deadline: formatStartDate(deadlineMs) }),
    ...(latestStartMs === undefined ? {} : { latestStartTime: formatStartDate(latestStartMs) }),
    ...(minDurationMs === undefined ? {} : { minDuration: minDurationMs }),
    ...(minInstances === undefined ? {} : { minInstances }),
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
): NegotiationReply {
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
        ...('differenceMicros' in reply ? { differenceMicros: reply.differenceMicros } : {}),
        ...('because' in reply ? { reason: reply.because } : {}),
        ...(reply.reply === 'CONFIRM_REQUEST' ? {} : detailsView(reply, owner)),
      };
    case 'WAITLISTED': {
      const { reason, reply: waits, waitsUntilMs } = reply;
      return {
        proposal: asked && proposalView(asked, owner),
        reply: waits,
        reason,
        waitsUntil: formatHttpDate(waitsUntilMs),
        waitsUntilMs,
        ...detailsView(reply, owner),
      };
    }
    case 'REJECT':
      return {
        proposal: asked && proposalView(asked, owner),
        reply: reply.reply,
        ...rejectionView(reply.reason, asked),
        ...detailsView(reply, owner),
      };
    case 'REQUEST_SUCCESS':
      return { proposal: asked && proposalView(asked, owner), reply: reply.reply };
    case 'REQUEST_FAILED':
      throw refusedReservation(reply);
  }
}

/** What would be answered: nothing is held for it. */
export function quoteView(quote: Quote, asked: Proposal, owner: ProposalOwner): NegotiationReply {
  const details = detailsView(quote, owner);
  if (quote.reply === 'REJECT') {
    const why = rejectionView(quote.reason, asked);
    return { proposal: proposalView(asked, owner), reply: quote.reply, ...why, ...details };
  }
  const { because: reason, proposal, priceMicros, reply } = quote;
  const why = reason === undefined ? {} : { reason };
  return { proposal: proposalView(proposal, owner), reply, priceMicros, ...why, ...details };
}

/** Why a request would be refused all the same, and what of it would not be. */
export function refusalView({
  error,
  within: { durationMs, numInstancesFixed },
}: NonNullable<ReturnType<Service['refusalOf']>>): NonNullable<NegotiationReply['refusal']> {
  const within = {
    ...(numInstancesFixed !== undefined && { numInstancesFixed }),
    ...(durationMs !== undefined && { duration: durationMs }),
  };
  return {
    code: error.code,
    detail: error.message,
    ...(Object.keys(within).length > 0 && { within }),
  };
}

/** What an answer says beside its terms: what else there is, and what is in the way. What is absent stays absent. */
export function detailsView(
  { alternatives, bottleneck, parts, pledgeMicros }: NonNullable<OfferRecord['details']>,
  owner: ProposalOwner,
): Pick<NegotiationReply, 'alternatives' | 'bottleneck' | 'parts' | 'pledgeMicros'> {
  return {
    ...(pledgeMicros !== undefined && { pledgeMicros }),
    ...(alternatives !== undefined && {
      alternatives: alternatives.map(({ priceMicros, proposal }) => ({
        proposal: proposalView(proposal, owner),
        priceMicros,
      })),
    }),
    ...(parts !== undefined && {
      parts: parts.map(({ priceMicros, proposal, reservationId }) => ({
        proposal: proposalView(proposal, { ...owner, reservationId }),
        priceMicros,
      })),
    }),
    ...(bottleneck !== undefined && { bottleneck: bottleneckView(bottleneck) }),
  };
}

function bottleneckView(bottleneck: Bottleneck): WireBottleneck {
  if (bottleneck.by === 'price') return bottleneck;
  const { fromMs, untilMs } = bottleneck;
  const when = { from: formatHttpDate(fromMs), until: formatHttpDate(untilMs) };
  if (bottleneck.by === 'claim-risk') return { ...bottleneck, ...when };
  const { nodeIds, resource } = bottleneck;
  return {
    ...bottleneck,
    resource: resource === 'milliCpus' ? 'cpus' : resource,
    nodeIds: [...nodeIds],
    ...when,
  };
}

/** Why something was rejected, in words too where a number was probably meant otherwise. */
export function rejectionView(
  reason: RejectionReason | ChangeRejection,
  asked: Proposal | null,
): Pick<NegotiationReply, 'reason' | 'detail'> {
  if (reason !== 'too-short' || asked === null) return { reason };
  return {
    reason,
    detail:
      `duration is in milliseconds, and ${asked.durationMs} ms are too few: ` +
      'settings.shortestDurationMs of GET /OpenPEX/service is the least',
  };
}

function changeView({ change, priceMicros }: ReservationRecord): Reservation['change'] {
  if (change === null) return null;
  const { holdUntilMs, priceMicros: changedMicros, reply, terms } = change;
  const { durationMs: duration, numInstancesFixed, startMs } = terms;
  return {
    reply,
    startTime: formatStartDate(startMs),
    startTimeMs: startMs,
    duration,
    numInstancesFixed,
    priceMicros: changedMicros,
    differenceMicros: changedMicros - priceMicros,
    holdUntil: formatHttpDate(holdUntilMs),
    holdUntilMs,
  };
}

/** What only the provider knows of a reservation: where it stands among others that wait as it does, and how far its image is. */
export interface Place {
  /** Its place in the queue, while it waits in one. */
  readonly queued?: QueuedLease | undefined;
  /** The same of the waitlist. */
  readonly waiting?: Waiting | undefined;
  readonly image?: ImageOnItsWay | undefined;
}

export function reservationView(
  record: ReservationRecord,
  { leaseKinds, resources, settings }: Pick<Service, 'leaseKinds' | 'resources' | 'settings'>,
  { image, queued, waiting }: Place,
): Reservation {
  const { kind = DEFAULT_LEASE_KIND, startsItself = false } = record.proposal ?? {};
  const isKindOf = leaseKinds.some(({ activatesItself, name }) => name === kind && activatesItself);
  return {
    activatedInstances: record.activatedInstances,
    requestId: record.reservationId,
    status: record.state,
    userid: record.userId,
    id: record.reservationId,
    ...(record.proposal === null ? NO_TERMS : termsView(record.proposal, resources)),
    username: record.username,
    name: record.name,
    note: record.note,
    priceMicros: record.priceMicros,
    ...(record.pledgedMicros === undefined ? {} : { pledgedMicros: record.pledgedMicros }),
    ...(record.partOf === undefined ? {} : { partOf: record.partOf }),
    holdUntil: optionalDate(record.holdUntilMs),
    holdUntilMs: record.holdUntilMs,
    lastReply: lastReply(record.state),
    change: changeView(record),
    round: record.round,
    startsItself: startsItself || settings.autoActivate || isKindOf,
    windowOpen: record.windowOpen && !isFinal(record.state),
    optionsClaimed: record.optionsClaimed,
    nodes: [...record.nodeIds],
    partner: record.outsourced?.partner ?? null,
    queue:
      queued === undefined
        ? null
        : {
            position: queued.position,
            expectedStartTime: optionalDate(queued.expectedStartMs),
            expectedStartTimeMs: queued.expectedStartMs,
            likelyStart: queued.forecast === undefined ? null : likelyStartView(queued.forecast),
          },
    waitlist:
      waiting === undefined
        ? null
        : {
            position: waiting.position,
            since: formatHttpDate(waiting.sinceMs),
            sinceMs: waiting.sinceMs,
            until: formatHttpDate(waiting.untilMs),
            untilMs: waiting.untilMs,
            likelyTurn: waiting.forecast === undefined ? null : likelyTurnView(waiting.forecast),
          },
    ...(image !== undefined && { image: imageView(image) }),
    createdTime: formatHttpDate(record.createdMs),
    createdTimeMs: record.createdMs,
    confirmedTime: optionalDate(record.confirmedMs),
    activatedTime: optionalDate(record.activatedMs),
    endedTime: optionalDate(record.endedMs),
    endReason: record.endReason,
    outcome: outcomeOf(record),
    noShow: record.noShow,
    refundMicros: record.refundMicros,
    penaltyMicros: record.penaltyMicros,
  };
}

function imageView({ fromMs, missingNodeIds, state, untilMs }: ImageOnItsWay) {
  return {
    state,
    missingNodes: [...missingNodeIds],
    from: optionalDate(fromMs),
    fromMs,
    until: optionalDate(untilMs),
    untilMs,
  };
}

/** @param overview undefined: none are sent */
export function imagesView(overview: ImageOverview | undefined): Images {
  const { kept = [], transfers = [] } = overview ?? {};
  return {
    areSent: overview !== undefined,
    kept: kept.map(({ images, nodeId }) => ({
      node: nodeId,
      images: images.map(({ image, sizeMib }) => ({ template: image, sizeMib })),
    })),
    transfers: transfers.map(({ fromMs, image, isBeingSent, nodeIds, reservationIds, untilMs }) => ({
      template: image,
      nodes: [...nodeIds],
      isBeingSent,
      from: formatHttpDate(fromMs),
      fromMs,
      until: formatHttpDate(untilMs),
      untilMs,
      reservationIds: [...reservationIds],
    })),
  };
}

function likelyStartView({ fromMs, likelyMs, toMs }: NonNullable<QueuedLease['forecast']>) {
  return {
    from: formatHttpDate(fromMs),
    fromMs,
    likely: formatHttpDate(likelyMs),
    likelyMs,
    until: formatHttpDate(toMs),
    untilMs: toMs,
  };
}

function likelyTurnView({ chance, fromMs, toMs }: NonNullable<Waiting['forecast']>) {
  return {
    chance,
    from: formatHttpDate(fromMs),
    fromMs,
    until: formatHttpDate(toMs),
    untilMs: toMs,
  };
}

/** Null while it goes on. */
function outcomeOf(record: ReservationRecord): SessionOutcome | null {
  const { confirmedMs, endReason: reason, noShow, state } = record;
  if (!isFinal(state) || reason === null) return null;
  return sessionOutcome({ confirmed: confirmedMs !== null, state, reason, noShow });
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
  kind: null,
  leeway: null,
  startSlides: false,
  requirements: null,
  rank: null,
  cpus: null,
  memoryMib: null,
  diskGib: null,
};

function termsView(proposal: Proposal, resources: Definitions) {
  const { startMs, earliestStartMs, demand, leeway, sites } = proposal;
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
    kind: proposal.kind ?? DEFAULT_LEASE_KIND,
    ...(sites === undefined ? {} : { sites: [...sites] }),
    ...(demand.site === undefined ? {} : { site: demand.site }),
    leeway:
      leeway === undefined
        ? null
        : {
            ...leewayView(leeway),
            ...(leeway.deadlineMs === undefined ? {} : { deadlineMs: leeway.deadlineMs }),
            ...(leeway.latestStartMs === undefined ? {} : { latestStartTimeMs: leeway.latestStartMs }),
          },
    startSlides: proposal.startSlides ?? false,
    requirements: proposal.preference?.requirements ?? null,
    rank: proposal.preference?.rank ?? null,
    ...amountsView(demand, resources),
  };
}

/** What the resources of the service are. */
type Definitions = readonly ResourceDefinition[];

/** Amounts as people write them: parts of what is divisible instead of thousandths. What is named and there is none of is left out. */
export function amountsView(amounts: Resources, definitions: Definitions) {
  const named = definitions
    .map(({ divisible, name }) => [name, fromUnits(amountOf(amounts, name), divisible)] as const)
    .filter(([, amount]) => amount > 0);
  return {
    cpus: amounts.milliCpus / 1000,
    memoryMib: amounts.memoryMib,
    diskGib: amounts.diskGib,
    ...(named.length > 0 && { resources: Object.fromEntries(named) }),
  };
}

export function resourceView(definition: ResourceDefinition): ServiceInfo['resources'][number] {
  const { divisible, name } = definition;
  const pool = definition.scope === 'pool' ? fromUnits(definition.capacity, divisible) : null;
  return { name, divisible, pool };
}

function lastReply(state: ReservationState): 'ACCEPT' | 'COUNTER' | null {
  if (state === 'ACCEPTED') return 'ACCEPT';
  return state === 'COUNTERED' ? 'COUNTER' : null;
}

export function offerView(offer: OfferRecord, userId: number): Offer {
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
    ...(offer.details === null
      ? {}
      : detailsView(offer.details, { reservationId: offer.reservationId, userId })),
  };
}

export function instanceView(
  record: InstanceRecord,
  service: Pick<Service, 'consoleOf' | 'resources'>,
): Instance {
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
    reservationName: record.reservationName,
    number: record.number,
    node: record.nodeId,
    type: record.type,
    ...amountsView(record.demand, service.resources),
    template: record.template,
    console: service.consoleOf(record.vmId),
    loadPermille: record.loadPermille,
    wanted: record.wanted,
    trouble: record.trouble && {
      operation: record.trouble.operation,
      kind: record.trouble.kind,
      reason: record.trouble.reason,
      sinceTimeMs: record.trouble.sinceMs,
    },
    diskUntilTimeMs: record.keptUntilMs,
    startTimeMs: record.startMs,
    endTimeMs: record.endMs,
    username: record.username,
    commands: possibleCommands(record),
  };
}

function possibleCommands(record: InstanceRecord): PossibleCommand[] {
  const verdicts = commandVerdicts(record);
  return INSTANCE_COMMANDS.map((command) => {
    const verdict = verdicts[command];
    return verdict === 'legal' ? { command, allowed: true } : { command, allowed: false, reason: verdict };
  });
}

/** @param defaults the limits of the configuration */
export function accountView(account: AccountRecord, defaults: Quota, usage?: Quota): Account {
  return {
    userid: account.userId,
    username: account.username,
    fullName: account.fullName,
    email: account.email,
    role: account.role,
    disabled: account.disabled,
    balanceMicros: account.balanceMicros,
    quota: quotaView({ ...defaults, ...account.quota }),
    ...(usage === undefined ? {} : { usage: quotaView(usage) }),
    createdTime: formatHttpDate(account.createdMs),
  };
}

/** @param role of who asks; null: an operator who is no member */
export function projectView(
  project: AccountRecord,
  {
    defaults,
    members,
    role,
    usage,
  }: { defaults: Quota; members?: readonly MemberRecord[]; role: ProjectRole | null; usage?: Quota },
): Project {
  return {
    userid: project.userId,
    name: project.username,
    title: project.fullName,
    role,
    disabled: project.disabled,
    balanceMicros: project.balanceMicros,
    quota: quotaView({ ...defaults, ...project.quota }),
    ...(usage === undefined ? {} : { usage: quotaView(usage) }),
    ...(members === undefined
      ? {}
      : {
          members: members.map(({ role: ofMember, userId, username }) => ({
            userid: userId,
            username,
            role: ofMember,
          })),
        }),
    createdTime: formatHttpDate(project.createdMs),
  };
}

function quotaView({ rolling, ...limits }: Quota): Account['quota'] {
  return { ...limits, rolling: [...rolling] };
}

export function ledgerView(entry: LedgerRecord): LedgerEntry {
  const { entryId, atMs, kind, amountMicros, reservationId, note } = entry;
  return { entryId, time: formatHttpDate(atMs), timeMs: atMs, kind, amountMicros, reservationId, note };
}

export function tokenView({ createdMs, expiresMs, name, scope, tokenId, usedMs }: TokenRecord): Token {
  return {
    id: tokenId,
    name,
    scope,
    createdTime: formatHttpDate(createdMs),
    createdTimeMs: createdMs,
    expiresTime: expiresMs === null ? null : formatHttpDate(expiresMs),
    expiresTimeMs: expiresMs,
    usedTime: usedMs === null ? null : formatHttpDate(usedMs),
    usedTimeMs: usedMs,
  };
}

export function accessKeyView({ accessKeyId, createdMs, expiresMs, usedMs }: AccessKeyRecord): AccessKey {
  return {
    accessKeyId,
    createdTime: formatHttpDate(createdMs),
    createdTimeMs: createdMs,
    expiresTime: optionalDate(expiresMs),
    expiresTimeMs: expiresMs,
    usedTime: optionalDate(usedMs),
    usedTimeMs: usedMs,
  };
}

export function outageView({ cause, fromMs, nodeId, outageId, untilMs }: Outage): WireOutage {
  return {
    id: outageId,
    node: nodeId,
    cause,
    startTime: formatHttpDate(fromMs),
    startTimeMs: fromMs,
    endTime: optionalDate(untilMs),
    endTimeMs: untilMs,
  };
}

export function nodeView(node: NodeStatus, resources: Definitions): ClusterNode {
  const booked = amountsView(node.booked, resources);
  return {
    node: node.nodeId,
    group: node.group,
    ...(node.site !== undefined && { site: node.site }),
    up: node.up,
    inService: node.inService,
    outages: node.outages.map(outageView),
    losses: node.history.losses,
    servedMs: node.history.servedMs,
    ...amountsView(node.capacity, resources),
    bookedCpus: booked.cpus,
    bookedMemoryMib: booked.memoryMib,
    bookedDiskGib: booked.diskGib,
    ...(booked.resources !== undefined && { bookedResources: booked.resources }),
    vms: node.vms,
    notEmptied: node.notEmptied.map(({ trouble: { operation, reason }, vmId }) => ({
      vmID: vmId,
      operation,
      reason,
    })),
    busyPermille: node.busyPermille,
  };
}

/** How people know the reservation that something is said about. */
export function namesView(
  names: ReadonlyMap<string, ReservationNames>,
  reservationId: string,
): { username: string | null; reservationName: string | null } {
  const { name = null, username = null } = names.get(reservationId) ?? {};
  return { username, reservationName: name };
}

export function journalView({ seq, userId, event }: JournalEvent): JournalEntry {
  return {
    seq,
    time: formatHttpDate(event.atMs),
    timeMs: event.atMs,
    userid: userId,
    event: eventView(event),
  };
}

/** What partners ask is between them and the service. */
export function eventView(event: JournalEvent['event']): JournalEntry['event'] {
  if (event.type === 'transfer-settled') {
    const { penaltyMicros: _, refundMicros: _1, ...told } = event;
    return told;
  }
  if (!('outsourced' in event) || event.outsourced === undefined) return { ...event };
  const { partner, reservationId } = event.outsourced;
  return { ...event, outsourced: { partner, reservationId } };
}

/** Who runs it, and where, is the partner's; what can be done to it is done there. */
export function partnerInstanceView(
  instance: Instance,
  { name, outsourced, reservationId, userId, username }: ReservationRecord & { outsourced: Outsourced },
): Instance {
  return {
    ...instance,
    reservationId,
    reservationName: name,
    userID: userId,
    username,
    node: outsourced.partner,
    console: null,
    commands: [],
  };
}

export function transferView(passage: PassageRecord): Transfer {
  const { confirmedMs, offeredMs, partner, partnerReservationId, penaltyMicros, priceMicros, refundMicros } =
    passage;
  const { reservationId, settledMs } = passage;
  return {
    reservationId,
    partner,
    partnerReservationId,
    priceMicros,
    refundMicros,
    penaltyMicros,
    owedMicros: confirmedMs === null ? 0 : priceMicros - refundMicros - penaltyMicros,
    offeredTime: formatHttpDate(offeredMs),
    offeredTimeMs: offeredMs,
    confirmedTime: optionalDate(confirmedMs),
    confirmedTimeMs: confirmedMs,
    settledTime: optionalDate(settledMs),
    settledTimeMs: settledMs,
  };
}

export function loadView({ keptFromMs, steps }: RecordedLoad): Load {
  return {
    keptFromTimeMs: keptFromMs,
    steps: steps.map((step) => ({
      startTimeMs: step.startMs,
      endTimeMs: step.endMs,
      cpus: step.onlineMilliCpus / 1000,
      reservedCpus: step.reservedMilliCpus / 1000,
      allocatedCpus: step.allocatedMilliCpus / 1000,
      busyCpus: step.busyMilliCpus / 1000,
      memoryMib: step.onlineMemoryMib,
      reservedMemoryMib: step.reservedMemoryMib,
      allocatedMemoryMib: step.allocatedMemoryMib,
    })),
  };
}

export function archiveView(archive: ArchiveRecord): Archive {
  const { atMs, bytes, eventSeq, file, fromMs, isDropped, rows, sha256 } = archive;
  return {
    file,
    bytes,
    sha256,
    startTime: formatHttpDate(fromMs),
    startTimeMs: fromMs,
    endTime: formatHttpDate(atMs),
    endTimeMs: atMs,
    lastSeq: eventSeq,
    rows: { ...rows },
    dropped: isDropped,
  };
}

function optionalDate(ms: number | null): string | null {
  return ms === null ? null : formatHttpDate(ms);
}
