// The pieces of instances on the calendar: what is planned becomes pieces here, through the applier, and what is given up goes.

import type { BookingKind } from '../../calendar/booking.ts';
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import { applied, type Edit, type Plan } from '../../calendar/edit.ts';
import type { Devices } from '../../domain/devices.ts';
import type { MoveCause } from '../../events/domain-event.ts';
import { invariant } from '../../invariant.ts';
import type { Images } from '../images/images.ts';
import type { StretchCut } from '../leases/lease-kind.ts';
import { type Cut, piecesAfter } from '../negotiation/preemption.ts';
import type { Outbox } from '../outbox.ts';
import type { PlanApplier } from '../plan/applier.ts';
import {
  Instance,
  NO_BOOKING,
  type Piece,
  type PieceUse,
  pieceOf,
  type Reservation,
  type Vm,
} from '../state/reservation.ts';
import type { BookEdit } from './allocator.ts';
import type { Relocation } from './re-placement.ts';

export interface BookingsParts {
  readonly applier: PlanApplier;
  readonly calendar: CapacityCalendar;
  readonly outbox: Outbox;
  /** Room has come free, in that span; undefined: one more asks for room. */
  readonly onRoom: (span?: { readonly fromMs: number; readonly untilMs: number }) => void;
  /** Absent: images are on the nodes already. */
  readonly images: Images | undefined;
  /** A VM that runs is to go where its instance is booked now. */
  readonly onMove: (vm: Vm) => void;
}

export class Bookings {
  readonly #parts: BookingsParts;

  constructor(parts: BookingsParts) {
    this.#parts = parts;
  }

  /**
   * Books `count` new instances, one with each `book` of the plan, numbered on from the last.
   * @param cuts what others give up for them, first
   * @returns them; undefined when the plan was refused
   */
  add(
    reservation: Reservation,
    plan: Plan,
    count: number,
    cuts: readonly Cut[] = [],
  ): readonly Instance[] | undefined {
    const { applier } = this.#parts;
    const books = plan.filter((edit) => edit.edit === 'book');
    if (books.length !== count) return applier.refuse(reservation.id, 'book', 'wrong-count');
    const whole = cuts.length === 0 ? plan : [...cuts.flatMap(({ edits }) => edits), ...plan];
    const all = applier.apply(reservation.id, whole, new Set(cuts.map((cut) => cut.reservation.id)));
    if (all === undefined) return undefined;
    const booked = all.slice(all.length - count);
    let taken = 0;
    for (const cut of cuts) {
      const own = cut.edits.filter(({ edit }) => edit === 'book').length;
      const pieces = piecesAfter(cut, all.slice(taken, taken + own));
      taken += own;
      for (const [i, instance] of cut.reservation.present.entries()) instance.pieces = pieces[i]!;
      cut.reservation.wayOut = cut.wayOut;
      this.#parts.outbox.touch(cut.reservation);
    }
    const first = reservation.instances.length + 1;
    const added = books.map((book, i) => new Instance(first + i, [pieceOf(book, 'run', booked[i]!)]));
    reservation.instances = [...reservation.instances, ...added];
    this.#parts.outbox.touch(reservation);
    return added;
  }

  /**
   * Capacity for all that a lease has, or is to have: one `book` for each instance, cut into what it is for. What it has already is given
   * back by the plan.
   * @returns false when it was refused: nothing has changed then
   */
  begin(
    reservation: Reservation,
    plan: Plan,
    { count, cut }: { readonly count: number; readonly cut: StretchCut | undefined },
  ): boolean {
    const { present } = reservation;
    if (cut === undefined)
      return present.length === 0
        ? this.add(reservation, plan, count) !== undefined
        : this.rebook(reservation, plan);
    const { applier } = this.#parts;
    const { id, instances } = reservation;
    const books = this.#parts.calendar.withDevices(plan).filter((edit) => edit.edit === 'book');
    const stretches = books.map((book) => partsOf(book, cut));
    if (stretches.length !== count) return applier.refuse(id, 'book', 'wrong-count') ?? false;
    const rest = plan.filter(({ edit }) => edit !== 'book');
    const booked = applier.apply(id, [...rest, ...stretches.flat().map(({ book }) => book)]);
    if (booked === undefined) return false;
    let next = 0;
    for (const [i, parts] of stretches.entries()) {
      const pieces = parts.map(({ book, use }) => pieceOf(book, use, booked[next++]!));
      const known = present[i];
      if (known !== undefined) known.pieces = pieces;
      else instances.push(new Instance(instances.length + 1, pieces));
    }
    this.#parts.outbox.touch(reservation);
    return true;
  }

