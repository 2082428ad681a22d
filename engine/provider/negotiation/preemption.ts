// Room for a request that has none, made by leases that may give way: which ones, and in what order, is up to the preemption policy. Each
// is cut where the window of the request begins: suspended just before it where there is time for that, else stopped to begin again.
// What comes of it is one plan, with the request's own bookings: applied as a whole or not at all.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Edit } from '../../calendar/edit.ts';
import { endOf, type Proposal } from '../../domain/proposal.ts';
import type { Matter } from '../../policy/decision.ts';
import { frozen } from '../../policy/frozen.ts';
import type { Sitting } from '../../policy/policy-seat.ts';
import type { VictimView } from '../../policy/views.ts';
import type { Suspension } from '../leases/suspension.ts';
import type { Outbox } from '../outbox.ts';
import {
  NO_BOOKING,
  type Piece,
  type PieceUse,
  pieceOf,
  type Reservation,
  type WayOut,
} from '../state/reservation.ts';
import type { ReservationBook } from '../state/reservation-book.ts';

export interface PreemptionParts {
  readonly outbox: Outbox;
  readonly book: ReservationBook;
  readonly calendar: CapacityCalendar;
  readonly suspension: Suspension;
}

/** How a lease is to give way: edits of its own bookings, and its pieces once they are applied. */
export interface Cut {
  readonly reservation: Reservation;
  readonly wayOut: WayOut;
  readonly edits: readonly Edit[];
  /** Of each instance that it has, the pieces that stay; `undefined` where one is to be booked by the next `book` of the edits. */
  readonly pieces: readonly (readonly CutPiece[])[];
}

interface CutPiece extends Omit<Piece, 'booking'> {
  readonly booking: number | undefined;
}

interface Victim {
  readonly view: VictimView;
  readonly cut: Cut;
}

export class Preemption {
  readonly #parts: PreemptionParts;

  constructor(parts: PreemptionParts) {
    this.#parts = parts;
  }

  /**
   * @param fits is there room for the proposal on that calendar, when these have given way?
   * @returns leases that make room for it when they are cut, none of which could be spared; undefined when they cannot
   */
  roomFor(
    proposal: Proposal,
    matter: Matter,
    sitting: Sitting<'preemption'>,
    fits: (calendar: CapacityCalendar, cuts: readonly Cut[]) => boolean,
  ): readonly Cut[] | undefined {
    const { calendar } = this.#parts;
    const isEnough = (cuts: readonly Cut[]) => {
      const draft = calendar.fork();
      return draft.apply(cuts.flatMap(({ edits }) => edits)).kind === 'applied' && fits(draft, cuts);
    };
    const victims = this.#victimsOf(proposal, isEnough);
    if (victims.length === 0) return undefined;
    const views = Object.freeze(victims.map(({ view }) => view));
    const chosen = sitting.ask(matter, 'order', frozen(proposal), views);
    const ordered: Cut[] = [];
    for (const { index } of chosen) {
      const cut = victims[index]?.cut;
      if (cut === undefined || ordered.includes(cut))
        throw sitting.refuse(matter, 'order', chosen, 'some of the leases that it was given, each once');
      ordered.push(cut);
    }
    const needed: Cut[] = [];
    for (const cut of ordered) {
      needed.push(cut);
      if (isEnough(needed)) return withoutIdle(needed, isEnough);
    }
    return undefined;
  }

