// The Reservation Manager of the paper: talks to the users. It judges proposals, makes counter-offers, keeps holds, and leads a
// reservation from its first proposal to its end. Where instances go is the Allocator's business, how VMs fare the VM Monitor's.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import { type Clock, Phase } from '../../clock/clock.ts';
import {
  type ClaimReply,
  endOf,
  type FinalState,
  type Offer,
  type Proposal,
  type ProviderReply,
  type RefusalReason,
  type ReservationState,
  type UserReply,
} from '../../domain/proposal.ts';
import type { EndReason, SessionOrigin } from '../../events/domain-event.ts';
import { assertNever, invariant } from '../../invariant.ts';
import type { Seat } from '../../policy/policy-seat.ts';
import type { EventQueue } from '../event-queue.ts';
import type { VmListener, VmMonitor } from '../monitors/vm-monitor.ts';
import type { Allocator } from '../placement/allocator.ts';
import type { ManagerSettings } from '../provider-settings.ts';
import { type Instance, Reservation, type ReservationBook } from '../state/reservation.ts';
import type { Vm } from '../state/vm.ts';
import { Negotiator, placementOf, totalCapacity, type Verdict } from './negotiator.ts';
import { OptionCover } from './option-cover.ts';
import { isLegal, type Message, nextStates } from './protocol.ts';

export interface ReservationManagerParts {
  readonly clock: Clock;
  readonly queue: EventQueue;
  readonly calendar: CapacityCalendar;
  readonly book: ReservationBook;
  readonly allocator: Allocator;
  readonly vms: VmMonitor;
  readonly settings: ManagerSettings;
  readonly counterOffer: Seat<'counter-offer'>;
  readonly pricing: Seat<'pricing'>;
  readonly nodeIds: readonly string[];
  readonly isNodeUp: (nodeIndex: number) => boolean;
}

const HOUR_MS = 3_600_000;

/** Every method decides: it runs inside a command of the Event Queue. */
export class ReservationManager implements VmListener {
  readonly #parts: ReservationManagerParts;
  readonly #cover: OptionCover;
  readonly #negotiator: Negotiator;
  /** VMs that are parked will be offered room before time goes on. */
  #roomOffered = false;
  #forgottenMs = Number.NEGATIVE_INFINITY;

  constructor(parts: ReservationManagerParts) {
    this.#parts = parts;
    const { calendar, settings } = parts;
    const cover = new OptionCover(totalCapacity(calendar).milliCpus, settings.claimRisk);
    this.#cover = cover;
    this.#negotiator = new Negotiator({ ...parts, cover });
  }

  /** Opens a session under an id of its own. It ends as EXPIRED when no proposal follows within the hold time. */
  initiate(reservationId: string, userId: string, origin: SessionOrigin | null): string {
    const { book, clock, queue, settings } = this.#parts;
    const reservation = new Reservation(reservationId, userId, origin);
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

  /** Claims optional instances of an activated reservation. What fits is granted and started, once its window is open. */
  claimOptions(reservationId: string, count: number): ClaimReply {
    let granted = 0;
    const reply = this.#onMessage(reservationId, 'claim', (reservation) => {
      granted = this.#grantOptions(reservation, count);
      return { reply: 'REQUEST_SUCCESS' };
    });
    return reply.reply === 'REQUEST_FAILED' ? reply : { reply: 'REQUEST_SUCCESS', granted };
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

  departed({ reservation }: Vm): void {
    this.#forgetIfGone(reservation);
  }

  /** What a request would be answered now. Nothing is held or recorded. */
  quote(proposal: Proposal): Verdict {
    return this.#negotiator.judge(proposal);
  }

  /** Takes over a reservation that was stored, with the bookings it has already, and sets its timers. */
  adopt(reservation: Reservation): void {
    const { clock } = this.#parts;
    const { optionsClaimed, proposal } = reservation;
    if (proposal !== undefined && clock.now() < endOf(proposal)) {
      this.#cover.add(proposal, { claimed: optionsClaimed, fromMs: clock.now() });
      reservation.covered = proposal;
    }
    if (reservation.windowOpen) this.#armEnd(reservation);
    else if (reservation.isConfirmed) this.#armStart(reservation);
    else this.#expireAt(reservation, reservation.holdUntilMs);
  }