  /**
   * Other bookings for what a reservation has: `plan` edits its own.
   * @param take puts the new pieces in place, given the new bookings in the order of the plan
   * @returns false when it was refused: nothing has changed then
   */
  rearrange(reservation: Reservation, plan: Plan, take: (bookings: readonly number[]) => void): boolean {
    const booked = this.#parts.applier.apply(reservation.id, plan);
    if (booked === undefined) return false;
    take(booked);
    this.#parts.outbox.touch(reservation);
    return true;
  }

  /** What a lease has is given back, and its instances keep their place: it is to go on, at `nowMs` at the earliest. */
  setAside(reservation: Reservation, nowMs: number): void {
    const { present, terms, doneMs } = reservation;
    const endMs = nowMs + terms.durationMs - doneMs;
    this.#giveUp(reservation, this.#livePieces(present));
    for (const instance of present) {
      const { nodeIndex } = instance.place;
      instance.pieces = [pieceOf({ nodeIndex, startMs: nowMs, endMs }, 'resume', NO_BOOKING)];
    }
    this.#parts.outbox.touch(reservation);
    this.#parts.onRoom();
  }

  /** What a lease has is given back, and its instances are given up: it is to begin again, with others. */
  giveUpAll(reservation: Reservation, nowMs: number): void {
    const { present } = reservation;
    this.#giveUp(reservation, this.#livePieces(present));
    this.#parts.images?.release(reservation);
    for (const instance of present) instance.giveUp(nowMs);
    this.#parts.outbox.touch(reservation);
    this.#parts.onRoom();
  }

  /**
   * Like `add`, where others change their nodes first.
   * @returns false when it was refused: nothing has changed then
   */
  addMakingRoom(reservation: Reservation, plan: Plan, relocations: readonly Relocation[]): boolean {
    const booked = this.#relocate(reservation.id, relocations, plan, 'made-room');
    if (booked === undefined) return false;
    const books = plan.filter((edit) => edit.edit === 'book');
    const first = reservation.instances.length + 1;
    reservation.instances.push(
      ...books.map((book, i) => new Instance(first + i, [pieceOf(book, 'run', booked[i]!)])),
    );
    this.#parts.outbox.touch(reservation);
    return true;
  }

  /** Running VMs go to other nodes, all of them or none. @returns false when it was refused: nothing has changed then */
  rebalance(relocations: readonly Relocation[]): boolean {
    const { id } = relocations[0]!.reservation;
    return this.#relocate(id, relocations, [], 'rebalanced') !== undefined;
  }