  /** Leases that may give way and run in the window of the proposal, in the order of their sessions. */
  #victimsOf(proposal: Proposal, isEnough: (cuts: readonly Cut[]) => boolean): Victim[] {
    const victims: Victim[] = [];
    for (const reservation of this.#parts.book.yielding()) {
      if (reservation.isWithoutCapacity) continue;
      const cut = this.#cutOf(reservation, proposal);
      if (cut === undefined) continue;
      const isEnoughAlone = () => isEnough([cut]);
      victims.push({ cut, view: this.#viewOf(reservation, cut, victims.length, isEnoughAlone) });
    }
    return victims;
  }

  /** Undefined: it has nothing in that window, or what it does there cannot be cut. */
  #cutOf(reservation: Reservation, { startMs, ...window }: Proposal): Cut | undefined {
    const { calendar, outbox, suspension } = this.#parts;
    const { nowMs } = outbox;
    const { id: owner, isSuspended, present, terms, wayOut } = reservation;
    if (present.length === 0) return undefined;
    const untilMs = startMs + window.durationMs;
    const isInTheWay = present.some(({ pieces }) =>
      pieces.some(
        (piece) => piece.booking !== NO_BOOKING && piece.startMs < untilMs && startMs < piece.endMs,
      ),
    );
    // What is being suspended, is to be resumed at this very instant, or is on its way to another node, is left alone.
    const isBusy =
      isSuspended ||
      (wayOut !== undefined && wayOut.atMs <= nowMs) ||
      present.some(({ leaving, vm }) => leaving.length > 0 || vm?.parkedSinceMs !== undefined);
    if (!isInTheWay || isBusy) return undefined;
    const times = suspension.timesFor(terms);
    const suspendFromMs = startMs - (times?.suspendMs ?? 0);
    const hasTime = times !== undefined && suspendFromMs > Math.max(terms.startMs, nowMs);
    const by = hasTime ? 'suspend' : 'restart';
    const atMs = hasTime ? suspendFromMs : startMs;
    const edits: Edit[] = [];
    const pieces: CutPiece[][] = [];
    for (const instance of present) {
      const kept: CutPiece[] = [];
      for (const piece of instance.pieces) {
        const { booking } = piece;
        if (booking === NO_BOOKING || piece.endMs <= atMs) kept.push(piece);
        else if (piece.startMs >= atMs) edits.push({ edit: 'release', id: booking });
        else if (atMs <= nowMs) {
          edits.push({ edit: 'release', id: booking });
          kept.push({ ...piece, endMs: atMs, booking: NO_BOOKING });
        } else {
          edits.push({ edit: 'resize', id: booking, endMs: atMs });
          kept.push({ ...piece, endMs: atMs });
        }
      }
      const { nodeIndex } = instance.place;
      if (by === 'suspend') {
        const place = { nodeIndex, startMs: atMs, endMs: startMs };
        const devices = calendar.get(instance.place.booking)?.devices;
        edits.push({
          ...{ edit: 'book', ...place, demand: terms.demand, kind: 'reservation', owner },
          ...(devices !== undefined && { devices }),
        });
        kept.push({ ...place, use: 'suspend' satisfies PieceUse, booking: undefined });
      }
      if (kept.length === 0) {
        // It has not begun, and never will like this.
        kept.push({
          ...instance.place,
          endMs: atMs,
          startMs: Math.min(instance.place.startMs, atMs),
          booking: NO_BOOKING,
        });
      }
      pieces.push(kept);
    }
    return { reservation, wayOut: { atMs, by, hasBegun: false }, edits, pieces };
  }

  #viewOf(
    reservation: Reservation,
    { wayOut }: Cut,
    index: number,
    isEnoughAlone: () => boolean,
  ): VictimView {
    const { id: reservationId, present, priceMicros, terms, doneMs } = reservation;
    const times = this.#parts.suspension.timesFor(terms);
    const ranMs = Math.max(0, wayOut.atMs - terms.startMs);
    const isLost = wayOut.by === 'restart';
    let enough: boolean | undefined;
    return Object.freeze({
      index,
      reservationId,
      startMs: terms.startMs,
      endMs: endOf(terms) - doneMs,
      instances: present.length,
      demand: frozen(terms.demand),
      lostMs: isLost ? doneMs + ranMs : 0,
      suspensionMs: isLost ? 0 : times!.suspendMs + times!.resumeMs,
      durationMs: terms.durationMs,
      bidMicros: terms.maxPriceMicros ?? priceMicros,
      get isEnoughAlone() {
        enough ??= isEnoughAlone();
        return enough;
      },
    });
  }
}

/** A lease that came to be among them is spared when the others are enough. */
function withoutIdle(cuts: readonly Cut[], isEnough: (cuts: readonly Cut[]) => boolean): readonly Cut[] {
  let needed = cuts;
  for (const cut of cuts) {
    const others = needed.filter((other) => other !== cut);
    if (others.length > 0 && isEnough(others)) needed = others;
  }
  return needed;
}

/** The pieces of a lease that was cut, with the bookings that its plan made, in their order. */
export function piecesAfter({ pieces }: Cut, booked: readonly number[]): readonly (readonly Piece[])[] {
  let next = 0;
  return pieces.map((ofInstance) =>
    ofInstance.map((piece) => pieceOf(piece, piece.use, piece.booking ?? booked[next++]!)),
  );
}
