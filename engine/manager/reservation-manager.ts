// The Reservation Manager of the paper: talks to the users. It judges proposals, makes counter-offers, keeps holds, and leads a
// reservation from its first proposal to its end. Where instances go is the Allocator's business, how VMs fare the VM Monitor's.
import type { CapacityCalendar } from '../calendar/capacity-calendar.ts';
import { type Clock, Phase } from '../clock/clock.ts';
import {
  endOf,
  type FinalState,
  type Offer,
  type Proposal,
  type ProviderReply,
  type RefusalReason,
  type RejectionReason,
  type ReservationState,
  type UserReply,
} from '../domain/proposal.ts';
import { addResources, NO_RESOURCES, type Resources } from '../domain/resources.ts';
import type { EndReason, SessionOrigin } from '../events/domain-event.ts';
import { assertNever, invariant } from '../invariant.ts';
import { isLegal, type Message, nextStates } from '../negotiation/protocol.ts';
import type { CounterOfferPolicy, PricingPolicy } from '../policy/ports.ts';
import type { NegotiationView, PricingView, SlotQuery } from '../policy/views.ts';
import type { Allocator } from './allocator.ts';
import type { EventQueue } from './event-queue.ts';
import type { ManagerSettings, Named } from './manager-settings.ts';
import { OptionCover } from './option-cover.ts';
import { isWellFormed, PolicyCall } from './policy-call.ts';
import { type Instance, Reservation, type ReservationBook } from './reservation.ts';
import type { Vm } from './vm.ts';
import type { VmListener, VmMonitor } from './vm-monitor.ts';

export interface ReservationManagerParts {
  readonly clock: Clock;
  readonly queue: EventQueue;
  readonly calendar: CapacityCalendar;
  readonly book: ReservationBook;
  readonly allocator: Allocator;
  readonly vms: VmMonitor;
  readonly settings: ManagerSettings;
  readonly counterOffer: Named<CounterOfferPolicy>;
  readonly pricing: Named<PricingPolicy>;
  readonly nodeIds: readonly string[];
  readonly isNodeUp: (nodeIndex: number) => boolean;
  readonly nextReservationId: () => string;
}

const HOUR_MS = 3_600_000;

/** Every method decides: it runs inside a command of the Event Queue. */
export class ReservationManager implements VmListener {
  readonly #parts: ReservationManagerParts;
  readonly #clusterCapacity: Resources;
  readonly #cover: OptionCover;
  /** VMs that are parked will be offered room before time goes on. */
  #roomOffered = false;
  #forgottenMs = Number.NEGATIVE_INFINITY;

  constructor(parts: ReservationManagerParts) {
    this.#parts = parts;
    const { calendar, settings } = parts;
    let capacity = NO_RESOURCES;
    for (let node = 0; node < calendar.nodeCount; node++)
      capacity = addResources(capacity, calendar.capacityOf(node));
    const { sharedDiskGib } = calendar;
    this.#clusterCapacity = sharedDiskGib === undefined ? capacity : { ...capacity, diskGib: sharedDiskGib };
    this.#cover = new OptionCover(capacity.milliCpus, settings.claimRisk);
  }

  /** Opens a session. It ends as EXPIRED when no proposal follows within the hold time. */
  initiate(userId: string, origin: SessionOrigin | null): string {
    const { book, clock, nextReservationId, queue, settings } = this.#parts;
    const reservation = new Reservation(nextReservationId(), userId, origin);
    book.add(reservation);
    queue.emit({
      type: 'reservation-initiated',
      atMs: clock.now(),
      reservationId: reservation.id,
      userId,
      origin,
    });
    this.#expireAt(reservation, clock.now() + settings.holdMs);
    return reservation.id;
  }