  /** @returns the bookings of the plan that comes after the relocations; undefined when it was refused */
  #relocate(
    owner: string,
    relocations: readonly Relocation[],
    plan: Plan,
    cause: MoveCause,
  ): readonly number[] | undefined {
    const { applier, calendar, outbox } = this.#parts;
    const booked = applier.apply(
      owner,
      [...relocationEdits(relocations, outbox.nowMs), ...plan],
      new Set(relocations.map(({ reservation }) => reservation.id)),
    );
    if (booked === undefined) return undefined;
    const moved: Vm[] = [];
    for (const [i, { instance, leavesByMs, nodeIndex, reservation }] of relocations.entries()) {
      const { place: from, vm } = instance;
      const to = { ...from, nodeIndex };
      instance.pieces =
        leavesByMs === undefined
          ? [pieceOf(to, 'run', booked[i]!)]
          : [
              pieceOf({ ...to, startMs: outbox.nowMs }, 'run', booked[i]!),
              pieceOf(
                { ...from, endMs: Math.min(from.endMs, leavesByMs) },
                'migrate',
                leavesByMs <= outbox.nowMs ? NO_BOOKING : from.booking,
              ),
            ];
      outbox.touch(reservation);
      outbox.emit({
        type: 'instance-moved',
        reservationId: reservation.id,
        instance: instance.number,
        fromNodeId: calendar.nodeId(from.nodeIndex),
        toNodeId: calendar.nodeId(nodeIndex),
        demand: reservation.terms.demand,
        windowOpen: leavesByMs !== undefined,
        cause,
      });
      if (leavesByMs !== undefined && vm !== undefined) moved.push(vm);
    }
    for (const vm of moved) this.#parts.onMove(vm);
    return booked.slice(relocations.length);
  }

  /**
   * Holds become reservations; one without any asks for room from now on.
   * @param together others that are confirmed with it
   * @returns false when the plan was refused: nothing has changed then
   */
  confirm(reservation: Reservation, together: readonly Reservation[] = []): boolean {
    const plan: Edit[] = [];
    for (const confirmed of [reservation, ...together]) {
      for (const { booking: id } of this.#livePieces(confirmed.instances))
        plan.push({ edit: 'rekind', id, kind: 'reservation' });
      this.#parts.outbox.touch(confirmed);
    }
    if (plan.length === 0) {
      this.#parts.onRoom();
      return true;
    }
    return (
      this.#parts.applier.apply(reservation.id, plan, new Set(together.map(({ id }) => id))) !== undefined
    );
  }

  /**
   * Other pieces for an instance: `plan` gives up old ones and books new ones, which become `pieces` in their order.
   * @returns false when it was refused: nothing has changed then
   */
  replace(
    reservation: Reservation,
    instance: Instance,
    { pieces, plan }: { plan: Plan; pieces: (bookings: readonly number[]) => readonly Piece[] },
  ): boolean {
    const booked = this.#parts.applier.apply(reservation.id, plan);
    if (booked === undefined) return false;
    instance.pieces = pieces(booked);
    this.#parts.outbox.touch(reservation);
    return true;
  }

  /**
   * Other bookings for all instances, one `book` each in their order, instead of those that they have: the plan releases them all.
   * @returns false when it was refused: nothing has changed then
   */
  rebook(reservation: Reservation, plan: Plan): boolean {
    const { applier } = this.#parts;
    const { id, instances } = reservation;
    const books = plan.filter((edit) => edit.edit === 'book');
    const released = new Set(plan.map((edit) => (edit.edit === 'release' ? edit.id : NO_BOOKING)));
    const isReleased = this.#livePieces(instances).every(({ booking }) => released.has(booking));
    if (books.length !== instances.length || !isReleased) {
      applier.refuse(id, 'book', isReleased ? 'wrong-count' : 'not-released');
      return false;
    }
    const booked = applier.apply(id, plan);
    if (booked === undefined) return false;
    for (const [i, instance] of instances.entries()) {
      instance.pieces = [pieceOf(books[i]!, 'run', booked[i]!)];
    }
    this.#parts.outbox.touch(reservation);
    return true;
  }

  /** Holds more for a reservation, beside what its instances have. @returns undefined when the plan was refused */
  holdBeside(reservation: Reservation, plan: readonly BookEdit[]): readonly Piece[] | undefined {
    const booked = this.#parts.applier.apply(reservation.id, plan);
    if (booked === undefined) return undefined;
    this.#parts.outbox.touch(reservation);
    return plan.map((book, i) => pieceOf(book, 'run', booked[i]!));
  }

  /** What was held beside is given back. */
  giveUpBeside(reservation: Reservation, held: readonly Piece[]): void {
    const live = held.filter(isLive);
    this.#giveUp(reservation, live);
    this.#parts.outbox.touch(reservation);
    this.#parts.onRoom(spanOf(live));
  }

  /**
   * Other instances for a reservation: `plan` gives up old bookings and makes new ones.
   * @param instances of the new bookings, in the order of the plan's
   * @returns false when it was refused: nothing has changed then
   */
  exchange(
    reservation: Reservation,
    plan: Plan,
    instances: (bookings: readonly number[]) => Instance[],
  ): boolean {
    const before = this.#livePieces(reservation.instances);
    const booked = this.#parts.applier.apply(reservation.id, plan);
    if (booked === undefined) return false;
    reservation.instances = instances(booked);
    this.#parts.outbox.touch(reservation);
    this.#parts.onRoom(spanOf(before));
    return true;
  }

  /**
   * What can be decided while nothing of a reservation is booked from now on: its own capacity counts as free. Whatever comes of it, its
   * bookings are afterwards as they were.
   * @param isOut what it has on a node of which this is true is of no use to it: it is left where it is
   * @returns undefined when it could not get them back, so that nothing was asked: a node is out
   */
  without<R>(
    reservation: Reservation,
    decide: () => R,
    isOut: (piece: Piece) => boolean = () => false,
  ): R | undefined {
    const { calendar, outbox } = this.#parts;
    const { nowMs } = outbox;
    const { change, id: owner, isConfirmed, present, terms } = reservation;
    const lent: (Piece & { readonly kind: BookingKind; readonly devices?: Devices | undefined })[] = [
      ...present.map(({ place }) => ({ ...place, kind: isConfirmed ? 'reservation' : 'hold' }) as const),
      ...(change?.held ?? []).map((piece) => ({ ...piece, kind: 'hold' }) as const),
    ]
      .filter((piece) => isLive(piece) && !isOut(piece))
      .map((piece) => ({ ...piece, devices: calendar.get(piece.booking)?.devices }));
    // What has begun keeps its past.
    const giveUp = lent.map(
      ({ booking: id, startMs }): Edit =>
        startMs < nowMs ? { edit: 'resize', id, endMs: nowMs } : { edit: 'release', id },
    );
    const takeBack = lent.map(
      ({ booking: id, devices, endMs, kind, nodeIndex, startMs }): Edit =>
        startMs < nowMs
          ? { edit: 'resize', id, endMs }
          : {
              edit: 'book',
              nodeIndex,
              startMs,
              endMs,
              demand: terms.demand,
              kind,
              owner,
              ...(devices !== undefined && { devices }),
            },
    );
    const draft = calendar.fork();
    if (draft.apply([...giveUp, ...takeBack]).kind === 'refused') return undefined;
    applied(calendar.apply(giveUp));
    try {
      return decide();
    } finally {
      const bookings = [...applied(calendar.apply(takeBack))];
      const back = lent.map((piece) => ({
        from: piece.booking,
        to: piece.startMs < nowMs ? piece.booking : bookings.shift()!,
      }));
      const renewed = (piece: Piece) => {
        const found = back.find(({ from }) => from === piece.booking);
        return found === undefined ? piece : pieceOf(piece, piece.use, found.to);
      };
      for (const instance of present) instance.pieces = instance.pieces.map(renewed);
      if (change !== undefined) reservation.change = { ...change, held: change.held.map(renewed) };
    }
  }

  /** What an instance holds beside its place is given back. */
  leave(reservation: Reservation, instance: Instance): void {
    const { leaving } = instance;
    if (leaving.length === 0) return;
    this.#giveUp(
      reservation,
      leaving.filter((piece) => this.#isThere(piece)),
    );
    instance.pieces = instance.pieces.filter((piece) => !leaving.includes(piece));
    this.#parts.outbox.touch(reservation);
  }

  /** Everything that a reservation holds is given back. Its instances stay, for their VMs, on no booking. */
  release(reservation: Reservation): void {
    const { instances } = reservation;
    const live = this.#livePieces(instances);
    this.#giveUp(reservation, live);
    this.#parts.images?.release(reservation);
    for (const instance of instances) {
      const { place } = instance;
      instance.pieces = [pieceOf(place, place.use, NO_BOOKING)];
    }
    this.#parts.outbox.touch(reservation);
    this.#parts.onRoom(spanOf(live));
  }

  #livePieces(instances: readonly Instance[]): Piece[] {
    const live: Piece[] = [];
    for (const { pieces } of instances)
      for (const piece of pieces) if (this.#isThere(piece)) live.push(piece);
    return live;
  }

  /** What a VM was to have left by now may be forgotten already. */
  #isThere(piece: Piece): boolean {
    return (
      isLive(piece) && (piece.use !== 'migrate' || this.#parts.calendar.get(piece.booking) !== undefined)
    );
  }

  #giveUp(reservation: Reservation, pieces: readonly Piece[]): void {
    const { calendar } = this.#parts;
    // What is over may be forgotten.
    const plan = pieces
      .filter(({ booking }) => calendar.get(booking) !== undefined)
      .map(({ booking }): Edit => ({ edit: 'release', id: booking }));
    if (plan.length === 0) return;
    const isDone = this.#parts.applier.apply(reservation.id, plan) !== undefined;
    invariant(isDone, 'what is booked can be given back', { reservationId: reservation.id });
  }
}

