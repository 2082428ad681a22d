// A reservation as its kind of lease sees it.
import type { Reservation } from '../state/reservation.ts';
import { DEFAULT_LEASE_KIND, LEASE_KINDS, OVERBOOKED } from './catalogue.ts';
import type { Lease, LeaseKind, LeasePiece } from './lease-kind.ts';

/** When room that came free is theirs. */
export type WaitlistTurn = 'before-waitlist' | 'after-waitlist';

/** The kinds of lease that a provider offers, by name. */
export class LeaseKinds {
  readonly #byName: ReadonlyMap<string, LeaseKind>;
  /** Of reservations that there are, and not offered any more. */
  readonly #retired = new Map<string, LeaseKind>();
  #improving: readonly LeaseKind[] = [];

  constructor(kinds: readonly LeaseKind[]) {
    this.#byName = new Map(kinds.map((kind) => [kind.name, kind]));
    this.#findImproving();
  }

  #findImproving(): void {
    const all = [...this.#byName.values(), ...this.#retired.values()];
    const improving = all.filter(({ onRoom }) => onRoom !== undefined);
    // Kinds that make the same of room wait in one queue.
    this.#improving = improving.filter(
      (kind, i) => improving.findIndex(({ onRoom }) => onRoom === kind.onRoom) === i,
    );
  }

  /** There is a reservation of that kind: it goes on as it was agreed on, whether or not the kind is still offered. */
  recall({ kind: name = DEFAULT_LEASE_KIND }: { readonly kind?: string }): void {
    if (this.#byName.has(name) || this.#retired.has(name)) return;
    const kind = [...LEASE_KINDS, OVERBOOKED].find((each) => each.name === name);
    if (kind === undefined) return;
    this.#retired.set(name, kind);
    this.#findImproving();
  }

  /** Of what was agreed on. */
  known(terms: { readonly kind?: string }): LeaseKind | undefined {
    return this.of(terms) ?? this.#retired.get(terms.kind ?? DEFAULT_LEASE_KIND);
  }

  /** Undefined: this provider does not offer such a kind. */
  of({ kind = DEFAULT_LEASE_KIND }: { readonly kind?: string }): LeaseKind | undefined {
    return this.#byName.get(kind);
  }

  /** Is it one that waits in a queue and has a place there yet? */
  canBeginAgain(reservation: Reservation): boolean {
    return (
      reservation.isConfirmed &&
      this.known(reservation.terms)?.onRoom !== undefined &&
      this.known(reservation.terms)?.activatesItself === true
    );
  }

  /** Kinds whose leases want to know when room has come free, one for all that make the same of it; of one turn, or all of them. */
  improving(turn?: WaitlistTurn): readonly LeaseKind[] {
    return turn === undefined ? this.#improving : this.#improving.filter((kind) => turnOf(kind) === turn);
  }
}

function turnOf({ precedesWaitlist }: LeaseKind): WaitlistTurn {
  return precedesWaitlist === true ? 'before-waitlist' : 'after-waitlist';
}

/** @param kind that of the reservation */
export function leaseOf(
  reservation: Reservation,
  nodeIds: readonly string[],
  kind: LeaseKind | undefined,
): Lease {
  return new ReservationLease(reservation, nodeIds, kind?.givesWay === true);
}

/** Reads through: most kinds look at two or three of these fields. */
class ReservationLease implements Lease {
  readonly #reservation: Reservation;
  readonly #nodeIds: readonly string[];

  readonly givesWay: boolean;

  constructor(reservation: Reservation, nodeIds: readonly string[], givesWay: boolean) {
    this.givesWay = givesWay;
    this.#reservation = reservation;
    this.#nodeIds = nodeIds;
  }

  get reservationId() {
    return this.#reservation.id;
  }

  get kind() {
    return this.#reservation.proposal?.kind ?? DEFAULT_LEASE_KIND;
  }

  get state() {
    return this.#reservation.state;
  }

  get terms() {
    return this.#reservation.terms;
  }

  get holdUntilMs() {
    return this.#reservation.holdUntilMs;
  }

  get openedMs() {
    return this.#reservation.windowOpen ? this.#reservation.openedMs : undefined;
  }

  get endMs() {
    return this.#reservation.endMs;
  }

  get leftMs() {
    return this.#reservation.terms.durationMs - this.#reservation.doneMs;
  }

  get isSuspended() {
    return this.#reservation.isSuspended;
  }

  get isWaiting() {
    return this.#reservation.isConfirmed && this.#reservation.isWithoutCapacity;
  }

  get wayOut() {
    return this.#reservation.wayOut;
  }

  get pieces(): readonly LeasePiece[] {
    return this.#reservation.present.flatMap(({ number, pieces }) =>
      pieces.map(({ booking, endMs, nodeIndex, startMs, use }) => ({
        instance: number,
        nodeId: this.#nodeIds[nodeIndex]!,
        startMs,
        endMs,
        use,
        booking,
      })),
    );
  }
}
