// Follows each session from its first message to its last and hands out a record when its negotiation ends and another when its
// reservation ends. Keeps living sessions only.
import type {
  DomainEvent,
  EventOf,
  NodeShare,
  Outsourced,
  Proposal,
  SessionOrigin,
} from '../../engine/index.ts';
import {
  assertNever,
  endOf,
  isQueuedKind,
  OVERBOOKED,
  outcomeWithoutDeal,
  reservationOutcome,
} from '../../engine/index.ts';
import type { Condition, ShortfallCause } from './derived.ts';
import type { Tell } from './hearing.ts';
import type { OfferedTerms, Outcome, PriceRange, ToldStart, ToldTurn } from './session-records.ts';

interface VmLife {
  /** null: not started yet, or stopped or suspended because its user wanted it. */
  condition: Condition | null;
  /** Its user had it suspended, and has not had it resumed since. */
  setAside: boolean;
  because: ShortfallCause | null;
  sinceMs: number;
  /** Since when it is down; its node was silent from then on, if it was that. */
  downSinceMs: number;
  /** How long it was up since it last began. */
  ranMs: number;
  milliCpus: number;
  loadPermille: number;
}

interface Session {
  readonly reservationId: string;
  readonly userId: string;
  readonly provider: string;
  readonly origin: SessionOrigin | null;
  /** A further window of what was offered for another session, of which the negotiation is told. */
  readonly isPart: boolean;
  asked: Proposal | null;
  lastAsked: Proposal | null;
  submittedMs: number;
  rounds: number;
  messages: number;
  counterOffers: number;
  counteredBecause: 'node-outage' | null;
  offered: OfferedTerms | null;
  outsourced: Outsourced | null;
  hold: { sinceMs: number; milliCpus: number } | null;
  holdMs: number;
  vainHoldMilliCpuMs: number;
  declineReason: string | null;
  /** What the user said they pay at most, and the prices of offers: first and last. */
  bids: PriceRange | null;
  prices: PriceRange | null;
  /** Since when it is, or was, on the waitlist, what it was told of its turn, and when that came. */
  waitlisted: {
    readonly sinceMs: number;
    readonly told: ToldTurn | null;
    readonly turnMs: number | null;
  } | null;
  agreement: Agreement | null;
}

interface Agreement {
  readonly reservationId: string;
  readonly confirmedMs: number;
  proposal: Proposal;
  /** What was charged for claims included. */
  priceMicros: number;
  /** What its partner gave back and paid. */
  settledMicros: number;
  instances: number;
  claimedInstances: number;
  claimedMs: number;
  readonly nodeIds: Set<string>;
  activatedMs: number | null;
  openedMs: number | null;
  startForecast: ToldStart | null;
  /** Since when its window is open; null: it is not. */
  runsSinceMs: number | null;
  ranMs: number;
  isSuspended: boolean;
  suspensions: number;
  requeues: number;
  wastedMilliCpuMs: number;
  moves: number;
  migrations: number;
  restarts: number;
  deliveredMs: number;
  downtimeMs: number;
  suspendedMs: number;
  startUpMs: number;
  /** Milliseconds x CPUs / 10^6 that guests kept busy. */
  usedMicroCpuMs: number;
  /** Instances that were up, or that their user set aside before. */
  begun: number;
  /** From when on instances that have not begun are waited for; null: they are not. */
  waitingSinceMs: number | null;
  readonly vms: Map<string, VmLife>;
}

export class SessionLedger {
  readonly #sessions = new Map<string, Session>();
  /** Of sessions of providers that buy for users whose sessions are seen: those, by the ids of the former. */
  readonly #buyers = new Map<string, Session>();
  /** The last sign of life of nodes that are lost, where it is known. */
  readonly #silentSinceMs = new Map<string, number>();
  readonly #measuredFromMs: number;
  readonly #tell: Tell;

  /**
   * @param measuredFromMs sessions that begin earlier belong to the warm-up
   * @param tell is told of what ended, and how instances fared
   */
  constructor(measuredFromMs: number, tell: Tell) {
    this.#measuredFromMs = measuredFromMs;
    this.#tell = tell;
  }

