// A reservation as its kind of lease sees it.
import type { Reservation } from '../state/reservation.ts';
import { DEFAULT_LEASE_KIND } from './catalogue.ts';
import type { Lease, LeaseKind, LeasePiece } from './lease-kind.ts';

/** The kinds of lease that a provider offers, by name. */
export class LeaseKinds {
  readonly #byName: ReadonlyMap<string, LeaseKind>;
  readonly #improving: readonly LeaseKind[];

  constructor(kinds: readonly LeaseKind[]) {
    this.#byName = new Map(kinds.map((kind) => [kind.name, kind]));
    this.#improving = kinds.filter(({ onRoom }) => onRoom !== undefined);
  }

  /** Undefined: this provider has no such kind. */
  of({ kind = DEFAULT_LEASE_KIND }: { readonly kind?: string }): LeaseKind | undefined {
    return this.#byName.get(kind);
  }

  /** Kinds that want to know when room has come free. */
  get improving(): readonly LeaseKind[] {
    return this.#improving;
  }
}

export function leaseOf(reservation: Reservation, nodeIds: readonly string[]): Lease {
  return new ReservationLease(reservation, nodeIds);
}

/** Reads through: most kinds look at two or three of these fields. */
class ReservationLease implements Lease {
  readonly #reservation: Reservation;
  readonly #nodeIds: readonly string[];

  constructor(reservation: Reservation, nodeIds: readonly string[]) {
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

  get pieces(): readonly LeasePiece[] {
    return this.#reservation.instances.flatMap(({ number, pieces }) =>
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
