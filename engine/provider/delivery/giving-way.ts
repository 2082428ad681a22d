// How a lease makes room for others before its end: it is suspended in the time that was booked for that and waits to be resumed, or it is
// stopped and waits to begin again. Its turn in the queue is that of its session, so it is ahead of whoever came later.

import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Edit } from '../../calendar/edit.ts';
import { endOf } from '../../domain/proposal.ts';
import type { RequeueReason } from '../../events/domain-event.ts';
import type { LeaseQueues } from '../leases/lease-queues.ts';
import type { VmMonitor } from '../monitors/vm-monitor.ts';
import type { Ending } from '../negotiation/ending.ts';
import type { ReservationManager } from '../negotiation/reservation-manager.ts';
import type { Outbox } from '../outbox.ts';
import type { Bookings } from '../placement/bookings.ts';
import { NO_BOOKING, pieceOf, type Reservation, type Vm } from '../state/reservation.ts';
import type { Parking } from './parking.ts';

export interface GivingWayParts {
  readonly outbox: Outbox;
  readonly queues: LeaseQueues;
  readonly bookings: Bookings;
  readonly calendar: CapacityCalendar;
  readonly ending: Ending;
  readonly reservations: ReservationManager;
  readonly parking: Parking;
  readonly vms: VmMonitor;
  readonly nodeIds: readonly string[];
  /** {@link ProviderSettings.maxRestarts} */
  readonly maxRestarts: number;
}

export class GivingWay {
  readonly #parts: GivingWayParts;

  constructor(parts: GivingWayParts) {
    this.#parts = parts;
  }

  /** It is time. Where nobody needs the room after all, the lease runs on; one that has not begun looks for room with the others of its queue. */
  giveWay(reservation: Reservation): void {
    const { outbox, reservations, vms, parking } = this.#parts;
    if (reservation.windowOpen && this.#runsOn(reservation)) return;
    if (reservation.wayOut!.by === 'restart') {
      this.requeue(reservation, 'preempted');
      return;
    }
    for (const { vm } of reservation.present) {
      if (vm === undefined || vm.wanted === 'deleted') continue;
      // What stands still because its node is out waits with the others.
      if (vm.parkedSinceMs !== undefined) {
        const { parkedSinceMs } = vm;
        parking.leave(vm);
        vm.parkedSinceMs = parkedSinceMs;
      } else if (vm.wanted === 'running') {
        vm.parkedSinceMs = outbox.nowMs;
        vms.want(vm, 'suspended');
      } else if (vm.wanted === 'paused') {
        // It is to stand still when the lease goes on, too: its user resumes it.
        vms.want(vm, 'suspended');
      }
    }
    reservation.wayOut = { ...reservation.wayOut!, hasBegun: true };
    reservations.expectNext(reservation);
  }

  /** The time for its suspension is over. What could not be suspended in it is lost, and with it the rest. */
  suspended(reservation: Reservation): void {
    const { outbox, nodeIds } = this.#parts;
    if (!reservation.present.every(({ vm }) => vm !== undefined && isSetAside(vm))) {
      this.requeue(reservation, 'not-suspended');
      return;
    }
    const { id: reservationId, terms } = reservation;
    const { demand } = terms;
    outbox.emit({ type: 'window-closed', reservationId, demand, pieces: reservation.shares(nodeIds) });
    const { atMs: fromMs } = reservation.wayOut!;
    reservation.doneMs += Math.max(0, fromMs - terms.startMs);
    reservation.isSuspended = true;
    this.#setAside(reservation, fromMs);
  }

  /** It is suspended, and waits to be resumed. @param fromMs since when it was being suspended */
  #setAside(reservation: Reservation, fromMs: number): void {
    const { bookings, outbox, reservations } = this.#parts;
    bookings.setAside(reservation, outbox.nowMs);
    this.#putAside(reservation);
    const { doneMs, id: reservationId, present, terms } = reservation;
    const { demand, durationMs } = terms;
    const leftMs = durationMs - doneMs;
    const { length: instances } = present;
    outbox.emit({ type: 'lease-suspended', reservationId, leftMs, fromMs, instances, demand });
    reservations.expectNext(reservation);
  }

  /** Its window is open again. */
  resumed(reservation: Reservation): void {
    const { outbox, vms } = this.#parts;
    const { id: reservationId, present, terms } = reservation;
    reservation.isSuspended = false;
    const leftMs = terms.durationMs - reservation.doneMs;
    outbox.emit({ type: 'lease-resumed', reservationId, leftMs, untilMs: terms.startMs });
    for (const { vm } of present) {
      if (vm === undefined || vm.wanted === 'deleted') continue;
      const wasRunning = vm.parkedSinceMs !== undefined;
      vm.parkedSinceMs = undefined;
      if (wasRunning) vms.want(vm, 'running');
    }
  }