  /** Sessions that are alive. */
  get size(): number {
    return this.#sessions.size;
  }

  record(event: DomainEvent): void {
    if (event.type === 'node-lost' && event.silentSinceMs !== undefined)
      this.#silentSinceMs.set(event.nodeId, event.silentSinceMs);
    if (event.type === 'node-returned') this.#silentSinceMs.delete(event.nodeId);
    if (!('reservationId' in event)) return;
    if (event.type === 'reservation-initiated') {
      const { resoldFor } = event.origin ?? {};
      const buyer = resoldFor && this.#sessions.get(resoldFor.reservationId);
      if (buyer !== undefined) {
        this.#buyers.set(event.reservationId, buyer);
        return;
      }
      this.#sessions.set(event.reservationId, newSession(event));
      return;
    }
    const buyer = this.#buyers.get(event.reservationId);
    if (buyer !== undefined) {
      this.#recordDelivery(buyer, event);
      return;
    }
    const session = this.#sessions.get(event.reservationId);
    // VMs may be taken down after their reservation ended, and late messages may be refused.
    if (session === undefined) return;
    switch (event.type) {
      case 'proposal-received':
        releaseHold(session, event.atMs, false);
        session.asked ??= event.proposal;
        session.lastAsked = event.proposal;
        session.bids = ranging(session.bids, event.proposal.maxPriceMicros);
        if (session.rounds === 0) session.submittedMs = event.atMs;
        session.rounds += 1;
        session.messages += 1;
        return;
      case 'offer-accepted':
        if (session.lastAsked !== null) {
          this.#offer(session, event, session.lastAsked);
        }
        return;
      case 'offer-countered':
        session.counterOffers += 1;
        session.counteredBecause = event.because ?? null;
        this.#offer(session, event, event.proposal);
        return;
      case 'waitlist-joined':
        session.messages += 1;
        session.waitlisted = { sinceMs: event.atMs, told: event.likelyTurn ?? null, turnMs: null };
        return;
      case 'counter-accepted':
        // ACCEPT and CONFIRM_REQUEST.
        session.messages += 2;
        return;
      case 'offer-declined':
        releaseHold(session, event.atMs, false);
        session.messages += 1;
        session.declineReason = event.reason;
        return;
      case 'reservation-listed':
      case 'reservation-transferred':
        // What was asked for and became of it is told of who asked.
        return;
      case 'message-refused':
        // The message and REQUEST_FAILED.
        if (session.agreement === null) session.messages += 2;
        return;
      case 'reservation-confirmed':
        this.#confirm(session, event);
        return;
      case 'transfer-settled':
        if (session.agreement !== null)
          session.agreement.settledMicros += event.refundMicros + event.penaltyMicros;
        return;
      case 'reservation-ended':
        this.#sessions.delete(event.reservationId);
        this.#end(session, event);
        return;
    }
    const { agreement } = session;
    if (agreement === null) return;
    switch (event.type) {
      case 'reservation-activated':
        agreement.activatedMs ??= event.atMs;
        awaitStart(agreement, event.atMs);
        return;
      case 'options-claimed':
        this.#settleWaiting(agreement, event.atMs);
        agreement.instances += event.granted;
        agreement.claimedInstances += event.granted;
        if (event.priceMicros !== undefined) {
          agreement.priceMicros += event.priceMicros;
          if (session.offered !== null)
            session.offered = { ...session.offered, priceMicros: agreement.priceMicros };
        }
        agreement.claimedMs += event.granted * Math.max(0, endOf(agreement.proposal) - event.atMs);
        addNodes(agreement, event.pieces);
        return;
      case 'window-opened':
        agreement.openedMs ??= event.atMs;
        // The first time: it may have to begin again.
        if (agreement.startForecast?.begunMs === null)
          agreement.startForecast = { ...agreement.startForecast, begunMs: event.atMs };
        agreement.runsSinceMs = event.atMs;
        awaitStart(agreement, event.atMs);
        addNodes(agreement, event.pieces);
        return;
      case 'window-closed':
        this.#settleVms(agreement, event.atMs);
        agreement.begun = 0;
        settleRun(agreement, event.atMs);
        return;
      case 'start-forecast': {
        const { fromMs, likelyMs, toMs } = event;
        agreement.startForecast = { fromMs, likelyMs, toMs, begunMs: null };
        return;
      }
      case 'lease-gives-way':
      case 'lease-runs-on':
      case 'image-supplied':
        return;
      case 'lease-suspended':
        agreement.suspensions += 1;
        agreement.isSuspended = true;
        return;
      case 'lease-resumed':
        agreement.isSuspended = false;
        return;
      case 'lease-requeued':
        // What counts begins anew.
        agreement.requeues += 1;
        agreement.isSuspended = false;
        agreement.openedMs = null;
        agreement.ranMs = 0;
        agreement.deliveredMs = 0;
        agreement.downtimeMs = 0;
        agreement.suspendedMs = 0;
        agreement.startUpMs = 0;
        agreement.usedMicroCpuMs = 0;
        agreement.wastedMilliCpuMs += event.lostMs * event.instances * event.demand.milliCpus;
        return;
      case 'instance-moved':
      case 'vm-state-changed':
      case 'vm-migrated':
        this.#carry(agreement, event);
        return;
      case 'terms-changed':
        // What is resumed began earlier.
        if (!agreement.isSuspended) agreement.proposal = event.proposal;
        addNodes(agreement, event.pieces);
        return;
      case 'reservation-changed':
        this.#changeTerms(session, agreement, event);
        return;
      case 'change-asked':
      case 'change-offered':
      case 'change-accepted':
      case 'change-given-up':
        return;
      case 'instance-commanded': {
        const vm = agreement.vms.get(event.vmId);
        if (vm !== undefined) {
          if (SETS_ASIDE.has(event.command)) vm.setAside = true;
          if (GOES_ON.has(event.command)) vm.setAside = false;
          return;
        }
        if (event.command !== 'stop' && event.command !== 'delete') return;
        this.#begin(agreement, event.atMs);
        agreement.vms.set(event.vmId, newVm(event.atMs));
        return;
      }
      case 'operation-failed':
      case 'operation-waits':
      case 'operation-given-up':
      case 'node-not-emptied':
      case 'disk-kept':
      case 'replica-placed':
      case 'replica-ended':
      case 'plan-refused':
        return;
      default:
        assertNever(event);
    }
  }