  /** requestReservation: the first proposal, or another one in answer to a counter-offer. */
  request(reservationId: string, proposal: Proposal): ProviderReply {
    return this.#onMessage(reservationId, 'request', (reservation) =>
      this.#negotiate(reservation, proposal, 'request'),
    );
  }

  /** The user's answer to an offer. */
  reply(reservationId: string, answer: UserReply): ProviderReply {
    return this.#onMessage(reservationId, answer.reply, (reservation) => {
      switch (answer.reply) {
        case 'ACCEPT':
          return this.#acceptCounter(reservation);
        case 'CONFIRM':
          return this.#confirm(reservation);
        case 'REJECT':
          return this.#decline(reservation, answer.reason);
        case 'COUNTER':
          return this.#negotiate(reservation, answer.proposal, 'COUNTER');
        default:
          return assertNever(answer);
      }
    });
  }

  /** The VMs of a confirmed reservation may start: at its start time, or now when that has passed. */
  activate(reservationId: string): ProviderReply {
    return this.#onMessage(reservationId, 'activate', (reservation) => {
      this.#activate(reservation);
      return { reply: 'REQUEST_SUCCESS' };
    });
  }

  /** Deletes a reservation that was not activated yet. */
  cancel(reservationId: string): ProviderReply {
    return this.#onMessage(reservationId, 'cancel', (reservation) => {
      this.#end(reservation, 'cancel', 'CANCELLED', 'cancelled-by-user');
      return { reply: 'REQUEST_SUCCESS' };
    });
  }

  /**
   * Claims optional instances of an activated reservation whose window is open. What fits is granted and started.
   * @returns how many were granted
   */
  claimOptions(reservationId: string, count: number): number {
    let granted = 0;
    this.#onMessage(reservationId, 'claim', (reservation) => {
      granted = this.#grantOptions(reservation, count);
      return { reply: 'REQUEST_SUCCESS' };
    });
    return granted;
  }

  instanceFailed(reservation: Reservation): void {
    if (reservation.state === 'ACTIVATED') this.#end(reservation, 'fail', 'FAILED', 'instance-failed');
  }

  guestsDone(reservation: Reservation): void {
    if (this.#parts.settings.earlyRelease && reservation.state === 'ACTIVATED') {
      this.#end(reservation, 'completed', 'EXPIRED', 'completed');
    }
  }

  arrived({ instance }: Vm): void {
    this.#parts.allocator.leaveFormer(instance);
  }

  /** A node under a reservation is gone or out of service, and nothing can replace it. */
  placeLost(reservation: Reservation, reason: 'node-lost' | 'node-drained'): void {
    this.#end(reservation, 'fail', 'FAILED', reason);
  }

  // Negotiation

  #onMessage(
    reservationId: string,
    message: Message & (UserReply['reply'] | 'request' | 'activate' | 'cancel' | 'claim'),
    handle: (reservation: Reservation) => ProviderReply,
  ): ProviderReply {
    const reservation = this.#parts.book.get(reservationId);
    if (reservation === undefined)
      return this.#refuse(reservationId, message, ...this.#whyUnknown(reservationId));
    if (!isLegal(reservation.state, message)) {
      return this.#refuse(reservationId, message, 'illegal-in-state', reservation.state);
    }
    return handle(reservation);
  }

  #whyUnknown(reservationId: string): [RefusalReason, ReservationState?] {
    const epitaph = this.#parts.book.epitaph(reservationId);
    if (epitaph === undefined) return ['unknown-reservation'];
    if (epitaph.reason === 'hold-expired') return ['hold-expired', epitaph.state];
    if (epitaph.reason === 'node-lost' || epitaph.reason === 'node-drained')
      return ['capacity-lost', epitaph.state];
    return ['ended', epitaph.state];
  }

  #refuse(
    reservationId: string,
    message: string,
    reason: RefusalReason,
    state?: ReservationState,
  ): ProviderReply {
    const { clock, queue } = this.#parts;
    queue.emit({ type: 'message-refused', atMs: clock.now(), reservationId, message, reason });
    return { reply: 'REQUEST_FAILED', reason, ...(state === undefined ? {} : { state }) };
  }

  #negotiate(reservation: Reservation, proposal: Proposal, message: 'request' | 'COUNTER'): ProviderReply {
    const { clock, queue } = this.#parts;
    this.#forgetPast();
    this.#dropHold(reservation);
    reservation.round += 1;
    reservation.proposal = proposal;
    const { id: reservationId, round } = reservation;
    queue.emit({ type: 'proposal-received', atMs: clock.now(), reservationId, round, proposal });
    const verdict = this.#judge(reservation, proposal);
    if (typeof verdict === 'string') {
      this.#end(reservation, message, 'REJECTED', verdict);
      return { reply: 'REJECT', reason: verdict };
    }
    return this.#offer(reservation, message, verdict);
  }

  /** What can be offered for a proposal, or why nothing can. */
  #judge(
    reservation: Reservation,
    proposal: Proposal,
  ): { reply: Offer['reply']; proposal: Proposal; priceMicros: number } | RejectionReason {
    const { settings } = this.#parts;
    if (reservation.round > settings.maxRounds) return 'too-many-rounds';
    const impossible = this.#whyImpossible(proposal);
    if (impossible !== undefined) return impossible;
    if (this.#canPlace(proposal)) {
      const priceMicros = this.#priceOf(proposal);
      const affordable = proposal.maxPriceMicros === undefined || priceMicros <= proposal.maxPriceMicros;
      return { reply: affordable ? 'ACCEPT' : 'COUNTER', proposal, priceMicros };
    }
    const alternative = this.#alternative(reservation, proposal);
    if (alternative === undefined) return this.#whyNoAlternative(proposal);
    return { reply: 'COUNTER', proposal: alternative, priceMicros: this.#priceOf(alternative) };
  }

  #whyImpossible(proposal: Proposal): RejectionReason | undefined {
    const { calendar, clock, settings } = this.#parts;
    if (proposal.startMs < clock.now()) return 'start-in-past';
    if (endOf(proposal) > clock.now() + settings.bookingHorizonMs) return 'beyond-booking-horizon';
    if (!calendar.couldEverFit(proposal.demand, proposal.numInstancesFixed)) return 'never-fits';
    return undefined;
  }

  #whyNoAlternative(proposal: Proposal): RejectionReason {
    const { calendar } = this.#parts;
    let anyNode = false;
    for (let node = 0; node < calendar.nodeCount && !anyNode; node++) anyNode = calendar.isAvailable(node);
    if (!anyNode) return 'no-node';
    return this.#cover.admits(proposal) ? 'no-capacity' : 'claim-risk';
  }

  #alternative(reservation: Reservation, proposal: Proposal): Proposal | undefined {
    const { clock, counterOffer } = this.#parts;
    const call = new PolicyCall('counter-offer', counterOffer, clock.now());
    const view = this.#negotiationView(reservation);
    const alternative = call.ask((policy) => policy.alternative(proposal, view));
    if (alternative === undefined) return undefined;
    if (
      !isWellFormed(alternative) ||
      this.#whyImpossible(alternative) !== undefined ||
      !this.#canPlace(alternative)
    ) {
      throw call.brokeRules(`offered terms that do not fit: ${JSON.stringify(alternative)}`);
    }
    return alternative;
  }

  #offer(
    reservation: Reservation,
    message: Message,
    { reply, proposal, priceMicros }: { reply: Offer['reply']; proposal: Proposal; priceMicros: number },
  ): Offer {
    const { allocator, clock, nodeIds, queue, settings } = this.#parts;
    const atMs = clock.now();
    // Nobody can use what is over: an offer of a short window ends with it.
    const holdUntilMs = Math.min(atMs + settings.holdMs, endOf(proposal));
    reservation.proposal = proposal;
    reservation.priceMicros = priceMicros;
    reservation.instances = allocator.book(reservation, this.#placement(proposal), {
      kind: 'hold',
      firstNumber: 1,
    });
    this.#cover.add(proposal);
    reservation.covered = proposal;
    this.#moveTo(reservation, message, reply === 'ACCEPT' ? 'ACCEPTED' : 'COUNTERED');
    this.#expireAt(reservation, holdUntilMs);
    const { id: reservationId, round } = reservation;
    const pieces = reservation.pieces(nodeIds);
    if (reply === 'ACCEPT') {
      queue.emit({ type: 'offer-accepted', atMs, reservationId, round, priceMicros, holdUntilMs, pieces });
    } else {
      queue.emit({
        type: 'offer-countered',
        atMs,
        reservationId,
        round,
        proposal,
        priceMicros,
        holdUntilMs,
        pieces,
      });
    }
    return { reply, proposal, priceMicros, holdUntilMs };
  }

  #acceptCounter(reservation: Reservation): ProviderReply {
    const { clock, queue } = this.#parts;
    this.#moveTo(reservation, 'ACCEPT', 'ACCEPTED');
    const { id: reservationId, holdUntilMs, priceMicros, round } = reservation;
    queue.emit({ type: 'counter-accepted', atMs: clock.now(), reservationId, round });
    return { reply: 'CONFIRM_REQUEST', proposal: reservation.terms, priceMicros, holdUntilMs };
  }

  #decline(reservation: Reservation, reason: string | undefined): ProviderReply {
    const { clock, queue } = this.#parts;
    const { id: reservationId, round } = reservation;
    queue.emit({ type: 'offer-declined', atMs: clock.now(), reservationId, round, reason: reason ?? null });
    this.#end(reservation, 'REJECT', 'REJECTED', 'declined');
    return { reply: 'REQUEST_SUCCESS' };
  }

  #confirm(reservation: Reservation): ProviderReply {
    const { calendar, clock, nodeIds, queue } = this.#parts;
    this.#cancelTimers(reservation);
    for (const { place } of reservation.instances) calendar.rekind(place.booking, 'reservation');
    this.#moveTo(reservation, 'CONFIRM', 'CONFIRMED');
    const { id: reservationId, priceMicros, terms } = reservation;
    const pieces = reservation.pieces(nodeIds);
    queue.emit({
      type: 'reservation-confirmed',
      atMs: clock.now(),
      reservationId,
      proposal: terms,
      priceMicros,
      pieces,
    });
    reservation.timers = [queue.at(terms.startMs, Phase.Start, () => this.#openWindow(reservation))];
    return { reply: 'REQUEST_SUCCESS' };
  }

  // The window

  #openWindow(reservation: Reservation): void {
    const { clock, isNodeUp, nodeIds, queue, settings } = this.#parts;
    const stranded = reservation.instances.find((instance) => !this.#settle(reservation, instance));
    if (stranded !== undefined) {
      this.placeLost(reservation, isNodeUp(stranded.place.nodeIndex) ? 'node-drained' : 'node-lost');
      return;
    }
    const { demand } = reservation.terms;
    const { endMs } = reservation;
    const atMs = clock.now();
    reservation.windowOpen = true;
    reservation.openedMs = atMs;
    queue.emit({
      type: 'window-opened',
      atMs,
      reservationId: reservation.id,
      endMs,
      demand,
      pieces: reservation.pieces(nodeIds),
    });
    reservation.timers = [queue.at(endMs, Phase.Release, () => this.#closeWindow(reservation))];
    const shutdownMs = endMs - settings.shutdownLeadMs;
    if (atMs < shutdownMs && shutdownMs < endMs) {
      reservation.timers.push(queue.at(shutdownMs, Phase.Release, () => this.#shutDown(reservation)));
    }
    if (reservation.state === 'ACTIVATED') this.#launch(reservation.instances, reservation);
    else if (settings.autoActivate) this.#activate(reservation);
  }

  /** Its node may have been lost or drained since the booking was made, when there was no room elsewhere. */
  #settle(reservation: Reservation, instance: Instance): boolean {
    const { allocator, calendar } = this.#parts;
    return (
      calendar.isAvailable(instance.place.nodeIndex) ||
      allocator.relocate(reservation, instance, 'node-unavailable-at-start')
    );
  }

  #activate(reservation: Reservation): void {
    const { clock, queue } = this.#parts;
    this.#moveTo(reservation, 'activate', 'ACTIVATED');
    queue.emit({ type: 'reservation-activated', atMs: clock.now(), reservationId: reservation.id });
    if (reservation.windowOpen) this.#launch(reservation.instances, reservation);
  }

  #launch(instances: readonly Instance[], reservation: Reservation): void {
    for (const instance of instances) {
      const hasPlace = this.#settle(reservation, instance);
      this.#parts.vms.launch(reservation, instance, { parked: !hasPlace });
    }
  }

  /** What stands still at the end of its window, because its node was drained, was not delivered in full. */
  #closeWindow(reservation: Reservation): void {
    if (reservation.parkedSinceMs === undefined) {
      this.#end(reservation, 'window-over', 'EXPIRED', 'window-over');
    } else {
      this.placeLost(reservation, 'node-drained');
    }
  }

  #shutDown(reservation: Reservation): void {
    for (const { vm } of reservation.instances) if (vm !== undefined) this.#parts.vms.want(vm, 'deleted');
  }

  #grantOptions(reservation: Reservation, asked: number): number {
    const { allocator, calendar, clock, nodeIds, queue } = this.#parts;
    const atMs = clock.now();
    const { demand, numInstancesOption } = reservation.terms;
    const window = { demand, startMs: atMs, endMs: reservation.endMs };
    const wanted = reservation.windowOpen
      ? Math.min(asked, numInstancesOption - reservation.optionsClaimed)
      : 0;
    let granted = Math.max(0, wanted);
    while (granted > 0 && !calendar.canPlace({ ...window, count: granted })) granted -= 1;
    const added =
      granted === 0
        ? []
        : allocator.book(
            reservation,
            { ...window, count: granted },
            { kind: 'reservation', firstNumber: reservation.instances.length + 1 },
          );
    if (granted > 0)
      this.#cover.claim(reservation.terms, { claimed: reservation.optionsClaimed, granted }, atMs);
    reservation.optionsClaimed += granted;
    reservation.instances.push(...added);
    const pieces = reservation.pieces(nodeIds, added);
    queue.emit({ type: 'options-claimed', atMs, reservationId: reservation.id, asked, granted, pieces });
    this.#launch(added, reservation);
    return granted;
  }

  #end(reservation: Reservation, message: Message, state: FinalState, reason: EndReason): void {
    const { allocator, book, clock, nodeIds, queue, vms } = this.#parts;
    const atMs = clock.now();
    const before = reservation.state;
    this.#cancelTimers(reservation);
    this.#moveTo(reservation, message, state);
    const { id: reservationId } = reservation;
    if (reservation.windowOpen) {
      const pieces = reservation.pieces(nodeIds);
      queue.emit({ type: 'window-closed', atMs, reservationId, demand: reservation.terms.demand, pieces });
    }
    for (const { vm } of reservation.instances) if (vm !== undefined) vms.remove(vm);
    const settlement = this.#compensate(reservation, before, state);
    allocator.release(reservation.instances);
    this.#uncover(reservation);
    this.#offerRoomToParked();
    const noShow = before === 'CONFIRMED' && reason === 'window-over';
    queue.emit({ type: 'reservation-ended', atMs, reservationId, state, reason, noShow, ...settlement });
    book.bury(reservationId, { state, reason });
  }

  #compensate(reservation: Reservation, before: ReservationState, after: FinalState) {
    const { clock, pricing } = this.#parts;
    const wasConfirmed = before === 'CONFIRMED' || before === 'ACTIVATED';
    const { priceMicros } = reservation;
    if (!wasConfirmed || after === 'EXPIRED') return { refundMicros: 0, penaltyMicros: 0 };
    if (after === 'CANCELLED') return { refundMicros: priceMicros, penaltyMicros: 0 };
    // Delivered is what came before the reservation, or the first of its VMs that found no other node, was stopped for good.
    const stoppedMs = reservation.parkedSinceMs ?? clock.now();
    const deliveredMs = reservation.windowOpen ? stoppedMs - reservation.openedMs : 0;
    const agreement = { proposal: reservation.terms, priceMicros, deliveredMs };
    const call = new PolicyCall('pricing', pricing, clock.now());
    const { refundMicros, penaltyMicros } = call.ask((policy) => ({ ...policy.compensation(agreement) }));
    checkMoney(call, 'refund', refundMicros);
    checkMoney(call, 'penalty', penaltyMicros);
    return { refundMicros, penaltyMicros };
  }

  // Small print

  #moveTo(reservation: Reservation, message: Message, state: ReservationState): void {
    invariant(nextStates(reservation.state, message).includes(state), 'a reservation follows the protocol', {
      reservationId: reservation.id,
      from: reservation.state,
      message,
      to: state,
    });
    reservation.state = state;
  }

  #expireAt(reservation: Reservation, holdUntilMs: number): void {
    this.#cancelTimers(reservation);
    reservation.holdUntilMs = holdUntilMs;
    reservation.timers = [
      this.#parts.queue.at(holdUntilMs, Phase.Release, () =>
        this.#end(reservation, 'hold-expired', 'EXPIRED', 'hold-expired'),
      ),
    ];
  }

  #cancelTimers(reservation: Reservation): void {
    for (const timer of reservation.timers) this.#parts.queue.cancel(timer);
    reservation.timers = [];
  }

  #dropHold(reservation: Reservation): void {
    this.#cancelTimers(reservation);
    this.#parts.allocator.release(reservation.instances);
    reservation.instances = [];
    this.#uncover(reservation);
    this.#offerRoomToParked();
  }

  /** Room has come free: VMs that were suspended for want of it go on there. A command of its own, after what frees the room. */
  #offerRoomToParked(): void {
    const { allocator, clock, queue, vms } = this.#parts;
    if (vms.parked.size === 0 || this.#roomOffered) return;
    this.#roomOffered = true;
    queue.at(clock.now(), Phase.Release, () => {
      this.#roomOffered = false;
      for (const vm of vms.parked) {
        if (allocator.relocate(vm.reservation, vm.instance, 'drain', { keepOld: true })) vms.follow(vm);
      }
    });
  }

  #uncover(reservation: Reservation): void {
    const { covered, optionsClaimed } = reservation;
    if (covered !== undefined) this.#cover.remove(covered, optionsClaimed, this.#parts.clock.now());
    reservation.covered = undefined;
  }

  #placement({ demand, durationMs, numInstancesFixed, startMs }: Proposal) {
    return { demand, count: numInstancesFixed, startMs, endMs: startMs + durationMs };
  }

  #canPlace(proposal: Proposal): boolean {
    return this.#cover.admits(proposal) && this.#parts.calendar.canPlace(this.#placement(proposal));
  }

  #negotiationView(reservation: Reservation): NegotiationView {
    const { calendar, clock, settings } = this.#parts;
    const nowMs = clock.now();
    const bookingHorizonMs = nowMs + settings.bookingHorizonMs;
    const lastStart = ({ durationMs, latestStartMs = Number.POSITIVE_INFINITY }: SlotQuery) =>
      Math.min(latestStartMs, bookingHorizonMs - durationMs);
    const asProposal = ({ count, demand, durationMs }: SlotQuery): Proposal => ({
      ...reservation.terms,
      numInstancesFixed: count,
      demand,
      durationMs,
    });
    // Nodes and option cover each know their own slots; the answer is the first on which both agree.
    return {
      nowMs,
      round: reservation.round,
      bookingHorizonMs,
      earliestStart: (query) => {
        const latestStartMs = lastStart(query);
        const proposal = asProposal(query);
        let notBeforeMs: number | undefined = Math.max(nowMs, query.notBeforeMs);
        while (notBeforeMs !== undefined && notBeforeMs <= latestStartMs) {
          const startMs = calendar.earliestStart({ ...query, notBeforeMs, latestStartMs });
          if (startMs === undefined) return undefined;
          notBeforeMs = this.#cover.earliestAdmitted(proposal, startMs, latestStartMs);
          if (notBeforeMs === startMs) return startMs;
        }
        return undefined;
      },
      latestStart: ({ demand, count, durationMs, ...query }) => {
        const proposal = asProposal({ demand, count, durationMs, ...query });
        const notBeforeMs = Math.max(nowMs, query.notBeforeMs);
        let notAfterMs: number | undefined = lastStart({ demand, count, durationMs, ...query });
        while (notAfterMs !== undefined && notAfterMs >= notBeforeMs) {
          const startMs = calendar.latestStart({ demand, count, durationMs, notBeforeMs, notAfterMs });
          if (startMs === undefined) return undefined;
          notAfterMs = this.#cover.latestAdmitted(proposal, notBeforeMs, startMs);
          if (notAfterMs === startMs) return startMs;
        }
        return undefined;
      },
      canPlace: (proposal) => this.#whyImpossible(proposal) === undefined && this.#canPlace(proposal),
      priceOf: (proposal) => this.#priceOf(proposal),
    };
  }

  #priceOf(proposal: Proposal): number {
    const { calendar, clock, pricing } = this.#parts;
    const view: PricingView = {
      nowMs: clock.now(),
      clusterCapacity: this.#clusterCapacity,
      bookedShare: (startMs, endMs) => {
        let bookedMilliCpuMs = 0;
        for (let node = 0; node < calendar.nodeCount; node++) {
          bookedMilliCpuMs += calendar.reservedMilliCpuMs(node, startMs, endMs);
        }
        return bookedMilliCpuMs / (this.#clusterCapacity.milliCpus * (endMs - startMs));
      },
    };
    const call = new PolicyCall('pricing', pricing, clock.now());
    const priceMicros = call.ask((policy) => policy.price(proposal, view));
    checkMoney(call, 'price', priceMicros);
    return priceMicros;
  }

  /** Once in a while, lets the calendars drop what lies in the past. */
  #forgetPast(): void {
    const nowMs = this.#parts.clock.now();
    if (nowMs < this.#forgottenMs + HOUR_MS) return;
    this.#forgottenMs = nowMs;
    this.#parts.calendar.forgetBefore(nowMs);
    this.#cover.forgetBefore(nowMs);
  }
}

function checkMoney(call: PolicyCall<'pricing'>, what: string, micros: number): void {
  if (Number.isSafeInteger(micros) && micros >= 0) return;
  throw call.brokeRules(`gave a ${what} of ${micros}; whole micro-credits of at least 0 are expected`);
}
