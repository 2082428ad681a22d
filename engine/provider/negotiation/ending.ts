// How a reservation comes to its end, whatever the reason: its VMs are removed, what is owed is settled, its capacity comes free.
import type { Bottleneck, FinalState, ReservationState } from '../../domain/proposal.ts';
import type { EndReason } from '../../events/domain-event.ts';
import { invariant } from '../../invariant.ts';
import type { LeaseQueues } from '../leases/lease-queues.ts';
import type { StartForecasts } from '../leases/start-forecasts.ts';
import type { VmMonitor } from '../monitors/vm-monitor.ts';
import type { Outbox } from '../outbox.ts';
import type { Bookings } from '../placement/bookings.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import type { Agenda } from '../state/agenda.ts';
import type { Reservation } from '../state/reservation.ts';
import type { ReservationBook } from '../state/reservation-book.ts';
import type { ChangeHolds } from './change-holds.ts';
import type { Compensation } from './compensation.ts';
import { heldWith } from './offer-parts.ts';
import type { OptionCover } from './option-cover.ts';
import type { Overbooking } from './overbooking.ts';
import { isKept, pledgeBack } from './pledge.ts';
import { type Message, nextStates } from './protocol.ts';
import type { TurnForecasts } from './turn-forecasts.ts';

export interface EndingParts {
  readonly outbox: Outbox;
  readonly agenda: Agenda;
  readonly book: ReservationBook;
  readonly bookings: Bookings;
  readonly changes: ChangeHolds;
  readonly compensation: Compensation;
  readonly cover: OptionCover;
  readonly queues: LeaseQueues;
  readonly forecasts: Pick<StartForecasts, 'ended'>;
  readonly turnForecasts: Pick<TurnForecasts, 'left'>;
  readonly overbooking: Pick<Overbooking, 'stayedAway'>;
  readonly settings: Pick<ProviderSettings, 'pledge'>;
  readonly vms: VmMonitor;
  readonly nodeIds: readonly string[];
}

export class Ending {
  readonly #parts: EndingParts;

  constructor(parts: EndingParts) {
    this.#parts = parts;
  }

  /**
   * @param how `bottleneck` of a rejection: what was in the way; `givesBack`: nothing that was pledged is kept
   */
  end(
    reservation: Reservation,
    message: Message,
    state: FinalState,
    reason: EndReason,
    {
      bottleneck,
      givesBack,
    }: { readonly bottleneck?: Bottleneck | undefined; readonly givesBack?: true | undefined } = {},
  ): void {
    const {
      agenda,
      book,
      bookings,
      changes,
      forecasts,
      compensation,
      nodeIds,
      outbox,
      overbooking,
      queues,
      settings,
      turnForecasts,
      vms,
    } = this.#parts;
    const before = reservation.state;
    const { id: reservationId } = reservation;
    const together = before === 'ACCEPTED' || before === 'COUNTERED' ? heldWith(book, reservation) : [];
    const settlement = compensation.of(reservation, before, state);
    changes.withdraw(reservation, 'reservation-ended');
    agenda.expect(reservation, []);
    moveTo(reservation, message, state);
    if (before === 'WAITLISTED') turnForecasts.left(reservation, { hasTurn: false });
    if (reservation.windowOpen) {
      const pieces = reservation.shares(nodeIds);
      outbox.emit({ type: 'window-closed', reservationId, demand: reservation.terms.demand, pieces });
    }
    const isGivenUp = reason === 'cancelled-by-user';
    for (const { vm } of reservation.instances) {
      if (vm === undefined) continue;
      if (!isGivenUp && vms.isToBeKept(vm)) vms.keep(vm);
      else vms.remove(vm);
    }
    forecasts.ended(reservation, { isDone: reason === 'completed' || reason === 'window-over' });
    bookings.release(reservation);
    this.uncover(reservation);
    const noShow = before === 'CONFIRMED' && (reason === 'window-over' || reason === 'no-show');
    if (noShow) overbooking.stayedAway(reservation);
    const back = pledgeBack(reservation, {
      isKept: givesBack !== true && isKept(settings.pledge, { state, reason }),
    });
    const ended = { reservationId, state, reason, noShow, ...settlement, ...back };
    outbox.emit({ type: 'reservation-ended', ...ended, ...(bottleneck === undefined ? {} : { bottleneck }) });
    book.bury(reservation, { state, reason });
    queues.leave(reservation);
    // What is offered in parts is had as a whole, or not at all; unless this is one that a new round leaves behind.
    if (reservation.partOf !== undefined && message === 'REJECT') return;
    for (const other of together)
      if (other.end === undefined) this.end(other, message, state, reason, { givesBack });
  }

  /** From now on it is expected to use what it has, and where that has changed, no more what it had. */
  coverAnew(reservation: Reservation): void {
    const { cover, outbox } = this.#parts;
    this.uncover(reservation);
    const { optionsClaimed: claimed, stretch, terms } = reservation;
    const { fromMs: startMs, untilMs } = stretch;
    // What gives way before it begins is left with no time at all.
    if (untilMs <= Math.max(startMs, outbox.nowMs)) return;
    const covering = { ...terms, startMs, durationMs: untilMs - startMs };
    reservation.covered = cover.add(covering, { claimed, fromMs: outbox.nowMs });
  }

  /** Gives back what a reservation was expected to use. */
  uncover(reservation: Reservation): void {
    const { cover, outbox } = this.#parts;
    const { covered } = reservation;
    if (covered !== undefined) cover.remove(covered, outbox.nowMs);
    reservation.covered = undefined;
  }
}

/** The next state of a reservation, which the protocol must allow. */
export function moveTo(reservation: Reservation, message: Message, state: ReservationState): void {
  invariant(nextStates(reservation.state, message).includes(state), 'a reservation follows the protocol', {
    reservationId: reservation.id,
    from: reservation.state,
    message,
    to: state,
  });
  reservation.state = state;
}