  /** What another provider does for a user of this session is told of the session. */
  #recordDelivery(session: Session, event: Extract<DomainEvent, { reservationId: string }>): void {
    if (event.type === 'reservation-ended') this.#buyers.delete(event.reservationId);
    const { agreement } = session;
    if (agreement === null) return;
    switch (event.type) {
      case 'window-opened':
        addNodes(agreement, event.pieces);
        return;
      case 'instance-moved':
      case 'vm-state-changed':
      case 'vm-migrated':
        this.#carry(agreement, event);
        return;
      default:
        return;
    }
  }

  /** An instance changed its place or its state, whoever has its node. */
  #carry(agreement: Agreement, event: EventOf<'instance-moved' | 'vm-state-changed' | 'vm-migrated'>): void {
    switch (event.type) {
      case 'instance-moved':
        agreement.moves += 1;
        agreement.nodeIds.add(event.toNodeId);
        return;
      case 'vm-state-changed':
        this.#changeVm(agreement, event);
        return;
      case 'vm-migrated':
        this.#migrate(agreement, event);
        return;
      default:
        assertNever(event);
    }
  }

  #migrate(agreement: Agreement, { downtimeMs, toNodeId }: EventOf<'vm-migrated'>): void {
    agreement.migrations += 1;
    agreement.nodeIds.add(toNodeId);
    if (downtimeMs === null) return;
    agreement.deliveredMs -= downtimeMs;
    agreement.downtimeMs += downtimeMs;
  }

  /** Hands out the records of the sessions that are still alive: the run stopped at `atMs`. */
  finish(atMs: number): void {
    for (const session of this.#sessions.values()) {
      releaseHold(session, atMs, false);
      if (session.agreement === null) {
        this.#reportNegotiation(session, atMs, 'open', null);
      } else {
        this.#settleVms(session.agreement, atMs);
        settleRun(session.agreement, atMs);
        this.#reportReservation(session, session.agreement, null, atMs);
      }
    }
    this.#sessions.clear();
  }

  #offer(session: Session, event: EventOf<'offer-accepted' | 'offer-countered'>, proposal: Proposal): void {
    const { atMs, priceMicros, waitingSinceMs } = event;
    session.outsourced = (event.type === 'offer-accepted' ? event.outsourced : undefined) ?? null;
    if (waitingSinceMs !== undefined) {
      const { told = null } = session.waitlisted ?? {};
      session.waitlisted = { sinceMs: waitingSinceMs, told, turnMs: atMs };
    }
    releaseHold(session, atMs, false);
    session.messages += 1;
    const parts = (event.type === 'offer-countered' ? event.parts : undefined) ?? [];
    const wholeMicros = parts.reduce((sum, part) => sum + part.priceMicros, priceMicros);
    const further = parts.length === 0 ? {} : { further: parts.map((part) => part.proposal) };
    session.offered = { proposal, priceMicros: wholeMicros, ...further };
    session.prices = ranging(session.prices, wholeMicros);
    // What is to queue, or was overbooked, holds nothing, and what another provider has is held there.
    const hasNone = proposal.kind === OVERBOOKED.name && event.pieces.length === 0;
    if (isQueuedKind(proposal.kind) || hasNone || (session.outsourced !== null && !this.#buys(session)))
      return;
    session.hold = {
      sinceMs: atMs,
      milliCpus: [proposal, ...parts.map((part) => part.proposal)].reduce(
        (sum, { demand, numInstancesFixed }) => sum + demand.milliCpus * numInstancesFixed,
        0,
      ),
    };
  }

  #confirm(session: Session, event: EventOf<'reservation-confirmed'>): void {
    releaseHold(session, event.atMs, true);
    // CONFIRM and REQUEST_SUCCESS.
    session.messages += 2;
    // Of several windows nothing is other than it was offered.
    if (session.offered?.further === undefined)
      session.offered = { proposal: event.proposal, priceMicros: event.priceMicros };
    session.agreement = {
      reservationId: event.reservationId,
      confirmedMs: event.atMs,
      proposal: event.proposal,
      priceMicros: event.priceMicros,
      settledMicros: 0,
      // What is delivered out of sight is not waited for.
      instances: event.outsourced === undefined || this.#buys(session) ? event.proposal.numInstancesFixed : 0,
      claimedInstances: 0,
      claimedMs: 0,
      nodeIds: new Set(event.pieces.map((piece) => piece.nodeId)),
      activatedMs: null,
      openedMs: null,
      startForecast: null,
      runsSinceMs: null,
      ranMs: 0,
      isSuspended: false,
      suspensions: 0,
      requeues: 0,
      wastedMilliCpuMs: 0,
      moves: 0,
      migrations: 0,
      restarts: 0,
      deliveredMs: 0,
      downtimeMs: 0,
      suspendedMs: 0,
      startUpMs: 0,
      usedMicroCpuMs: 0,
      begun: 0,
      waitingSinceMs: null,
      vms: new Map(),
    };
    this.#reportNegotiation(session, event.atMs, acceptedOutcome(session), null);
  }

  /** The session of its provider with another one, of whom it buys, is seen as well. */
  #buys({ outsourced }: Session): boolean {
    return outsourced !== null && this.#buyers.has(outsourced.reservationId);
  }

  #changeTerms(session: Session, agreement: Agreement, event: EventOf<'reservation-changed'>): void {
    const { atMs, differenceMicros, priceMicros, proposal, windowOpen } = event;
    this.#settleWaiting(agreement, atMs);
    const former = agreement.proposal;
    const fromMs = windowOpen ? atMs : Number.NEGATIVE_INFINITY;
    this.#tell('terms-were-changed', {
      measured: session.submittedMs >= this.#measuredFromMs,
      differenceMicros,
      differenceCpuMs: cpuMsFrom(proposal, fromMs) - cpuMsFrom(former, fromMs),
    });
    agreement.proposal = proposal;
    agreement.priceMicros = priceMicros;
    agreement.instances += proposal.numInstancesFixed - former.numInstancesFixed;
    agreement.begun = Math.min(agreement.begun, agreement.instances);
    addNodes(agreement, event.pieces);
  }

  #end(session: Session, event: EventOf<'reservation-ended'>): void {
    releaseHold(session, event.atMs, false);
    if (session.agreement !== null) {
      this.#settleVms(session.agreement, event.atMs);
      this.#reportReservation(session, session.agreement, event, event.atMs);
      return;
    }
    const outcome = outcomeWithoutDeal(event.reason);
    if (outcome === 'rejected') session.messages += 1;
    const reason = outcome === 'declined' ? session.declineReason : event.reason;
    this.#reportNegotiation(session, event.atMs, outcome, reason);
  }

  #reportNegotiation(session: Session, atMs: number, outcome: Outcome, reason: string | null): void {
    // Somebody opened a session and never asked for anything; or nobody asked.
    if (session.asked === null || session.isPart) return;
    const { origin, waitlisted } = session;
    this.#tell('negotiation-over', {
      reservationId: session.reservationId,
      userId: session.userId,
      provider: session.provider,
      requestId: origin?.requestId ?? null,
      kind: origin?.kind ?? null,
      buyer: origin?.buyer ?? null,
      latestStartMs: origin?.latestStartMs ?? null,
      runTimeMs: origin?.runTimeMs ?? null,
      submittedMs: session.submittedMs,
      measured: session.submittedMs >= this.#measuredFromMs,
      endedMs: atMs,
      asked: session.asked,
      rounds: session.rounds,
      messages: session.messages,
      counterOffers: session.counterOffers,
      counteredBecause: session.counteredBecause,
      outcome,
      reason,
      offered: session.offered,
      outsourced: session.outsourced,
      isResold: origin?.resoldFor !== undefined,
      waited: waitlisted && {
        waitedMs: (waitlisted.turnMs ?? atMs) - waitlisted.sinceMs,
        turnMs: waitlisted.turnMs,
        told: waitlisted.told,
      },
      holdMs: session.holdMs,
      vainHoldMilliCpuMs: session.vainHoldMilliCpuMs,
      // Who is no simulated user may still have said what it is worth to them.
      valueMicros: origin?.valueMicros ?? session.asked.maxPriceMicros ?? null,
      bids: session.bids,
      prices: session.prices,
    });
  }

  #reportReservation(
    session: Session,
    agreement: Agreement,
    end: EventOf<'reservation-ended'> | null,
    untilMs: number,
  ): void {
    this.#tell('reservation-over', {
      reservationId: session.reservationId,
      requestId: session.origin?.requestId ?? null,
      userId: session.userId,
      provider: session.provider,
      measured: session.submittedMs >= this.#measuredFromMs,
      confirmedMs: agreement.confirmedMs,
      proposal: agreement.proposal,
      priceMicros: agreement.priceMicros,
      askedStartMs: session.asked?.startMs ?? agreement.proposal.startMs,
      countered: session.counterOffers > 0,
      instances: agreement.instances,
      claimedInstances: agreement.claimedInstances,
      claimedMs: agreement.claimedMs,
      nodeIds: [...agreement.nodeIds],
      activatedMs: agreement.activatedMs,
      openedMs: agreement.openedMs,
      startForecast: agreement.startForecast,
      endedMs: end?.atMs ?? null,
      untilMs,
      state: end?.state ?? (agreement.activatedMs === null ? 'CONFIRMED' : 'ACTIVATED'),
      reason: end?.reason ?? null,
      fate: end === null ? 'unfinished' : reservationOutcome(end),
      refundMicros: end?.refundMicros ?? 0,
      penaltyMicros: end?.penaltyMicros ?? 0,
      transferMicros: session.outsourced && session.outsourced.priceMicros - agreement.settledMicros,
      moves: agreement.moves,
      migrations: agreement.migrations,
      restarts: agreement.restarts,
      ranMs: agreement.ranMs,
      suspensions: agreement.suspensions,
      requeues: agreement.requeues,
      wastedCpuMs: agreement.wastedMilliCpuMs / 1000,
      deliveredMs: agreement.deliveredMs,
      downtimeMs: agreement.downtimeMs,
      suspendedMs: agreement.suspendedMs,
      startUpMs: agreement.startUpMs,
      usedCpuMs: agreement.usedMicroCpuMs / 1_000_000,
    });
  }

  #changeVm(agreement: Agreement, event: EventOf<'vm-state-changed'>): void {
    const known = agreement.vms.get(event.vmId);
    const condition = conditionAfter(event, known);
    // Until it is up for the first time, its instance is waited for.
    if (known === undefined && condition !== 'up') return;
    if (known === undefined) this.#begin(agreement, event.atMs);
    const vm = known ?? newVm(event.atMs);
    agreement.vms.set(event.vmId, vm);
    if (condition === vm.condition && event.loadPermille === vm.loadPermille) return;
    this.#settleVm(agreement, vm, event.atMs);
    if (vm.condition === 'down' && condition === 'up') this.#repaired(agreement, vm, event);
    if (condition === 'down' && vm.condition !== 'down') {
      const silentSinceMs = event.cause === 'node-lost' ? this.#silentSinceMs.get(event.nodeId) : undefined;
      vm.downSinceMs = silentSinceMs ?? event.atMs;
    }
    // Its user stopped it, or it was done: what begins then is something else.
    if (condition === null && event.to !== 'SUSPENDED' && event.to !== 'PAUSED') vm.ranMs = 0;
    vm.loadPermille = event.loadPermille;
    vm.milliCpus = event.demand.milliCpus;
    if (condition !== vm.condition) vm.because = causeAfter(vm.because, condition, event);
    vm.condition = condition;
  }

  /** It has begun again. */
  #repaired(agreement: Agreement, vm: VmLife, { atMs: toMs, keptMs = 0 }: EventOf<'vm-state-changed'>): void {
    agreement.restarts += 1;
    const { reservationId } = agreement;
    const lostMs = Math.max(0, vm.ranMs - keptMs);
    vm.ranMs = Math.min(vm.ranMs, keptMs);
    this.#tell('instance-repaired', { reservationId, fromMs: vm.downSinceMs, toMs, lostMs });
  }

  /** One instance more is up, or is not to be. */
  #begin(agreement: Agreement, atMs: number): void {
    this.#settleWaiting(agreement, atMs);
    agreement.begun = Math.min(agreement.instances, agreement.begun + 1);
  }

  #settleWaiting(agreement: Agreement, atMs: number): void {
    const { begun, instances, waitingSinceMs: fromMs } = agreement;
    if (fromMs === null) return;
    agreement.waitingSinceMs = atMs;
    const waiting = instances - begun;
    if (waiting === 0 || atMs === fromMs) return;
    agreement.startUpMs += waiting * (atMs - fromMs);
    const fact = {
      reservationId: agreement.reservationId,
      condition: 'starting',
      because: 'start-up',
      instances: waiting,
      fromMs,
      toMs: atMs,
    } as const;
    this.#tell('instance-was', fact);
  }

  /** The window is over: how its instances fare is of no more interest. */
  #settleVms(agreement: Agreement, atMs: number): void {
    this.#settleWaiting(agreement, atMs);
    agreement.waitingSinceMs = null;
    for (const vm of agreement.vms.values()) this.#settleVm(agreement, vm, atMs);
    agreement.vms.clear();
  }

  #settleVm(agreement: Agreement, vm: VmLife, atMs: number): void {
    const forMs = atMs - vm.sinceMs;
    if (vm.condition === 'up') {
      agreement.deliveredMs += forMs;
      vm.ranMs += forMs;
      agreement.usedMicroCpuMs += forMs * vm.milliCpus * vm.loadPermille;
    }
    if (vm.condition === 'down') agreement.downtimeMs += forMs;
    if (vm.condition === 'suspended') agreement.suspendedMs += forMs;
    if (vm.condition !== null) {
      const { condition, because, sinceMs: fromMs } = vm;
      const { reservationId } = agreement;
      this.#tell('instance-was', { reservationId, condition, because, instances: 1, fromMs, toMs: atMs });
    }
    vm.sinceMs = atMs;
  }
}