  /**
   * The instance may start: its node is in service, or another one has room for it.
   * @returns false when there is none; nothing has changed then
   */
  settle(reservation: Reservation, instance: Instance): boolean {
    const { allocator, calendar } = this.#parts;
    return (
      calendar.isAvailable(instance.place.nodeIndex) ||
      allocator.relocate(reservation, instance, 'node-unavailable-at-start')
    );
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
    const verdict = this.#negotiator.judge(proposal, { reservationId, round });
    if (typeof verdict === 'string') {
      this.#end(reservation, message, 'REJECTED', verdict);
      return { reply: 'REJECT', reason: verdict };
    }
    return this.#offer(reservation, message, verdict);
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
    reservation.instances = allocator.book(reservation, placementOf(proposal), {
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
    this.#armStart(reservation);
    return { reply: 'REQUEST_SUCCESS' };
  }

  // The window

  #openWindow(reservation: Reservation): void {
    const { clock, isNodeUp, nodeIds, queue, settings } = this.#parts;
    // A node may have been lost or drained since the booking was made, when there was no room elsewhere.
    const stranded = reservation.instances.find((instance) => !this.settle(reservation, instance));
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
    this.#armEnd(reservation);
    if (reservation.state === 'ACTIVATED') this.#launch(reservation.instances, reservation);
    else if (settings.autoActivate) this.#activate(reservation);
  }

  #armStart(reservation: Reservation): void {
    const { queue } = this.#parts;
    reservation.timers = [
      queue.at(reservation.terms.startMs, Phase.Start, () => this.#openWindow(reservation)),
    ];
  }

  #armEnd(reservation: Reservation): void {
    const { clock, queue, settings } = this.#parts;
    const { endMs } = reservation;
    reservation.timers = [queue.at(endMs, Phase.Release, () => this.#closeWindow(reservation))];
    const shutdownMs = endMs - settings.shutdownLeadMs;
    if (clock.now() < shutdownMs && shutdownMs < endMs) {
      reservation.timers.push(queue.at(shutdownMs, Phase.Release, () => this.#shutDown(reservation)));
    }
  }

  #activate(reservation: Reservation): void {
    const { clock, queue } = this.#parts;
    this.#moveTo(reservation, 'activate', 'ACTIVATED');
    queue.emit({ type: 'reservation-activated', atMs: clock.now(), reservationId: reservation.id });
    if (reservation.windowOpen) this.#launch(reservation.instances, reservation);
  }

  #launch(instances: readonly Instance[], reservation: Reservation): void {
    for (const instance of instances) {
      const hasPlace = this.settle(reservation, instance);
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
    const settlement = this.#negotiator.compensate(reservation, before, state);
    allocator.release(reservation.instances);
    this.#uncover(reservation);
    this.#offerRoomToParked();
    const noShow = before === 'CONFIRMED' && reason === 'window-over';
    queue.emit({ type: 'reservation-ended', atMs, reservationId, state, reason, noShow, ...settlement });
    book.bury(reservation, { state, reason });
    this.#forgetIfGone(reservation);
  }

  /** It stays known for the command that ended it or removed its last VM, so that persistence can see it once more. */
  #forgetIfGone({ id, instances }: Reservation): void {
    const { book, queue } = this.#parts;
    if (instances.every(({ vm }) => vm === undefined || vm.state === 'DELETED'))
      queue.afterCommit(() => book.forget(id));
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

  /** Once in a while, lets the calendars drop what lies in the past. */
  #forgetPast(): void {
    const nowMs = this.#parts.clock.now();
    if (nowMs < this.#forgottenMs + HOUR_MS) return;
    this.#forgottenMs = nowMs;
    this.#parts.calendar.forgetBefore(nowMs);
    this.#cover.forgetBefore(nowMs);
  }
}