  /** What it has done is lost; it waits to begin again, unless that has come to nothing often enough. */
  requeue(reservation: Reservation, because: RequeueReason): void {
    // It was to be resumed at this very instant, and is as it was.
    if (reservation.isSuspended && because === 'node-lost') {
      this.#setAside(reservation, this.#parts.outbox.nowMs);
      return;
    }
    const { bookings, ending, maxRestarts, nodeIds, outbox, vms } = this.#parts;
    // Requests come to an end, and so do those who must give way to them; losses of nodes may not.
    if (because !== 'preempted' && reservation.restarts >= maxRestarts) {
      ending.end(reservation, 'fail', 'FAILED', 'too-many-restarts');
      return;
    }
    if (because !== 'preempted') reservation.restarts += 1;
    const { nowMs } = outbox;
    const { id: reservationId, present, terms, windowOpen } = reservation;
    const { demand } = terms;
    if (windowOpen)
      outbox.emit({ type: 'window-closed', reservationId, demand, pieces: reservation.shares(nodeIds) });
    for (const { vm } of present) if (vm !== undefined && vm.state !== 'DELETED') vms.remove(vm);
    const ranMs = windowOpen ? Math.max(0, Math.min(nowMs, reservation.endMs) - terms.startMs) : 0;
    const lostMs = reservation.doneMs + ranMs;
    outbox.emit({
      type: 'lease-requeued',
      reservationId,
      because,
      lostMs,
      instances: present.length,
      demand,
    });
    reservation.doneMs = 0;
    reservation.isSuspended = false;
    bookings.giveUpAll(reservation, nowMs);
    this.#putAside(reservation);
    this.#parts.reservations.expectNext(reservation);
  }

  #putAside(reservation: Reservation): void {
    const { ending, outbox, queues } = this.#parts;
    ending.uncover(reservation);
    reservation.windowOpen = false;
    reservation.wayOut = undefined;
    reservation.proposal = { ...reservation.terms, startMs: outbox.nowMs };
    queues.join(reservation);
  }

  /**
   * Keeps the lease running where it is up to its end: nobody who came before it waits, and what it was to make room for is gone.
   * @returns false when it cannot; nothing has changed then
   */
  #runsOn(reservation: Reservation): boolean {
    const { bookings, calendar, ending, outbox, queues, reservations } = this.#parts;
    const { nowMs } = outbox;
    const [first] = queues.inOrder();
    if (first !== undefined && first.ordinal < reservation.ordinal) return false;
    const { present } = reservation;
    const { demand } = reservation.terms;
    const endMs = endOf(reservation.terms) - reservation.doneMs;
    if (present.some(({ vm }) => vm?.parkedSinceMs !== undefined)) return false;
    const plan = present.flatMap(({ pieces, place }): Edit[] => [
      ...pieces
        .filter((piece) => piece !== place && piece.booking !== NO_BOOKING && piece.startMs >= nowMs)
        .map(({ booking }): Edit => ({ edit: 'release', id: booking })),
      place.booking === NO_BOOKING
        ? {
            ...{ edit: 'book', nodeIndex: place.nodeIndex, startMs: nowMs, endMs, demand },
            ...{ kind: 'reservation', owner: reservation.id },
          }
        : { edit: 'resize', id: place.booking, endMs },
    ]);
    if (calendar.fork().apply(plan).kind === 'refused') return false;
    const isExtended = bookings.rearrange(reservation, plan, (booked) => {
      let next = 0;
      for (const instance of present) {
        const { place } = instance;
        const booking = place.booking === NO_BOOKING ? booked[next++]! : place.booking;
        instance.pieces = [pieceOf({ ...place, endMs }, 'run', booking)];
      }
    });
    if (!isExtended) return false;
    reservation.wayOut = undefined;
    ending.coverAnew(reservation);
    outbox.emit({ type: 'lease-runs-on', reservationId: reservation.id, endMs });
    reservations.expectNext(reservation);
    return true;
  }
}

/** It is suspended or about to be, or stands still anyway. */
function isSetAside({ operation, state, wanted, isUp }: Vm): boolean {
  if (wanted === 'deleted') return true;
  if (wanted === 'suspended')
    // What is still being resumed would run when its time is over.
    return operation?.name === 'suspend' || (state === 'SUSPENDED' && operation?.name !== 'resume');
  return !isUp && wanted === 'halted';
}