/** After these a VM stands still because its user wants it, and after those it does not any more. */
const SETS_ASIDE: ReadonlySet<string> = new Set(['pause', 'suspend']);
const GOES_ON: ReadonlySet<string> = new Set(['start', 'unpause', 'resume']);

/** @param vm as it was; absent: nothing was heard of it in this window */
function conditionAfter({ cause, to }: EventOf<'vm-state-changed'>, vm?: VmLife): Condition | null {
  const before = vm?.condition ?? null;
  // A guest that hangs is still RUNNING to the hypervisor.
  if (cause === 'guest-hang') return 'down';
  if (to === 'RUNNING' || to === 'UNDER_MIGRATION') return 'up';
  if (to === 'SUSPENDED') return vm?.setAside === true ? null : 'suspended';
  if (to === 'PAUSED' && vm?.setAside === true) return null;
  if (to === 'DELETED' || cause === 'guest-shutdown') return null;
  if (cause === 'operation') return before === 'down' ? 'down' : null;
  return before === null ? null : 'down';
}

function newVm(sinceMs: number): VmLife {
  return {
    condition: null,
    setAside: false,
    because: null,
    sinceMs,
    downSinceMs: sinceMs,
    ranMs: 0,
    milliCpus: 0,
    loadPermille: 0,
  };
}