/** What they give back, then what they take: one booking for each, in their order. */
export function relocationEdits(relocations: readonly Relocation[], nowMs: number): Edit[] {
  const gives = relocations.flatMap(({ instance: { place }, leavesByMs }): Edit[] => {
    const { booking: id, endMs } = place;
    // Nothing is left of it from now on, whatever part of it lies behind.
    if (leavesByMs === undefined || leavesByMs <= nowMs) return [{ edit: 'release', id }];
    return leavesByMs < endMs ? [{ edit: 'resize', id, endMs: leavesByMs }] : [];
  });
  const takes = relocations.map(
    ({ instance: { place }, leavesByMs, nodeIndex, reservation: { id: owner, terms } }): Edit => {
      const { endMs, startMs } = place;
      const fromMs = leavesByMs === undefined ? startMs : nowMs;
      return {
        edit: 'book',
        nodeIndex,
        startMs: fromMs,
        endMs,
        demand: terms.demand,
        kind: 'reservation',
        owner,
      };
    },
  );
  return [...gives, ...takes];
}

interface PartOfStretch {
  readonly use: PieceUse;
  readonly book: Extract<Edit, { readonly edit: 'book' }>;
}

/** What is booked for an instance, as what it is for. */
function partsOf(book: Extract<Edit, { readonly edit: 'book' }>, { runFromMs, runUntilMs }: StretchCut) {
  const part = (use: PieceUse, startMs: number, endMs: number): PartOfStretch[] =>
    startMs < endMs ? [{ use, book: { ...book, startMs, endMs } }] : [];
  return [
    ...part('resume', book.startMs, runFromMs),
    ...part('run', runFromMs, runUntilMs),
    ...part('suspend', runUntilMs, book.endMs),
  ];
}

/** Around all of them; undefined of none. */
function spanOf(pieces: readonly Piece[]): { readonly fromMs: number; readonly untilMs: number } | undefined {
  if (pieces.length === 0) return undefined;
  let fromMs = Number.POSITIVE_INFINITY;
  let untilMs = Number.NEGATIVE_INFINITY;
  for (const { endMs, startMs } of pieces) {
    fromMs = Math.min(fromMs, startMs);
    untilMs = Math.max(untilMs, endMs);
  }
  return { fromMs, untilMs };
}

function isLive({ booking }: Piece): boolean {
  return booking !== NO_BOOKING;
}
