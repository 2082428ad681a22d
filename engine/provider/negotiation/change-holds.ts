// What is held for a change of a confirmed reservation: exactly what its new terms need beyond the present ones, so that either can be
// delivered. It is put here when the change is offered and given back as a whole, whatever the reason.
import { addedStretches, outside, restOf } from '../../domain/change.ts';
import { endOf, type Proposal } from '../../domain/proposal.ts';
import type { ChangeEndReason } from '../../events/domain-event.ts';
import type { Images } from '../images/images.ts';
import type { Outbox } from '../outbox.ts';
import type { BookEdit } from '../placement/allocator.ts';
import type { Bookings } from '../placement/bookings.ts';
import type { Agenda } from '../state/agenda.ts';
import type { Change, Reservation } from '../state/reservation.ts';
import type { Cover, OptionCover } from './option-cover.ts';

export interface ChangeHoldsParts {
  readonly outbox: Outbox;
  readonly agenda: Agenda;
  readonly bookings: Bookings;
  readonly cover: OptionCover;
  /** Absent: images are on the nodes already. */
  readonly images: Images | undefined;
}

export class ChangeHolds {
  readonly #parts: ChangeHoldsParts;

  constructor(parts: ChangeHoldsParts) {
    this.#parts = parts;
  }

  /** @returns false when it does not fit beside what the reservation has; nothing has changed then */
  put(reservation: Reservation, change: Omit<Change, 'held' | 'covers' | 'expiry'>): boolean {
    const { agenda, bookings, images, outbox } = this.#parts;
    const held = bookings.holdBeside(reservation, booksBeside(reservation, change, outbox.nowMs));
    if (held === undefined) return false;
    const covers = this.coversOf(reservation, change.terms);
    reservation.change = { ...change, held, covers, expiry: undefined };
    // What begins in an open window begins where its image is.
    if (!reservation.windowOpen)
      images?.supplyChange(reservation, { nodes: change.nodes, startMs: change.terms.startMs });
    agenda.expectChangeExpiry(reservation);
    return true;
  }

  /** Gives back what is held for a change; its reservation stands as it did. */
  withdraw(reservation: Reservation, reason: ChangeEndReason): void {
    const { outbox } = this.#parts;
    const { change, id: reservationId } = reservation;
    if (change === undefined) return;
    this.#giveBack(reservation, change);
    outbox.emit({ type: 'change-given-up', reservationId, round: change.round, reason });
  }

  /** It is carried out, or given up: its reservation has its terms, or keeps its own. */
  settle(reservation: Reservation, change: Change): void {
    this.#parts.agenda.dropChangeExpiry(change);
    reservation.change = undefined;
    this.uncover(change);
  }

  #giveBack(reservation: Reservation, change: Change): void {
    this.settle(reservation, change);
    this.#parts.images?.dropChange(reservation);
    this.#parts.bookings.giveUpBeside(reservation, change.held);
  }

  uncover({ covers }: Change): void {
    const { cover, outbox } = this.#parts;
    for (const one of covers) cover.remove(one, outbox.nowMs);
  }

  /** Enters what the options of the new terms are expected to use beyond those of the present ones, from now on. */
  coversOf({ terms }: Reservation, changed: Proposal): readonly Cover[] {
    const { cover, outbox } = this.#parts;
    return addedStretches(terms, changed).flatMap(({ endMs, instances, isWithin, startMs: fromMs }) => {
      const startMs = Math.max(fromMs, outbox.nowMs);
      if (startMs >= endMs) return [];
      const numInstancesOption = isWithin ? 0 : changed.numInstancesOption;
      const durationMs = endMs - startMs;
      return [
        cover.add({ ...changed, startMs, durationMs, numInstancesFixed: instances, numInstancesOption }),
      ];
    });
  }
}

/** How many instances are where, beyond those that are there already, at every instant. */
export function booksBeside(
  { id: owner, present, terms }: Reservation,
  { nodes, terms: changed }: Pick<Change, 'nodes' | 'terms'>,
  nowMs: number,
): BookEdit[] {
  const before = restOf(terms, nowMs);
  const after = restOf(changed, nowMs);
  const added = outside(before, after);
  const whole = { startMs: after.startMs, endMs: endOf(after) };
  const there = new Map<number, number>();
  for (const { place } of present) there.set(place.nodeIndex, (there.get(place.nodeIndex) ?? 0) + 1);
  return nodes.flatMap((nodeIndex) => {
    const left = there.get(nodeIndex) ?? 0;
    there.set(nodeIndex, left - 1);
    return (left > 0 ? added : [whole]).map((span) => ({
      edit: 'book' as const,
      nodeIndex,
      ...span,
      demand: terms.demand,
      kind: 'hold' as const,
      owner,
    }));
  });
}