/** Its window is closed, or the run is over. */
function settleRun(agreement: Agreement, atMs: number): void {
  if (agreement.runsSinceMs !== null) agreement.ranMs += atMs - agreement.runsSinceMs;
  agreement.runsSinceMs = null;
}

/** Instances are owed from when the window is open and the reservation activated. */
function awaitStart(agreement: Agreement, atMs: number): void {
  if (agreement.activatedMs !== null && agreement.openedMs !== null) agreement.waitingSinceMs ??= atMs;
}

/** Why it is not up from now on; null when it is, or is not meant to be. */
function causeAfter(
  before: ShortfallCause | null,
  condition: Condition | null,
  { cause }: EventOf<'vm-state-changed'>,
): ShortfallCause | null {
  if (condition === null || condition === 'up') return null;
  // The provider sets VMs aside only when their node is taken out of service.
  if (condition === 'suspended') return 'drain';
  if (cause === 'node-lost') return 'node-loss';
  if (cause === 'guest-crash' || cause === 'guest-hang') return 'guest';
  if (cause === 'restart') return 'migration';
  return before ?? 'operation';
}

function newSession(event: EventOf<'reservation-initiated'>): Session {
  return {
    reservationId: event.reservationId,
    userId: event.userId,
    provider: event.provider,
    origin: event.origin,
    isPart: event.partOf !== undefined,
    asked: null,
    lastAsked: null,
    submittedMs: event.atMs,
    rounds: 0,
    messages: 0,
    counterOffers: 0,
    counteredBecause: null,
    offered: null,
    outsourced: null,
    hold: null,
    holdMs: 0,
    vainHoldMilliCpuMs: 0,
    declineReason: null,
    bids: null,
    prices: null,
    waitlisted: null,
    agreement: null,
  };
}

function ranging(range: PriceRange | null, micros: number | undefined): PriceRange | null {
  if (micros === undefined) return range;
  return { firstMicros: range?.firstMicros ?? micros, lastMicros: micros };
}

function releaseHold(session: Session, atMs: number, taken: boolean): void {
  if (session.hold === null) return;
  const heldMs = atMs - session.hold.sinceMs;
  session.holdMs += heldMs;
  if (!taken) session.vainHoldMilliCpuMs += session.hold.milliCpus * heldMs;
  session.hold = null;
}

/** Guaranteed CPU-time of terms from an instant on. */
function cpuMsFrom(proposal: Proposal, fromMs: number): number {
  const { demand, numInstancesFixed, startMs } = proposal;
  const durationMs = Math.max(0, endOf(proposal) - Math.max(startMs, fromMs));
  return (demand.milliCpus * numInstancesFixed * durationMs) / 1000;
}

function addNodes(agreement: Agreement, pieces: readonly NodeShare[]): void {
  for (const piece of pieces) agreement.nodeIds.add(piece.nodeId);
}

function acceptedOutcome(session: Session): Outcome {
  // Only a counter-offer can be answered with other terms.
  return session.counterOffers > 0 ? 'accepted-after-counter' : 'accepted-first-offer';
}
